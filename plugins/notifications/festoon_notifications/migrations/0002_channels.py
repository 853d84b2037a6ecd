"""What was handed to which channel, addresses that bounced, browsers, words, limits."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Adds the tables."""
    op.create_table(
        "notifications_deliveries",
        sa.Column("message_id", sa.String(160), primary_key=True),
        sa.Column("way", sa.String(80), primary_key=True),
        sa.Column("user_id", sa.String(64)),
        sa.Column("room_id", sa.String(64)),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("tries", sa.Integer, nullable=False),
        sa.Column("why", sa.Text),
        sa.Column("at", sa.String(40), nullable=False),
        sa.Column("sent", sa.JSON),
    )
    op.create_index(
        "ix_notifications_deliveries_room", "notifications_deliveries", ["room_id", "at"]
    )
    op.create_index("ix_notifications_deliveries_user", "notifications_deliveries", ["user_id"])
    op.create_table(
        "notifications_bounced",
        sa.Column("channel", sa.String(40), primary_key=True),
        sa.Column("address", sa.String(64), primary_key=True),
        sa.Column("user_id", sa.String(64), nullable=False),
        sa.Column("why", sa.Text, nullable=False),
        sa.Column("at", sa.String(40), nullable=False),
    )
    op.create_index("ix_notifications_bounced_user", "notifications_bounced", ["user_id"])
    op.create_table(
        "notifications_subscriptions",
        sa.Column("id", sa.String(64), primary_key=True),
        sa.Column("user_id", sa.String(64), nullable=False),
        sa.Column("endpoint", sa.Text, nullable=False),
        sa.Column("p256dh", sa.String(120), nullable=False),
        sa.Column("auth", sa.String(40), nullable=False),
        sa.Column("device", sa.String(200), nullable=False),
        sa.Column("at", sa.String(40), nullable=False),
    )
    op.create_index(
        "ix_notifications_subscriptions_user", "notifications_subscriptions", ["user_id"]
    )
    op.create_table(
        "notifications_keys",
        sa.Column("name", sa.String(40), primary_key=True),
        sa.Column("value", sa.Text, nullable=False),
    )
    op.create_table(
        "notifications_words",
        sa.Column("room_id", sa.String(64), primary_key=True),
        sa.Column("category", sa.String(20), primary_key=True),
        sa.Column("locale", sa.String(10), primary_key=True),
        sa.Column("subject", sa.Text, nullable=False),
        sa.Column("body", sa.Text, nullable=False),
        sa.Column("at", sa.String(40), nullable=False),
    )
    op.create_table(
        "notifications_buckets",
        sa.Column("key", sa.String(160), primary_key=True),
        sa.Column("tokens", sa.Float, nullable=False),
        sa.Column("at", sa.Float, nullable=False),
    )
