"""Games, rounds, answers, the seats of those who play, and uploaded pictures and sounds."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Adds all of the quiz's tables."""
    op.create_table(
        "quiz_games",
        sa.Column("id", sa.String(64), primary_key=True),
        sa.Column("room_id", sa.String(64), nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("step", sa.Integer, nullable=False),
        sa.Column("phase", sa.String(16), nullable=False),
        sa.Column("paused", sa.Boolean, nullable=False),
        sa.Column("auto", sa.Boolean, nullable=False),
        sa.Column("locked", sa.Boolean, nullable=False),
        sa.Column("round", sa.Integer, nullable=False),
        sa.Column("content", sa.JSON, nullable=False),
        sa.Column("due", sa.String(16)),
        sa.Column("due_at", sa.BigInteger),
        sa.Column("left_ms", sa.BigInteger),
        sa.Column("told", sa.Integer, nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("ended_at", sa.BigInteger),
        sa.UniqueConstraint("room_id", "number", name="uq_quiz_games_number"),
    )
    op.create_table(
        "quiz_rounds",
        sa.Column("game_id", sa.String(64), primary_key=True),
        sa.Column("round", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("position", sa.Integer, nullable=False),
        sa.Column("sealed", sa.Text, nullable=False),
        sa.Column("key", sa.String(128), nullable=False),
        sa.Column("opens_at", sa.BigInteger),
        sa.Column("closes_at", sa.BigInteger),
        sa.Column("closed_at", sa.BigInteger),
        sa.Column("paused_ms", sa.BigInteger, nullable=False),
        sa.Column("open_seq", sa.BigInteger),
        sa.Column("void", sa.Boolean, nullable=False),
        sa.Column("judged", sa.JSON, nullable=False),
        sa.Column("outcome", sa.JSON),
        sa.Column("totals", sa.JSON),
        sa.Column("certificate", sa.JSON),
        sa.Column("hash", sa.String(128)),
    )
    op.create_table(
        "quiz_answers",
        sa.Column("game_id", sa.String(64), primary_key=True),
        sa.Column("round", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("player_id", sa.String(64), primary_key=True),
        sa.Column("answer", sa.JSON, nullable=False),
        sa.Column("receipt", sa.JSON, nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "quiz_ready",
        sa.Column("game_id", sa.String(64), primary_key=True),
        sa.Column("round", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("player_id", sa.String(64), primary_key=True),
    )
    op.create_table(
        "quiz_players",
        sa.Column("id", sa.String(64), primary_key=True),
        sa.Column("room_id", sa.String(64), nullable=False),
        sa.Column("user_id", sa.String(64)),
        sa.Column("name", sa.String(80), nullable=False),
        sa.Column("folded", sa.String(160), nullable=False),
        sa.Column("team", sa.String(80)),
        sa.Column("code", sa.String(16), nullable=False),
        sa.Column("removed", sa.Boolean, nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.UniqueConstraint("room_id", "user_id", name="uq_quiz_players_user"),
        sa.UniqueConstraint("room_id", "folded", name="uq_quiz_players_name"),
        sa.UniqueConstraint("room_id", "code", name="uq_quiz_players_code"),
    )
    op.create_index("ix_quiz_players_user_id", "quiz_players", ["user_id"])
    op.create_table(
        "quiz_counts",
        sa.Column("game_id", sa.String(64), primary_key=True),
        sa.Column("told_at", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "quiz_media",
        sa.Column("id", sa.String(64), primary_key=True),
        sa.Column("room_id", sa.String(64), nullable=False),
        sa.Column("type", sa.String(40), nullable=False),
        sa.Column("size", sa.Integer, nullable=False),
        sa.Column("content", sa.LargeBinary, nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
    )
    op.create_index("ix_quiz_media_room_id", "quiz_media", ["room_id"])
