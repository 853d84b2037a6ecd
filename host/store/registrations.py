"""Registering applications that run as services of their own, and taking them off again."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from host.contract import JsonObject, ReviewState
from host.store import apps as known
from host.store.apps import KnownApp, Source
from host.store.tables import app_secrets, app_versions, apps

_OF_APP = apps.c.id == sa.bindparam("app_id")
_LOCK = sa.select(apps.c.id).where(_OF_APP).with_for_update()
_MARKS = sa.select(
    apps.c.id,
    apps.c.current_version,
    apps.c.review_state,
    apps.c.disabled_at,
    apps.c.removed_at,
    apps.c.updated_at,
).where(apps.c.source == Source.SERVICE.value)

Mark = tuple[Any, ...]
"""What differs between two states of a service."""


async def lock(connection: AsyncConnection, app_id: str) -> KnownApp | None:
    """The application, which nobody else changes until the transaction ends."""
    await connection.execute(_LOCK, {"app_id": app_id})
    return await known.get(connection, app_id)


async def insert(
    connection: AsyncConnection, app_id: str, version: str, manifest: JsonObject, now: datetime
) -> bool:
    """Makes a service that waits for its review; False where the id was given before."""
    anew = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    made = await connection.execute(
        anew(apps)
        .values(
            id=app_id,
            source=Source.SERVICE.value,
            current_version=version,
            review_state=ReviewState.PENDING.value,
            created_at=now,
            updated_at=now,
        )
        .on_conflict_do_nothing(index_elements=["id"])
    )
    if made.rowcount == 1:
        await put_version(connection, app_id, version, manifest, now)
    return made.rowcount == 1


async def put_version(
    connection: AsyncConnection, app_id: str, version: str, manifest: JsonObject, now: datetime
) -> None:
    """Keeps a version's manifest for ever."""
    await connection.execute(
        app_versions.insert().values(
            app_id=app_id, version=version, manifest=manifest, created_at=now
        )
    )


async def change(connection: AsyncConnection, app_id: str, now: datetime, **values: Any) -> None:
    """Changes columns; without any, says that something of it has changed."""
    await connection.execute(
        apps.update().where(apps.c.id == app_id).values(updated_at=now, **values)
    )


async def remove(connection: AsyncConnection, app_id: str, now: datetime) -> None:
    """Takes a service off: wholly, or where a room names it all but its row and its versions."""
    await connection.execute(app_secrets.delete().where(app_secrets.c.app_id == app_id))
    try:
        async with connection.begin_nested():
            for table, column in ((app_versions, app_versions.c.app_id), (apps, apps.c.id)):
                await connection.execute(table.delete().where(column == app_id))
    except IntegrityError:
        await change(connection, app_id, now, removed_at=now)


async def marks(connection: AsyncConnection) -> Mapping[str, Mark]:
    """Every service with what would differ if it had changed, to be asked for again and again."""
    rows = await connection.execute(_MARKS)
    return {row.id: tuple(row) for row in rows.all()}
