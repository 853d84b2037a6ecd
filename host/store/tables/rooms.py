"""Rooms, what is on in them, and who takes part."""

from __future__ import annotations

import sqlalchemy as sa

from host.store.tables.columns import (
    Id,
    Json,
    Moment,
    NullableJson,
    created,
    deleted,
    metadata,
    one_of,
    updated,
)

rooms = sa.Table(
    "rooms",
    metadata,
    sa.Column("id", Id, primary_key=True),
    sa.Column("name", sa.String(200), nullable=False),
    sa.Column("description", sa.Text),
    sa.Column("app_id", Id, nullable=False, index=True),
    sa.Column("status", sa.String(20), nullable=False),
    sa.Column("is_public", sa.Boolean, nullable=False),
    sa.Column("join_code", sa.String(16), nullable=False, unique=True),
    sa.Column("created_by", Id, sa.ForeignKey("users.id"), nullable=False, index=True),
    # The organizer who answers for the room: at first its creator, until they hand it over.
    sa.Column("owner_id", Id, sa.ForeignKey("users.id"), nullable=False, index=True),
    # Since when nobody new may come in; None while the door is open.
    sa.Column("locked_at", Moment),
    # What names may be like here; None where every name will do.
    sa.Column("nickname_rules", NullableJson),
    # The room's counter: the seq of its newest durable event. Its row lock orders all writers.
    sa.Column("event_seq", sa.BigInteger, nullable=False, default=0),
    # Kept beside the room in the transaction that changes them, so that nobody has to count.
    sa.Column("participant_count", sa.Integer, nullable=False, default=0),
    sa.Column("prize_count", sa.Integer, nullable=False, default=0),
    sa.Column("winner_count", sa.Integer, nullable=False, default=0),
    # Grows with every award and revoke: a draw whose inputs it read before must not be written.
    sa.Column("winner_revision", sa.BigInteger, nullable=False, default=0),
    created(),
    updated(),
    deleted(),
    one_of("status", "DRAFT", "ACTIVE", "COMPLETED", "CANCELLED"),
    sa.CheckConstraint(
        "participant_count >= 0 AND prize_count >= 0 AND winner_count >= 0", name="counts"
    ),
    sa.ForeignKeyConstraint(["app_id"], ["apps.id"]),
    sa.Index("ix_rooms_public_newest", "is_public", "deleted_at", "id"),
)

room_apps = sa.Table(
    "room_apps",
    metadata,
    sa.Column("room_id", Id, sa.ForeignKey("rooms.id"), primary_key=True),
    sa.Column("app_id", Id, primary_key=True),
    sa.Column("settings", Json, nullable=False),
    sa.Column("manifest_version", sa.String(60), nullable=False),
    sa.Column("enabled", sa.Boolean, nullable=False, default=True),
    # Since when the organizer lets it tell people nothing; None while it may.
    sa.Column("silent_at", Moment),
    created(),
    updated(),
    # A room is locked to a kept version: it cannot name one that was never stored.
    sa.ForeignKeyConstraint(
        ["app_id", "manifest_version"], ["app_versions.app_id", "app_versions.version"]
    ),
)

room_capabilities = sa.Table(
    "room_capabilities",
    metadata,
    # The primary key is the promise that exactly one answers; no row means the platform.
    sa.Column("room_id", Id, primary_key=True),
    sa.Column("capability", sa.String(40), primary_key=True),
    sa.Column("app_id", Id, nullable=False),
    # True: when the app fails, the platform answers and the organizer is told.
    sa.Column("fallback", sa.Boolean, nullable=False, default=False),
    one_of(
        "capability",
        "prizeFund",
        "participantRegistration",
        "winnerSelection",
        "notifications",
        "roomSettings",
    ),
    sa.ForeignKeyConstraint(["room_id", "app_id"], ["room_apps.room_id", "room_apps.app_id"]),
)

participants = sa.Table(
    "participants",
    metadata,
    sa.Column("id", Id, primary_key=True),
    sa.Column("room_id", Id, sa.ForeignKey("rooms.id"), nullable=False),
    sa.Column("user_id", Id, sa.ForeignKey("users.id"), nullable=False, index=True),
    sa.Column("role", sa.String(20), nullable=False),
    sa.Column("metadata", Json, nullable=False),
    sa.Column("joined_at", Moment, nullable=False),
    updated(),
    deleted(),
    sa.Column("banned_at", Moment),
    # Set together with deleted_at when it was not the person's own leave; a return clears it.
    sa.Column("removed_at", Moment),
    # The name as it is compared with others, so that a room can refuse two that look the same.
    sa.Column("name_key", sa.String(200)),
    # One row for a person and a room for ever: who returns gets the same row back.
    sa.UniqueConstraint("room_id", "user_id"),
    # Lets a winner name its participant together with the room, so the two can never differ.
    sa.UniqueConstraint("room_id", "id"),
    one_of("role", "ADMIN", "ORGANIZER", "MODERATOR", "PARTICIPANT", "VIEWER"),
    sa.Index("ix_participants_room_order", "room_id", "joined_at", "id"),
    sa.Index("ix_participants_room_name", "room_id", "name_key"),
)
