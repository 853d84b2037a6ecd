"""The inbox. Whoever changes the table writes a migration beside it."""

from __future__ import annotations

import sqlalchemy as sa

metadata = sa.MetaData()

inbox = sa.Table(
    "notifications_inbox",
    metadata,
    # The notification's own id: a second delivery finds the first.
    sa.Column("id", sa.String(64), primary_key=True),
    sa.Column("user_id", sa.String(64), nullable=False),
    sa.Column("room_id", sa.String(64), nullable=False),
    sa.Column("kind", sa.String(120), nullable=False),
    sa.Column("title", sa.Text, nullable=False),
    sa.Column("body", sa.Text, nullable=False),
    sa.Column("data", sa.JSON, nullable=False),
    # ISO 8601 UTC, as on the wire, so that both databases sort and give back the same.
    sa.Column("created_at", sa.String(40), nullable=False),
    # None until the live announcement was handed over.
    sa.Column("announced_at", sa.String(40)),
    sa.Index("ix_notifications_inbox_newest", "user_id", "created_at", "id"),
)
