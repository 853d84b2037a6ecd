"""Rounds whose draw anyone can check: their entries, log and orders; what the claim desk knows."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Adds five tables."""
    op.create_table(
        "lottery_rounds",
        sa.Column("id", sa.String(64), primary_key=True),
        sa.Column("room_id", sa.String(64), nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("level", sa.String(16), nullable=False),
        sa.Column("rules", sa.JSON, nullable=False),
        sa.Column("seed", sa.String(64)),
        sa.Column("audience", sa.JSON),
        sa.Column("beacon_source", sa.String(40)),
        sa.Column("beacon_round", sa.BigInteger),
        sa.Column("beacon_value", sa.String(64)),
        sa.Column("root", sa.String(64)),
        sa.Column("count", sa.Integer),
        sa.Column("total", sa.BigInteger),
        sa.Column("told", sa.Integer, nullable=False),
        sa.UniqueConstraint("room_id", "number", name="uq_lottery_rounds_number"),
    )
    op.create_table(
        "lottery_entries",
        sa.Column("round_id", sa.String(64), primary_key=True),
        sa.Column("participant_id", sa.String(64), primary_key=True),
        sa.Column("user_id", sa.String(64)),
        sa.Column("salt", sa.String(32)),
        sa.Column("name", sa.Text),
        sa.Column("identity", sa.String(64), nullable=False),
        sa.Column("weight", sa.Integer, nullable=False),
        sa.Column("position", sa.Integer),
        sa.UniqueConstraint("round_id", "position", name="uq_lottery_entries_position"),
    )
    op.create_index("ix_lottery_entries_user_id", "lottery_entries", ["user_id"])
    op.create_table(
        "lottery_log",
        sa.Column("round_id", sa.String(64), primary_key=True),
        sa.Column("n", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("at", sa.String(40), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("data", sa.JSON, nullable=False),
        sa.Column("hash", sa.String(64), nullable=False),
        sa.Column("winner_id", sa.String(64)),
        sa.UniqueConstraint("round_id", "kind", "winner_id", name="uq_lottery_log_winner"),
    )
    op.create_table(
        "lottery_orders",
        sa.Column("round_id", sa.String(64), primary_key=True),
        sa.Column("name", sa.String(64), primary_key=True),
        sa.Column("places", sa.LargeBinary, nullable=False),
        sa.Column("tickets", sa.LargeBinary, nullable=False),
    )
    op.create_table(
        "lottery_claims",
        sa.Column("winner_id", sa.String(64), primary_key=True),
        sa.Column("room_id", sa.String(64), nullable=False),
        sa.Column("claimed_at", sa.String(40)),
        sa.Column("reason", sa.String(200)),
        sa.Column("called_at", sa.String(40)),
    )
    op.create_index("ix_lottery_claims_room_id", "lottery_claims", ["room_id"])
