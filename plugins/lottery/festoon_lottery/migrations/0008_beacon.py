"""How the beacon's value came: fetched, or typed in by hand."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Adds a column; what is there was typed in."""
    op.add_column("lottery_rounds", sa.Column("beacon_by", sa.String(16)))
    op.execute("UPDATE lottery_rounds SET beacon_by = 'typed' WHERE beacon_value IS NOT NULL")
