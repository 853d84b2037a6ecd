"""Taking away rows whose time is over, a few at a time."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from host.store import deliveries as calls
from host.store import sending
from host.store.tables import (
    codes,
    deliveries,
    idempotency_keys,
    notifications,
    participants,
    refresh_tokens,
    rooms,
    sessions,
    sign_in_flows,
    users,
)

LOCK = 0x666573746F6F6E
"""The number of the advisory lock: "festoon" in ASCII."""
KEPT_SESSIONS = timedelta(days=7)
"""So long a process that was cut off may still ask whether a session has ended."""
KEPT_CODES = timedelta(days=1)
"""So long the codes that were sent count for how many may be."""
KEPT_GUESTS = timedelta(days=30)
"""How old a guest has to be who went nowhere and can come back no more."""
KEPT_CALLS = timedelta(days=30)
"""So long the log of calls to services goes back."""
KEPT_DELIVERIES = timedelta(days=90)
"""So long it is known what became of bringing a notification."""
KEPT_NOTICES = timedelta(days=365)
"""So long a notification stands in an inbox, read or not."""
MOST_CALLS = 20_000
"""How many calls to one service it holds."""

Sweep = Callable[[AsyncConnection, datetime, int], Awaitable[int]]
"""Takes away up to so many rows that are over by a time, and answers how many it found."""


async def alone(connection: AsyncConnection) -> bool:
    """Whether no other process sweeps, until the transaction ends.

    SQLite has one writer anyway.
    """
    if connection.dialect.name != "postgresql":
        return True
    return bool(
        (await connection.execute(sa.select(sa.func.pg_try_advisory_xact_lock(LOCK)))).scalar_one()
    )


async def _of(
    connection: AsyncConnection, table: sa.Table, over: sa.ColumnElement[bool], most: int
) -> int:
    key = list(table.primary_key.columns)
    chosen = sa.select(*key).where(over).limit(most)
    which = sa.tuple_(*key).in_(chosen) if len(key) > 1 else key[0].in_(chosen)
    gone = await connection.execute(sa.delete(table).where(which))
    return gone.rowcount


async def _tokens(connection: AsyncConnection, now: datetime, most: int) -> int:
    return await _of(connection, refresh_tokens, refresh_tokens.c.expires_at < now, most)


async def _sessions(connection: AsyncConnection, now: datetime, most: int) -> int:
    over = sa.select(sessions.c.id).where(sessions.c.expires_at < now - KEPT_SESSIONS).limit(most)
    ids = list((await connection.execute(over)).scalars())
    await connection.execute(sa.delete(refresh_tokens).where(refresh_tokens.c.session_id.in_(ids)))
    await connection.execute(sa.delete(sessions).where(sessions.c.id.in_(ids)))
    return len(ids)


async def _flows(connection: AsyncConnection, now: datetime, most: int) -> int:
    return await _of(connection, sign_in_flows, sign_in_flows.c.expires_at < now, most)


async def _codes(connection: AsyncConnection, now: datetime, most: int) -> int:
    return await _of(connection, codes, codes.c.expires_at < now - KEPT_CODES, most)


async def _answers(connection: AsyncConnection, now: datetime, most: int) -> int:
    return await _of(connection, idempotency_keys, idempotency_keys.c.expires_at < now, most)


async def _guests(connection: AsyncConnection, now: datetime, most: int) -> int:
    """Guests without a session can never come back; those without a room left no trace."""

    def without(table: sa.Table, column: sa.ColumnElement[Any]) -> sa.ColumnElement[bool]:
        return ~sa.exists().select_from(table).where(column == users.c.id)

    over = sa.and_(
        users.c.is_guest,
        users.c.created_at < now - KEPT_GUESTS,
        without(sessions, sessions.c.user_id),
        without(participants, participants.c.user_id),
        without(rooms, rooms.c.owner_id),
        without(rooms, rooms.c.created_by),
        without(codes, codes.c.user_id),
        without(sign_in_flows, sign_in_flows.c.user_id),
    )
    return await _of(connection, users, over, most)


async def _calls(connection: AsyncConnection, now: datetime, most: int) -> int:
    return await _of(connection, deliveries, deliveries.c.at < now - KEPT_CALLS, most)


async def _crowded_calls(connection: AsyncConnection, now: datetime, most: int) -> int:
    return await calls.trim(connection, MOST_CALLS, most)


async def _inboxes(connection: AsyncConnection, now: datetime, most: int) -> int:
    over = notifications.c.created_at < now - KEPT_NOTICES
    return await _of(connection, notifications, over, most)


async def _brought(connection: AsyncConnection, now: datetime, most: int) -> int:
    return await sending.sweep(connection, now - KEPT_DELIVERIES, most)


SWEEPS: dict[str, Sweep] = {
    "refresh tokens": _tokens,
    "sessions": _sessions,
    "sign-in flows": _flows,
    "codes": _codes,
    "kept answers": _answers,
    "guests": _guests,
    "calls to services": _calls,
    "calls to services past their number": _crowded_calls,
    "deliveries of notifications": _brought,
    "notifications": _inboxes,
}
"""In this order: a guest can go once their sessions have."""
