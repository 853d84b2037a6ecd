"""The codes that winners show at the claim desk, and how often a wrong one was typed."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Adds both tables."""
    op.create_table(
        "lottery_codes",
        sa.Column("winner_id", sa.String(64), primary_key=True),
        sa.Column("room_id", sa.String(64), nullable=False),
        sa.Column("code", sa.String(8), nullable=False),
        sa.UniqueConstraint("room_id", "code", name="uq_lottery_codes_code"),
    )
    op.create_table(
        "lottery_desks",
        sa.Column("room_id", sa.String(64), primary_key=True),
        sa.Column("wrong", sa.Integer, nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
    )
