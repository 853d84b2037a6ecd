"""The drums of rooms, and the ticket numbers of guests."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Adds both tables."""
    op.create_table(
        "lottery_drums",
        sa.Column("room_id", sa.String(64), primary_key=True),
        sa.Column("handed_out", sa.Integer, nullable=False),
        sa.CheckConstraint("handed_out >= 0", name="ck_lottery_drums_handed_out"),
    )
    op.create_table(
        "lottery_tickets",
        sa.Column("room_id", sa.String(64), primary_key=True),
        sa.Column("first", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("count", sa.Integer, nullable=False),
        sa.Column("participant_id", sa.String(64), nullable=False),
        sa.Column("user_id", sa.String(64)),
        sa.CheckConstraint("first >= 1", name="ck_lottery_tickets_first"),
        sa.CheckConstraint("count >= 1", name="ck_lottery_tickets_count"),
    )
    op.create_index("ix_lottery_tickets_holder", "lottery_tickets", ["room_id", "participant_id"])
    op.create_index("ix_lottery_tickets_user_id", "lottery_tickets", ["user_id"])
