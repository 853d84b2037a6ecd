"""When somebody in Secret Santa saw whom they give to."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Adds the column; whoever saw it before is not counted."""
    op.add_column("lottery_santa_people", sa.Column("known_at", sa.String(40)))
