"""The host's tables (SQLAlchemy Core). The invariants of the contract are constraints here.

Times are stored as UTC; JSON is JSONB on PostgreSQL. Whoever changes a table writes a migration.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

metadata = sa.MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)


class Moment(sa.types.TypeDecorator[datetime]):
    """An aware UTC time; SQLite, which keeps no zone, stores it naive."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: sa.Dialect) -> Any:
        """Refuses a naive time, whose zone nobody could know."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a stored time must carry its zone")
        utc = value.astimezone(UTC)
        return utc.replace(tzinfo=None) if dialect.name == "sqlite" else utc

    def process_result_value(self, value: Any, dialect: sa.Dialect) -> datetime | None:
        """Gives the zone back."""
        if value is None:
            return None
        moment: datetime = value
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


Json = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
# None is SQL's NULL here, not JSON's null.
NullableJson = sa.JSON(none_as_null=True).with_variant(
    postgresql.JSONB(none_as_null=True), "postgresql"
)
Id = sa.String(64)


def _one_of(column: str, *values: str) -> sa.CheckConstraint:
    listed = ", ".join(f"'{value}'" for value in values)
    return sa.CheckConstraint(f"{column} IN ({listed})", name=f"{column}_known")


def _created() -> sa.Column[datetime]:
    return sa.Column("created_at", Moment, nullable=False)


def _updated() -> sa.Column[datetime]:
    return sa.Column("updated_at", Moment, nullable=False)


def _deleted() -> sa.Column[datetime]:
    return sa.Column("deleted_at", Moment)


users = sa.Table(
    "users",
    metadata,
    sa.Column("id", Id, primary_key=True),
    sa.Column("email", sa.String(320), unique=True),
    sa.Column("email_verified_at", Moment),
    sa.Column("name", sa.String(200), nullable=False),
    sa.Column("avatar", sa.String(2000)),
    sa.Column("password_hash", sa.String(400)),
    sa.Column("is_guest", sa.Boolean, nullable=False, default=False),
    sa.Column("is_admin", sa.Boolean, nullable=False, default=False),
    _created(),
    _updated(),
    _deleted(),
    sa.CheckConstraint("email = lower(email)", name="email_lower"),
    sa.CheckConstraint("is_guest OR email IS NOT NULL OR deleted_at IS NOT NULL", name="reachable"),
)

identities = sa.Table(
    "identities",
    metadata,
    sa.Column("id", Id, primary_key=True),
    sa.Column("user_id", Id, sa.ForeignKey("users.id"), nullable=False, index=True),
    sa.Column("provider", sa.String(60), nullable=False),
    sa.Column("subject", sa.String(255), nullable=False),
    sa.Column("email", sa.String(320)),
    _created(),
    sa.UniqueConstraint("provider", "subject"),
)

sessions = sa.Table(
    "sessions",
    metadata,
    sa.Column("id", Id, primary_key=True),
    sa.Column("user_id", Id, sa.ForeignKey("users.id"), nullable=False, index=True),
    # SHA-256 of the browser's cookie; None for a session that only has tokens.
    sa.Column("cookie_hash", sa.String(64), unique=True),
    sa.Column("user_agent", sa.String(400)),
    _created(),
    sa.Column("expires_at", Moment, nullable=False),
    sa.Column("revoked_at", Moment),
)

refresh_tokens = sa.Table(
    "refresh_tokens",
    metadata,
    # SHA-256 of the token, so that a stolen table opens no account.
    sa.Column("hash", sa.String(64), primary_key=True),
    sa.Column("session_id", Id, sa.ForeignKey("sessions.id"), nullable=False, index=True),
    _created(),
    sa.Column("expires_at", Moment, nullable=False),
    sa.Column("used_at", Moment),
)

apps = sa.Table(
    "apps",
    metadata,
    sa.Column("id", Id, primary_key=True),
    sa.Column("source", sa.String(20), nullable=False),
    sa.Column("current_version", sa.String(60), nullable=False),
    sa.Column("review_state", sa.String(20), nullable=False),
    # Set by `festoon apps disable` or by quarantine; the reason is what a person reads.
    sa.Column("disabled_at", Moment),
    sa.Column("disabled_reason", sa.Text),
    _created(),
    _updated(),
    _one_of("source", "IN_PROCESS", "SERVICE"),
    _one_of("review_state", "PENDING", "APPROVED", "REJECTED"),
)

app_versions = sa.Table(
    "app_versions",
    metadata,
    sa.Column("app_id", Id, sa.ForeignKey("apps.id"), primary_key=True),
    sa.Column("version", sa.String(60), primary_key=True),
    sa.Column("manifest", Json, nullable=False),
    _created(),
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
    # The room's counter: the seq of its newest durable event. Its row lock orders all writers.
    sa.Column("event_seq", sa.BigInteger, nullable=False, default=0),
    # Kept beside the room in the transaction that changes them, so that nobody has to count.
    sa.Column("participant_count", sa.Integer, nullable=False, default=0),
    sa.Column("prize_count", sa.Integer, nullable=False, default=0),
    sa.Column("winner_count", sa.Integer, nullable=False, default=0),
    # Grows with every award and revoke: a draw whose inputs it read before must not be written.
    sa.Column("winner_revision", sa.BigInteger, nullable=False, default=0),
    _created(),
    _updated(),
    _deleted(),
    _one_of("status", "DRAFT", "ACTIVE", "COMPLETED", "CANCELLED"),
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
    _created(),
    _updated(),
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
    _one_of(
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
    _updated(),
    _deleted(),
    sa.Column("banned_at", Moment),
    # One row for a person and a room for ever: who returns gets the same row back.
    sa.UniqueConstraint("room_id", "user_id"),
    # Lets a winner name its participant together with the room, so the two can never differ.
    sa.UniqueConstraint("room_id", "id"),
    _one_of("role", "ADMIN", "ORGANIZER", "MODERATOR", "PARTICIPANT", "VIEWER"),
    sa.Index("ix_participants_room_order", "room_id", "joined_at", "id"),
)

prizes = sa.Table(
    "prizes",
    metadata,
    sa.Column("id", Id, primary_key=True),
    sa.Column("room_id", Id, sa.ForeignKey("rooms.id"), nullable=False),
    sa.Column("name", sa.String(200), nullable=False),
    sa.Column("description", sa.Text),
    sa.Column("image_url", sa.String(2000)),
    sa.Column("quantity", sa.Integer, nullable=False),
    sa.Column("awarded", sa.Integer, nullable=False, default=0),
    sa.Column("metadata", Json, nullable=False),
    _created(),
    _updated(),
    _deleted(),
    sa.CheckConstraint("quantity >= 1", name="quantity_positive"),
    sa.CheckConstraint("awarded >= 0 AND awarded <= quantity", name="awarded_within"),
    sa.CheckConstraint("deleted_at IS NULL OR awarded = 0", name="won_stays"),
    sa.UniqueConstraint("room_id", "id"),
    sa.Index("ix_prizes_room_order", "room_id", "created_at", "id"),
)

draws = sa.Table(
    "draws",
    metadata,
    sa.Column("id", Id, primary_key=True),
    sa.Column("room_id", Id, sa.ForeignKey("rooms.id"), nullable=False),
    sa.Column("prize_id", Id, nullable=False),
    sa.Column("app_id", Id, nullable=False),
    sa.Column("manifest_version", sa.String(60), nullable=False),
    # True when the platform answered in place of an app that failed.
    sa.Column("fallback", sa.Boolean, nullable=False),
    # With `entrants` in their fixed order, and what the application keeps of it in `record`, all
    # that is needed to run the draw again.
    sa.Column("seed", sa.String(64), nullable=False),
    sa.Column("count", sa.Integer, nullable=False),
    sa.Column("entrants", Json, nullable=False),
    sa.Column("record", Json, nullable=False),
    sa.Column("drawn_by", Id, nullable=False),
    _created(),
    sa.ForeignKeyConstraint(["room_id", "prize_id"], ["prizes.room_id", "prizes.id"]),
    sa.Index("ix_draws_room", "room_id", "id"),
)

winners = sa.Table(
    "winners",
    metadata,
    sa.Column("id", Id, primary_key=True),
    sa.Column("room_id", Id, sa.ForeignKey("rooms.id"), nullable=False),
    sa.Column("participant_id", Id, nullable=False),
    sa.Column("prize_id", Id, nullable=False),
    sa.Column("draw_id", Id, sa.ForeignKey("draws.id")),
    sa.Column("metadata", Json, nullable=False),
    _created(),
    _deleted(),
    sa.ForeignKeyConstraint(
        ["room_id", "participant_id"], ["participants.room_id", "participants.id"]
    ),
    sa.ForeignKeyConstraint(["room_id", "prize_id"], ["prizes.room_id", "prizes.id"]),
    # Nobody wins the same prize twice, unless the first win was revoked.
    sa.Index(
        "uq_winners_living",
        "prize_id",
        "participant_id",
        unique=True,
        sqlite_where=sa.text("deleted_at IS NULL"),
        postgresql_where=sa.text("deleted_at IS NULL"),
    ),
    sa.Index("ix_winners_room_order", "room_id", "created_at", "id"),
)

events = sa.Table(
    "events",
    metadata,
    sa.Column("room_id", Id, sa.ForeignKey("rooms.id"), primary_key=True),
    sa.Column("seq", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("event", sa.String(120), nullable=False),
    sa.Column("data", Json, nullable=False),
    # What those who may edit the room get instead; None where it is the same.
    sa.Column("editor_data", NullableJson),
    sa.Column("audience", sa.String(80), nullable=False),
    sa.Column("at", Moment, nullable=False),
)

outbox = sa.Table(
    "outbox",
    metadata,
    # One row a transaction: the range of seqs that still has to be announced.
    sa.Column("id", Id, primary_key=True),
    sa.Column("room_id", Id, sa.ForeignKey("rooms.id"), nullable=False),
    sa.Column("first_seq", sa.BigInteger, nullable=False),
    sa.Column("last_seq", sa.BigInteger, nullable=False),
    _created(),
)

idempotency_keys = sa.Table(
    "idempotency_keys",
    metadata,
    # Keys belong to their caller: a user, an application, or an address.
    sa.Column("caller", sa.String(160), primary_key=True),
    sa.Column("key", sa.String(200), primary_key=True),
    sa.Column("fingerprint", sa.String(64), nullable=False),
    # None while the first call is under way.
    sa.Column("status", sa.Integer),
    sa.Column("body", sa.LargeBinary),
    _created(),
    sa.Column("expires_at", Moment, nullable=False, index=True),
)

audit_log = sa.Table(
    "audit_log",
    metadata,
    sa.Column("id", Id, primary_key=True),
    sa.Column("room_id", Id, index=True),
    sa.Column("actor_id", Id),
    sa.Column("app_id", Id),
    sa.Column("act", sa.String(80), nullable=False),
    sa.Column("subject_id", Id),
    sa.Column("before", NullableJson),
    sa.Column("after", NullableJson),
    sa.Column("request_id", sa.String(80)),
    sa.Column("at", Moment, nullable=False),
)
