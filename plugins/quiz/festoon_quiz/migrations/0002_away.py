"""Who has left the room for now, and who sat on a seat before."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Adds what tells a seat's people apart."""
    away = sa.Column("away", sa.Boolean, nullable=False, server_default=sa.false())
    op.add_column("quiz_players", away)
    op.create_table(
        "quiz_sat",
        sa.Column("player_id", sa.String(64), primary_key=True),
        sa.Column("user_id", sa.String(64), primary_key=True),
        sa.Column("until", sa.BigInteger, nullable=False),
    )
    op.create_index("ix_quiz_sat_user_id", "quiz_sat", ["user_id"])
