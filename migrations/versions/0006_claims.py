"""Which call holds an idempotency key, and when it was last heard of."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

# As it stood at this revision: a migration must not change when the tables do.
MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.add_column("idempotency_keys", sa.Column("claim", sa.String(length=64), nullable=True))
    op.add_column("idempotency_keys", sa.Column("alive_at", MOMENT, nullable=True))


def downgrade() -> None:
    op.drop_column("idempotency_keys", "alive_at")
    op.drop_column("idempotency_keys", "claim")
