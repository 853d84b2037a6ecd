"""Jobs that applications have scheduled, each in a room, one of a key."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

from host.contract import JsonObject
from host.store.jobs import FREE_AT, OPEN, of_app
from host.store.tables import jobs


async def schedule(
    connection: AsyncConnection,
    job_id: str,
    kind: str,
    payload: JsonObject,
    *,
    app_id: str,
    room_id: str,
    key: str | None,
    now: datetime,
    run_at: datetime,
) -> None:
    """Writes a job of an application, in the place of the one with the same `key`."""
    values = {
        "id": job_id,
        "kind": kind,
        "payload": payload,
        "run_at": run_at,
        "attempts": 0,
        "claimed_until": None,
        "parked_at": None,
        "reason": None,
        "created_at": now,
    }
    insert = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    made = insert(jobs).values(app_id=app_id, room_id=room_id, key=key, **values)
    await connection.execute(
        made.on_conflict_do_update(
            index_elements=[jobs.c.app_id, jobs.c.room_id, jobs.c.key], set_=values
        )
    )


async def unschedule(connection: AsyncConnection, app_id: str, room_id: str, key: str) -> bool:
    """Forgets the job with this key. False where there is none."""
    gone = await connection.execute(
        sa.delete(jobs).where(of_app(app_id), jobs.c.room_id == room_id, jobs.c.key == key)
    )
    return gone.rowcount == 1


async def drop(connection: AsyncConnection, app_id: str, room_id: str) -> int:
    """Forgets all that an application had scheduled in a room; how many they were."""
    gone = await connection.execute(
        sa.delete(jobs).where(of_app(app_id), jobs.c.room_id == room_id)
    )
    return gone.rowcount


async def next_of_apps(
    connection: AsyncConnection, app_ids: Collection[str]
) -> Mapping[str, datetime]:
    """When the next job of each of these applications may be taken, where it has any."""
    found = await connection.execute(
        sa.select(jobs.c.app_id, sa.type_coerce(sa.func.min(FREE_AT), jobs.c.run_at.type))
        .where(OPEN, jobs.c.app_id.in_(app_ids))
        .group_by(jobs.c.app_id)
    )
    return {row.app_id: row[1] for row in found}
