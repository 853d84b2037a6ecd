"""The tables. Whoever changes them writes a migration beside them."""

from __future__ import annotations

import sqlalchemy as sa

metadata = sa.MetaData()

inbox = sa.Table(
    "notifications_inbox",
    metadata,
    # What was kept before the host had an inbox of its own: it is still the person's.
    sa.Column("id", sa.String(64), primary_key=True),
    sa.Column("user_id", sa.String(64), nullable=False),
    sa.Column("room_id", sa.String(64), nullable=False),
    sa.Column("kind", sa.String(120), nullable=False),
    sa.Column("title", sa.Text, nullable=False),
    sa.Column("body", sa.Text, nullable=False),
    sa.Column("data", sa.JSON, nullable=False),
    # ISO 8601 UTC, as on the wire, so that both databases sort and give back the same.
    sa.Column("created_at", sa.String(40), nullable=False),
    sa.Column("announced_at", sa.String(40)),
    sa.Index("ix_notifications_inbox_newest", "user_id", "created_at", "id"),
)

deliveries = sa.Table(
    "notifications_deliveries",
    metadata,
    # A retry leaves out what is SENT, BOUNCED or REFUSED here. `message_id` is the
    # notification's, or the announcement's where a way has all of it in one message.
    sa.Column("message_id", sa.String(160), primary_key=True),
    sa.Column("way", sa.String(80), primary_key=True),
    # None where it is nobody's own: the message to a group, to a system of the organizer.
    sa.Column("user_id", sa.String(64)),
    sa.Column("room_id", sa.String(64)),
    # CLAIMED, SENT, BOUNCED, REFUSED or LATER
    sa.Column("state", sa.String(10), nullable=False),
    sa.Column("tries", sa.Integer, nullable=False),
    sa.Column("why", sa.Text),
    sa.Column("at", sa.String(40), nullable=False),
    # What went to a system of the organizer, so that it can be sent again.
    sa.Column("sent", sa.JSON),
    sa.Index("ix_notifications_deliveries_room", "room_id", "at"),
    sa.Index("ix_notifications_deliveries_user", "user_id"),
)

bounced = sa.Table(
    "notifications_bounced",
    metadata,
    sa.Column("channel", sa.String(40), primary_key=True),
    # A digest: enough to know the address again, and not to write to it.
    sa.Column("address", sa.String(64), primary_key=True),
    sa.Column("user_id", sa.String(64), nullable=False),
    sa.Column("why", sa.Text, nullable=False),
    sa.Column("at", sa.String(40), nullable=False),
    sa.Index("ix_notifications_bounced_user", "user_id"),
)

subscriptions = sa.Table(
    "notifications_subscriptions",
    metadata,
    # A digest of the endpoint: a browser that subscribes again is the same device.
    sa.Column("id", sa.String(64), primary_key=True),
    sa.Column("user_id", sa.String(64), nullable=False),
    sa.Column("endpoint", sa.Text, nullable=False),
    sa.Column("p256dh", sa.String(120), nullable=False),
    sa.Column("auth", sa.String(40), nullable=False),
    sa.Column("device", sa.String(200), nullable=False),
    sa.Column("at", sa.String(40), nullable=False),
    sa.Index("ix_notifications_subscriptions_user", "user_id"),
)

keys = sa.Table(
    "notifications_keys",
    metadata,
    # The host's own VAPID key: browsers subscribe to it, so it is made once and kept.
    sa.Column("name", sa.String(40), primary_key=True),
    sa.Column("value", sa.Text, nullable=False),
)

words = sa.Table(
    "notifications_words",
    metadata,
    # A room's own words, where they are not those of the catalog.
    sa.Column("room_id", sa.String(64), primary_key=True),
    sa.Column("category", sa.String(20), primary_key=True),
    sa.Column("locale", sa.String(10), primary_key=True),
    sa.Column("subject", sa.Text, nullable=False),
    sa.Column("body", sa.Text, nullable=False),
    sa.Column("at", sa.String(40), nullable=False),
)

buckets = sa.Table(
    "notifications_buckets",
    metadata,
    # What a provider still lets all processes together send.
    sa.Column("key", sa.String(160), primary_key=True),
    sa.Column("tokens", sa.Float, nullable=False),
    # Seconds since 1970 by the host's clock.
    sa.Column("at", sa.Float, nullable=False),
)
