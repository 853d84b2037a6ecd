"""Secret Santa: its rounds, who takes part in them, and who must not give to whom."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Adds three tables."""
    op.create_table(
        "lottery_santas",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("room_id", sa.String(64), nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("seed", sa.String(64), nullable=False),
        sa.Column("log", sa.JSON, nullable=False),
        sa.Column("told", sa.Integer, nullable=False),
        sa.Column("apart", sa.JSON, nullable=False),
        sa.UniqueConstraint("room_id", "number", name="uq_lottery_santas_number"),
    )
    op.create_table(
        "lottery_santa_people",
        sa.Column("santa_id", sa.String(32), primary_key=True),
        sa.Column("position", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("participant_id", sa.String(64), nullable=False),
        sa.Column("user_id", sa.String(64)),
        sa.Column("salt", sa.String(32)),
        sa.Column("name", sa.Text),
        sa.Column("identity", sa.String(64), nullable=False),
        sa.Column("receiver", sa.Integer),
    )
    op.create_index("ix_lottery_santa_people_user_id", "lottery_santa_people", ["user_id"])
    op.create_table(
        "lottery_santa_apart",
        sa.Column("room_id", sa.String(64), primary_key=True),
        sa.Column("giver", sa.String(64), primary_key=True),
        sa.Column("receiver", sa.String(64), primary_key=True),
        sa.Column("giver_user", sa.String(64), nullable=False),
        sa.Column("receiver_user", sa.String(64), nullable=False),
    )
    op.create_index("ix_lottery_santa_apart_giver_user", "lottery_santa_apart", ["giver_user"])
    op.create_index(
        "ix_lottery_santa_apart_receiver_user", "lottery_santa_apart", ["receiver_user"]
    )
