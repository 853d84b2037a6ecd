"""The guest list: people who take part without a phone."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Adds the table."""
    op.create_table(
        "lottery_roster",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("room_id", sa.String(64), nullable=False),
        sa.Column("key", sa.String(64), nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("note", sa.Text, nullable=False),
        sa.Column("tickets", sa.Integer),
        sa.Column("batch", sa.String(32), nullable=False),
        sa.Column("place", sa.Integer, nullable=False),
        sa.Column("added_at", sa.String(40), nullable=False),
        sa.Column("participant_id", sa.String(64)),
        sa.Column("user_id", sa.String(64)),
        sa.Column("refused", sa.Text),
        sa.Column("is_out", sa.Boolean, nullable=False),
        sa.UniqueConstraint("room_id", "key", name="uq_lottery_roster_key"),
    )
    op.create_index("ix_lottery_roster_user_id", "lottery_roster", ["user_id"])
