"""Calls to separate services, as a log of bounded length, and the services that are left out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

from host.contract import JsonObject, RoomStatus
from host.store.tables import (
    app_versions,
    deliveries,
    outages,
    room_apps,
    room_capabilities,
    rooms,
)

LONGEST_NOTE = 500
_LOCKED = (
    sa.select(app_versions.c.manifest)
    .join(
        room_apps,
        sa.and_(
            room_apps.c.app_id == app_versions.c.app_id,
            room_apps.c.manifest_version == app_versions.c.version,
        ),
    )
    .where(
        room_apps.c.room_id == sa.bindparam("room_id"),
        room_apps.c.app_id == sa.bindparam("app_id"),
    )
)


class Outcome(StrEnum):
    """What came of a call."""

    ANSWERED = "ANSWERED"
    REFUSED = "REFUSED"
    """It answered, and the answer is no."""
    FAILED = "FAILED"
    LATE = "LATE"


@dataclass(frozen=True)
class Delivered:
    """One call, without what was said in it. `note` says why there was no answer."""

    id: str
    app_id: str
    room_id: str | None
    hook: str
    message_id: str
    """Its `webhook-id`."""
    request_id: str | None
    """Of the call to the host that it follows from."""
    at: datetime
    milliseconds: int
    outcome: Outcome
    status: int | None
    note: str | None


@dataclass(frozen=True)
class Outage:
    """A service that is left out, since when and why."""

    app_id: str
    since: datetime
    reason: str


async def insert(connection: AsyncConnection, lines: Sequence[Delivered]) -> None:
    """Keeps calls; one that is kept already stays as it is."""
    rows = [{**vars(line), "note": _short(line.note)} for line in lines]
    anew = _anew(connection, deliveries).on_conflict_do_nothing(index_elements=["id"])
    await connection.execute(anew, rows)


async def of_room(connection: AsyncConnection, room_id: str, most: int) -> Sequence[Delivered]:
    """The last calls about a room, the last one first."""
    query = (
        sa.select(deliveries)
        .where(deliveries.c.room_id == room_id)
        .order_by(deliveries.c.id.desc())
        .limit(most)
    )
    rows = (await connection.execute(query)).mappings()
    return [Delivered(**{**row, "outcome": Outcome(row["outcome"])}) for row in rows]


async def trim(connection: AsyncConnection, keep: int, most: int) -> int:
    """Takes away up to `most` of the oldest calls of a service that has more than `keep`."""
    crowded = (
        sa.select(deliveries.c.app_id)
        .group_by(deliveries.c.app_id)
        .having(sa.func.count() > keep)
        .limit(1)
    )
    app_id = (await connection.execute(crowded)).scalar_one_or_none()
    if app_id is None:
        return 0
    newest = (
        sa.select(deliveries.c.id)
        .where(deliveries.c.app_id == app_id)
        .order_by(deliveries.c.id.desc())
        .offset(keep)
        .limit(1)
    )
    last = (await connection.execute(newest)).scalar_one()
    over = (
        sa.select(deliveries.c.id)
        .where(deliveries.c.app_id == app_id, deliveries.c.id <= last)
        .limit(most)
    )
    gone = await connection.execute(sa.delete(deliveries).where(deliveries.c.id.in_(over)))
    return gone.rowcount


async def locked(connection: AsyncConnection, room_id: str, app_id: str) -> JsonObject | None:
    """The manifest by which the room asks a service: of the version that it is locked to."""
    found = await connection.execute(_LOCKED, {"room_id": room_id, "app_id": app_id})
    manifest: JsonObject | None = found.scalar_one_or_none()
    return manifest


async def rooms_asking(connection: AsyncConnection, app_id: str) -> Sequence[str]:
    """Living rooms, not over yet, in which the service answers for something."""
    over = (RoomStatus.COMPLETED, RoomStatus.CANCELLED)
    query = (
        sa.select(rooms.c.id)
        .where(
            rooms.c.id.in_(
                sa.select(room_capabilities.c.room_id).where(room_capabilities.c.app_id == app_id)
            ),
            rooms.c.deleted_at.is_(None),
            rooms.c.status.not_in(over),
        )
        .order_by(rooms.c.id)
    )
    return list((await connection.execute(query)).scalars())


async def begin_outage(connection: AsyncConnection, outage: Outage) -> bool:
    """Notes that a service is left out. False where another process has noted it before."""
    values = vars(replace(outage, reason=_short(outage.reason) or ""))
    anew = _anew(connection, outages).on_conflict_do_nothing(index_elements=["app_id"])
    noted = await connection.execute(anew.values(values))
    return noted.rowcount == 1


async def end_outage(connection: AsyncConnection, app_id: str) -> bool:
    """Notes that a service is well. False where nothing else was noted."""
    gone = await connection.execute(sa.delete(outages).where(outages.c.app_id == app_id))
    return gone.rowcount == 1


async def outages_of(connection: AsyncConnection) -> dict[str, Outage]:
    """The services that are left out, by id."""
    rows = (await connection.execute(sa.select(outages))).mappings()
    return {row["app_id"]: Outage(**row) for row in rows}


def _anew(connection: AsyncConnection, table: sa.Table) -> Any:
    insert = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    return insert(table)


def _short(note: str | None) -> str | None:
    if note is None:
        return None
    # What a service answered may hold anything, and must not keep the log from being written.
    return note.replace("\0", "").encode("utf-8", "replace").decode()[:LONGEST_NOTE]
