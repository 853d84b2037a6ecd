"""What the host keeps of what happened, and of what it still has to do."""

from __future__ import annotations

import sqlalchemy as sa

from host.store.tables.columns import Id, Json, Moment, NullableJson, created, metadata

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
    created(),
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
    created(),
    sa.Column("expires_at", Moment, nullable=False, index=True),
    # Which call has the key to itself, and when its process last said that it goes on.
    sa.Column("claim", sa.String(64)),
    sa.Column("alive_at", Moment),
)

audit_log = sa.Table(
    "audit_log",
    metadata,
    sa.Column("id", Id, primary_key=True),
    sa.Column("room_id", Id),
    sa.Column("actor_id", Id, index=True),
    sa.Column("app_id", Id),
    sa.Column("act", sa.String(80), nullable=False),
    sa.Column("subject_id", Id),
    sa.Column("before", NullableJson),
    sa.Column("after", NullableJson),
    sa.Column("request_id", sa.String(80)),
    sa.Column("at", Moment, nullable=False),
    sa.Index("ix_audit_log_room_order", "room_id", "at", "id"),
)

jobs = sa.Table(
    "jobs",
    metadata,
    # What has to be done after a commit, at least once, by whichever process gets to it.
    sa.Column("id", Id, primary_key=True),
    sa.Column("kind", sa.String(60), nullable=False),
    sa.Column("payload", Json, nullable=False),
    sa.Column("run_at", Moment, nullable=False),
    sa.Column("attempts", sa.Integer, nullable=False, default=0),
    # Until when the process that took it has it to itself.
    sa.Column("claimed_until", Moment),
    # The number of that process, by which it is seen when it dies before.
    sa.Column("claimed_by", sa.Integer),
    # Set when it was tried for the last time: it is parked for a person to look at.
    sa.Column("parked_at", Moment),
    sa.Column("reason", sa.Text),
    created(),
    # Whose it is, and in which room; None for the platform's own.
    sa.Column("app_id", Id),
    sa.Column("room_id", Id),
    # What the application calls it: there is one of a key.
    sa.Column("key", sa.String(120)),
    sa.Index("ix_jobs_due", "parked_at", "run_at"),
    sa.Index("ix_jobs_key", "app_id", "room_id", "key", unique=True),
)

tries = sa.Table(
    "tries",
    metadata,
    # A digest, with the host's key, of what is counted: an account at a network, say.
    sa.Column("key", sa.String(64), primary_key=True),
    # The millisecond (of Unix time) from which nothing of it counts any more.
    sa.Column("empty_at", sa.BigInteger, nullable=False, index=True),
)
