"""Jobs that applications schedule: whose they are, in which room, and by what key."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("jobs", sa.Column("app_id", sa.String(length=64), nullable=True))
    op.add_column("jobs", sa.Column("room_id", sa.String(length=64), nullable=True))
    op.add_column("jobs", sa.Column("key", sa.String(length=120), nullable=True))
    op.create_index("ix_jobs_key", "jobs", ["app_id", "room_id", "key"], unique=True)


def downgrade() -> None:
    # A version before this one would take them for its own, and knows none of their kinds.
    op.execute("DELETE FROM jobs WHERE app_id IS NOT NULL")
    op.drop_index("ix_jobs_key", table_name="jobs")
    op.drop_column("jobs", "key")
    op.drop_column("jobs", "room_id")
    op.drop_column("jobs", "app_id")
