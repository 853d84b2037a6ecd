"""What people are told, how it gets to them, and what they said about that."""

from __future__ import annotations

import sqlalchemy as sa

from host.store.tables.columns import Id, Json, Moment, created, metadata, one_of, updated

CATEGORIES = ("RESULT", "REMINDER", "ANNOUNCEMENT", "ROOM", "ACCOUNT")

notifications = sa.Table(
    "notifications",
    metadata,
    # Each person's inbox. What goes to many at once has one id, and a row for each of them. No
    # foreign keys: a row goes with its person, and a draw writes one for every winner.
    sa.Column("user_id", Id, primary_key=True),
    sa.Column("id", Id, primary_key=True),
    sa.Column("room_id", Id),
    # The application that told it; None for the platform.
    sa.Column("app_id", Id),
    sa.Column("kind", sa.String(120), nullable=False),
    sa.Column("category", sa.String(20), nullable=False),
    sa.Column("title", sa.Text, nullable=False),
    sa.Column("body", sa.Text, nullable=False),
    sa.Column("data", Json, nullable=False),
    sa.Column("urgent", sa.Boolean, nullable=False),
    created(),
    sa.Column("read_at", Moment),
    one_of("category", *CATEGORIES),
    sa.Index("ix_notifications_age", "created_at"),
)

notification_deliveries = sa.Table(
    "notification_deliveries",
    metadata,
    # What an application still has to bring to somebody, and what came of it. The id is what the
    # application knows it by: one for each notification and person.
    sa.Column("id", sa.String(140), primary_key=True),
    sa.Column("notification_id", Id, nullable=False),
    sa.Column("user_id", Id, nullable=False),
    sa.Column("room_id", Id),
    sa.Column("state", sa.String(10), nullable=False),
    sa.Column("tries", sa.Integer, nullable=False),
    # Grows with every claim, counted as a try or not: by it a process knows its own.
    sa.Column("claims", sa.Integer, nullable=False),
    # What is due is taken by rank, the lowest before.
    sa.Column("rank", sa.SmallInteger, nullable=False, server_default="3"),
    # From when on it may be taken; who takes it moves this to the end of the claim.
    sa.Column("next_at", Moment, nullable=False),
    sa.Column("why", sa.Text),
    sa.Column("channel", sa.String(60)),
    # The digest in which it goes.
    sa.Column("digest_id", sa.String(140), index=True),
    created(),
    updated(),
    one_of("state", "WAITING", "HELD", "SENT", "FAILED", "PARKED"),
    sa.Index(
        "ix_notification_deliveries_due",
        "next_at",
        postgresql_where=sa.text("state IN ('WAITING', 'HELD')"),
        sqlite_where=sa.text("state IN ('WAITING', 'HELD')"),
    ),
    sa.Index(
        "ix_notification_deliveries_ranked",
        "rank",
        "next_at",
        postgresql_where=sa.text("state IN ('WAITING', 'HELD')"),
        sqlite_where=sa.text("state IN ('WAITING', 'HELD')"),
    ),
    sa.Index(
        "ix_notification_deliveries_over",
        "updated_at",
        postgresql_where=sa.text("state IN ('SENT', 'FAILED', 'PARKED')"),
        sqlite_where=sa.text("state IN ('SENT', 'FAILED', 'PARKED')"),
    ),
    sa.Index("ix_notification_deliveries_figures", "notification_id", "state"),
    sa.Index("ix_notification_deliveries_person", "user_id"),
)

announcements = sa.Table(
    "announcements",
    metadata,
    # What goes to many in a room. The id is that of the notification in each inbox.
    sa.Column("id", Id, primary_key=True),
    sa.Column("room_id", Id, sa.ForeignKey("rooms.id"), nullable=False),
    sa.Column("app_id", Id),
    sa.Column("created_by", Id),
    # What an application calls it: there is one of a key.
    sa.Column("key", sa.String(120)),
    # {"to": "all"}, {"to": "winners"}, {"role": …} or {"users": […]}
    sa.Column("audience", Json, nullable=False),
    sa.Column("kind", sa.String(120), nullable=False),
    sa.Column("category", sa.String(20), nullable=False),
    sa.Column("title", sa.Text, nullable=False),
    sa.Column("body", sa.Text, nullable=False),
    sa.Column("data", Json, nullable=False),
    sa.Column("urgent", sa.Boolean, nullable=False),
    sa.Column("at", Moment, nullable=False),
    sa.Column("state", sa.String(10), nullable=False),
    # The last of its people who has it, by user id: where a process goes on that did not see
    # the one before it end.
    sa.Column("reached", Id, nullable=False),
    sa.Column("recipients", sa.Integer, nullable=False),
    created(),
    one_of("state", "SCHEDULED", "SENDING", "SENT", "CANCELLED"),
    one_of("category", *CATEGORIES),
    sa.Index("ix_announcements_room_newest", "room_id", "id"),
    sa.Index("ix_announcements_key", "room_id", "app_id", "key", unique=True),
)

notification_preferences = sa.Table(
    "notification_preferences",
    metadata,
    sa.Column("user_id", Id, primary_key=True),
    # {category: [channel, …]}: what is not wanted. "*" is every channel but the inbox.
    sa.Column("muted", Json, nullable=False),
    # Minutes of the day, in the person's own time: from when to when nothing may ring.
    sa.Column("quiet_from", sa.Integer),
    sa.Column("quiet_to", sa.Integer),
    # The minute of the day at which what is not urgent comes together; None: at once.
    sa.Column("digest_at", sa.Integer),
    sa.Column("locale", sa.String(35)),
    sa.Column("time_zone", sa.String(60)),
    updated(),
)
