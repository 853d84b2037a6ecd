"""Which applications are on in a room, and which of them answers for each capability."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from host.contract import Capability, JsonObject, RoomApp, RoomStatus
from host.store.tables import app_versions, room_apps, room_capabilities, rooms


@dataclass(frozen=True)
class Answerer:
    """The application that answers for a capability; with `fallback` the platform steps in."""

    app_id: str
    fallback: bool


# Built once: putting a statement together costs as much as running it.
_OF_ROOM = room_apps.c.room_id == sa.bindparam("room_id")
_ENABLED = (
    sa.select(room_apps.c.app_id)
    .where(_OF_ROOM, room_apps.c.enabled)
    .order_by(room_apps.c.created_at, room_apps.c.app_id)
)
_LOCKED = (
    sa.select(room_apps.c.settings, app_versions.c.manifest)
    .join(
        app_versions,
        sa.and_(
            app_versions.c.app_id == room_apps.c.app_id,
            app_versions.c.version == room_apps.c.manifest_version,
        ),
    )
    .where(_OF_ROOM, room_apps.c.app_id == sa.bindparam("app_id"))
)
_ANSWERERS = sa.select(room_capabilities).where(
    room_capabilities.c.room_id == sa.bindparam("room_id")
)


async def listed(connection: AsyncConnection, room_id: str) -> Sequence[RoomApp]:
    """The room's applications, the oldest first."""
    delegated: dict[str, list[Capability]] = {}
    for row in (
        await connection.execute(
            sa.select(room_capabilities.c.app_id, room_capabilities.c.capability)
            .where(room_capabilities.c.room_id == room_id)
            .order_by(room_capabilities.c.capability)
        )
    ).all():
        delegated.setdefault(row.app_id, []).append(Capability(row.capability))
    rows = await connection.execute(
        sa.select(room_apps)
        .where(room_apps.c.room_id == room_id)
        .order_by(room_apps.c.created_at, room_apps.c.app_id)
    )
    return [
        RoomApp(
            row.app_id,
            row.settings,
            row.manifest_version,
            row.enabled,
            tuple(delegated.get(row.app_id, ())),
            row.silent_at is None,
        )
        for row in rows.all()
    ]


async def enabled(connection: AsyncConnection, room_id: str) -> list[str]:
    """The ids of the applications that are on in the room, the oldest first."""
    return list((await connection.execute(_ENABLED, {"room_id": room_id})).scalars())


async def locked(
    connection: AsyncConnection, room_id: str, app_id: str
) -> tuple[JsonObject, JsonObject] | None:
    """An application's settings in the room, and the manifest that the room is locked to."""
    given = {"room_id": room_id, "app_id": app_id}
    row = (await connection.execute(_LOCKED, given)).one_or_none()
    return (row.settings, row.manifest) if row else None


async def may_notify(connection: AsyncConnection, room_id: str, app_id: str) -> bool:
    """Whether an application of the room may tell its people something."""
    query = sa.select(room_apps.c.silent_at).where(_OF_ROOM, room_apps.c.app_id == app_id)
    row = (await connection.execute(query, {"room_id": room_id})).first()
    return row is not None and row.silent_at is None


async def manifests(connection: AsyncConnection, room_id: str) -> dict[str, JsonObject]:
    """The manifests that the room is locked to, by the application's id."""
    query = (
        sa.select(app_versions.c.app_id, app_versions.c.manifest)
        .join(
            room_apps,
            sa.and_(
                app_versions.c.app_id == room_apps.c.app_id,
                app_versions.c.version == room_apps.c.manifest_version,
            ),
        )
        .where(_OF_ROOM)
    )
    rows = await connection.execute(query, {"room_id": room_id})
    return {row.app_id: row.manifest for row in rows.all()}


async def get(connection: AsyncConnection, room_id: str, app_id: str) -> RoomApp | None:
    """One application of the room, whether enabled or not."""
    return next((a for a in await listed(connection, room_id) if a.app_id == app_id), None)


async def manifest(connection: AsyncConnection, app_id: str, version: str) -> JsonObject | None:
    """The kept manifest that a room is locked to."""
    query = sa.select(app_versions.c.manifest).where(
        app_versions.c.app_id == app_id, app_versions.c.version == version
    )
    return (await connection.execute(query)).scalar_one_or_none()


async def put(
    connection: AsyncConnection,
    *,
    room_id: str,
    app_id: str,
    settings: JsonObject,
    manifest_version: str,
    now: datetime,
) -> None:
    """Switches an application on in a room that does not have it yet."""
    await connection.execute(
        room_apps.insert().values(
            room_id=room_id,
            app_id=app_id,
            settings=settings,
            manifest_version=manifest_version,
            enabled=True,
            created_at=now,
            updated_at=now,
        )
    )


async def change(
    connection: AsyncConnection, room_id: str, app_id: str, now: datetime, **changes: Any
) -> None:
    """Changes columns of a room's application."""
    await connection.execute(
        room_apps.update()
        .where(room_apps.c.room_id == room_id, room_apps.c.app_id == app_id)
        .values(updated_at=now, **changes)
    )


async def remove(connection: AsyncConnection, room_id: str, app_id: str) -> None:
    """Takes an application and all that is delegated to it out of the room."""
    for table in (room_capabilities, room_apps):
        await connection.execute(
            table.delete().where(table.c.room_id == room_id, table.c.app_id == app_id)
        )


async def answerers(connection: AsyncConnection, room_id: str) -> dict[Capability, Answerer]:
    """Who answers in the room; a capability that is missing is the platform's."""
    rows = await connection.execute(_ANSWERERS, {"room_id": room_id})
    return {Capability(row.capability): Answerer(row.app_id, row.fallback) for row in rows.all()}


async def delegate(
    connection: AsyncConnection,
    room_id: str,
    capability: Capability,
    app_id: str | None,
    *,
    fallback: bool = False,
) -> None:
    """Gives a capability to an application of the room, or back to the platform with None."""
    await connection.execute(
        room_capabilities.delete().where(
            room_capabilities.c.room_id == room_id,
            room_capabilities.c.capability == capability,
        )
    )
    if app_id is not None:
        await connection.execute(
            room_capabilities.insert().values(
                room_id=room_id, capability=capability, app_id=app_id, fallback=fallback
            )
        )


async def rooms_of(connection: AsyncConnection, app_id: str) -> Sequence[str]:
    """Living rooms in which the application is on."""
    query = (
        sa.select(room_apps.c.room_id)
        .join(rooms, rooms.c.id == room_apps.c.room_id)
        .where(
            room_apps.c.app_id == app_id,
            room_apps.c.enabled,
            rooms.c.deleted_at.is_(None),
        )
    )
    return list((await connection.execute(query)).scalars())


async def answered_by(
    connection: AsyncConnection, app_id: str, among: Collection[Capability]
) -> dict[str, list[Capability]]:
    """Living rooms that are not over, with those of the capabilities that the application has."""
    query = (
        sa.select(room_capabilities.c.room_id, room_capabilities.c.capability)
        .join(rooms, rooms.c.id == room_capabilities.c.room_id)
        .where(
            room_capabilities.c.app_id == app_id,
            room_capabilities.c.capability.in_([c.value for c in among]),
            rooms.c.deleted_at.is_(None),
            rooms.c.status.in_([RoomStatus.DRAFT, RoomStatus.ACTIVE]),
        )
        .order_by(room_capabilities.c.room_id, room_capabilities.c.capability)
    )
    found: dict[str, list[Capability]] = {}
    for row in (await connection.execute(query)).all():
        found.setdefault(row.room_id, []).append(Capability(row.capability))
    return found
