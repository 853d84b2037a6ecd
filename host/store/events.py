"""The durable event log and its outbox."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from host.contract import Event
from host.store.tables import events, outbox

# Built once: putting a statement together costs as much as running it.
_APPEND, _NOTE = events.insert(), outbox.insert()


class Unannounced(NamedTuple):
    """A range of a room's events that was committed and perhaps not published."""

    id: str
    room_id: str
    first_seq: int
    last_seq: int


def _read(row: Any) -> Event:
    return Event(
        room_id=row.room_id,
        event=row.event,
        data=row.data,
        at=row.at,
        seq=row.seq,
        editor_data=row.editor_data,
        audience=row.audience,
    )


async def append(connection: AsyncConnection, new: Sequence[Event]) -> None:
    """Writes events whose seqs the caller took from the locked room."""
    rows = [
        {
            "room_id": e.room_id,
            "seq": e.seq,
            "event": e.event,
            "data": e.data,
            "editor_data": e.editor_data,
            "audience": e.audience,
            "at": e.at,
        }
        for e in new
    ]
    await connection.execute(_APPEND, rows if len(rows) > 1 else rows[0])


async def read_after(
    connection: AsyncConnection, room_id: str, after: int, limit: int
) -> list[Event]:
    """Up to `limit` events with a seq greater than `after`, rising, whatever their audience."""
    query = (
        sa.select(events)
        .where(events.c.room_id == room_id, events.c.seq > after)
        .order_by(events.c.seq)
        .limit(limit)
    )
    return [_read(row) for row in (await connection.execute(query)).all()]


async def count_heard(
    connection: AsyncConnection, room_id: str, after: int, audiences: Sequence[str]
) -> int:
    """How many events past a seq are for one of these audiences."""
    query = sa.select(sa.func.count()).where(*_heard(room_id, after, audiences))
    return (await connection.execute(query)).scalar_one()


async def read_heard(
    connection: AsyncConnection,
    room_id: str,
    after: int,
    audiences: Sequence[str],
    limit: int,
    offset: int = 0,
) -> list[Event]:
    """Up to `limit` events past a seq that are for one of these audiences, rising."""
    query = (
        sa.select(events)
        .where(*_heard(room_id, after, audiences))
        .order_by(events.c.seq)
        .limit(limit)
        .offset(offset)
    )
    return [_read(row) for row in (await connection.execute(query)).all()]


def _heard(
    room_id: str, after: int, audiences: Sequence[str]
) -> tuple[sa.ColumnElement[bool], ...]:
    return (
        events.c.room_id == room_id,
        events.c.seq > after,
        events.c.audience.in_(audiences),
    )


async def put_in_outbox(
    connection: AsyncConnection,
    outbox_id: str,
    room_id: str,
    first_seq: int,
    last_seq: int,
    now: datetime,
) -> None:
    """Notes that this range has to be announced."""
    given = {
        "id": outbox_id,
        "room_id": room_id,
        "first_seq": first_seq,
        "last_seq": last_seq,
        "created_at": now,
    }
    await connection.execute(_NOTE, given)


async def unannounced(
    connection: AsyncConnection, before: datetime, limit: int
) -> list[Unannounced]:
    """The oldest outbox rows written before a time."""
    query = (
        sa.select(outbox.c.id, outbox.c.room_id, outbox.c.first_seq, outbox.c.last_seq)
        .where(outbox.c.created_at < before)
        .order_by(outbox.c.id)
        .limit(limit)
    )
    return [Unannounced(*row) for row in (await connection.execute(query)).all()]


async def remove_from_outbox(connection: AsyncConnection, ids: Sequence[str]) -> None:
    """Forgets ranges that were announced."""
    await connection.execute(outbox.delete().where(outbox.c.id.in_(ids)))
