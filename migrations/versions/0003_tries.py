"""Tries to sign in, counted for all processes together."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "tries",
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("empty_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_tries")),
    )
    op.create_index(op.f("ix_tries_empty_at"), "tries", ["empty_at"])


def downgrade() -> None:
    op.drop_index(op.f("ix_tries_empty_at"), table_name="tries")
    op.drop_table("tries")
