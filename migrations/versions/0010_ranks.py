"""What is brought first of all that is due, and which of it is old enough to go."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

OPEN = sa.text("state IN ('WAITING', 'HELD')")
OVER = sa.text("state IN ('SENT', 'FAILED', 'PARKED')")


def upgrade() -> None:
    op.add_column(
        "notification_deliveries",
        sa.Column("rank", sa.SmallInteger(), server_default="3", nullable=False),
    )
    op.execute(
        """
        UPDATE notification_deliveries SET rank = 1
        WHERE state IN ('WAITING', 'HELD') AND EXISTS (
            SELECT 1 FROM notifications AS n
            WHERE n.user_id = notification_deliveries.user_id
                AND n.id = notification_deliveries.notification_id AND n.category = 'RESULT'
        )
        """
    )
    op.create_index(
        "ix_notification_deliveries_ranked",
        "notification_deliveries",
        ["rank", "next_at"],
        postgresql_where=OPEN,
        sqlite_where=OPEN,
    )
    op.create_index(
        "ix_notification_deliveries_over",
        "notification_deliveries",
        ["updated_at"],
        postgresql_where=OVER,
        sqlite_where=OVER,
    )
    op.create_index("ix_notifications_age", "notifications", ["created_at"])


def downgrade() -> None:
    op.drop_index("ix_notifications_age", "notifications")
    op.drop_index("ix_notification_deliveries_over", "notification_deliveries")
    op.drop_index("ix_notification_deliveries_ranked", "notification_deliveries")
    op.drop_column("notification_deliveries", "rank")
