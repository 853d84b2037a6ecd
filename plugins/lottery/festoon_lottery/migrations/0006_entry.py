"""What guests answered at the door, and what the rules of a round tell only the hash of."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Adds two tables."""
    op.create_table(
        "lottery_answers",
        sa.Column("room_id", sa.String(64), primary_key=True),
        sa.Column("user_id", sa.String(64), primary_key=True),
        sa.Column("answers", sa.JSON, nullable=False),
        sa.Column("email_key", sa.String(64)),
        sa.Column("code_key", sa.String(64)),
        sa.UniqueConstraint("room_id", "email_key", name="uq_lottery_answers_email_key"),
        sa.UniqueConstraint("room_id", "code_key", name="uq_lottery_answers_code_key"),
    )
    op.create_index("ix_lottery_answers_user_id", "lottery_answers", ["user_id"])
    op.create_table(
        "lottery_doors",
        sa.Column("round_id", sa.String(64), primary_key=True),
        sa.Column("salt", sa.String(32), nullable=False),
        sa.Column("codes", sa.JSON, nullable=False),
    )
