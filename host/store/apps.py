"""Applications that this host knows, and every version of their manifests it ever ran."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

from host.contract import JsonObject, ReviewState
from host.store.tables import app_versions, apps, room_apps


class Source(StrEnum):
    """Where an application runs."""

    IN_PROCESS = "IN_PROCESS"
    SERVICE = "SERVICE"


class Kept(StrEnum):
    """What became of a manifest that was handed in to be kept."""

    NEW = "new"
    SAME = "same"
    REPLACED = "replaced"
    REFUSED = "refused"
    """The version is kept with another manifest, and rooms were made with it."""


@dataclass(frozen=True)
class KnownApp:
    """An application with the manifest of its current version."""

    app_id: str
    source: Source
    version: str
    manifest: JsonObject
    review_state: ReviewState
    disabled_at: datetime | None
    disabled_reason: str | None
    removed_at: datetime | None
    """Since when a service is registered no more; rooms may still name it."""
    created_at: datetime
    updated_at: datetime


_known = sa.select(apps, app_versions.c.manifest).join(
    app_versions,
    sa.and_(app_versions.c.app_id == apps.c.id, app_versions.c.version == apps.c.current_version),
)


def _app(row: Any) -> KnownApp:
    return KnownApp(
        app_id=row.id,
        source=Source(row.source),
        version=row.current_version,
        manifest=row.manifest,
        review_state=ReviewState(row.review_state),
        disabled_at=row.disabled_at,
        disabled_reason=row.disabled_reason,
        removed_at=row.removed_at,
        created_at=row.created_at,
        updated_at=row.updated_at,
    )


async def listed(connection: AsyncConnection) -> Sequence[KnownApp]:
    """All applications, by id."""
    rows = await connection.execute(_known.order_by(apps.c.id))
    return [_app(row) for row in rows.all()]


async def get(connection: AsyncConnection, app_id: str) -> KnownApp | None:
    """One application."""
    row = (await connection.execute(_known.where(apps.c.id == app_id))).one_or_none()
    return _app(row) if row else None


async def manifest(connection: AsyncConnection, app_id: str, version: str) -> JsonObject | None:
    """The manifest of a version, whether it is the current one or not."""
    query = sa.select(app_versions.c.manifest).where(
        app_versions.c.app_id == app_id, app_versions.c.version == version
    )
    return (await connection.execute(query)).scalar_one_or_none()


async def versions(connection: AsyncConnection, app_id: str) -> Sequence[str]:
    """The versions that are kept, the one that came last at the end."""
    query = (
        sa.select(app_versions.c.version)
        .where(app_versions.c.app_id == app_id)
        .order_by(app_versions.c.created_at, app_versions.c.version)
    )
    return list((await connection.execute(query)).scalars())


async def keep(
    connection: AsyncConnection,
    *,
    app_id: str,
    version: str,
    manifest: JsonObject,
    source: Source,
    review_state: ReviewState,
    now: datetime,
    replace: bool = False,
) -> Kept:
    """Makes `version` the application's current one, and keeps its manifest.

    A version is kept once for ever: with another manifest it is `REFUSED`, and nothing changes,
    as soon as a room was made with it. Before that, and with `replace`, it is put in its place.
    `review_state` is that of an application the host meets for the first time.
    """
    insert = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    await connection.execute(
        insert(apps)
        .values(
            id=app_id,
            source=source.value,
            current_version=version,
            review_state=review_state.value,
            created_at=now,
            updated_at=now,
        )
        .on_conflict_do_nothing(index_elements=["id"])
    )
    # Hosts that start together take turns here.
    current = (
        sa.select(apps.c.current_version, apps.c.source)
        .where(apps.c.id == app_id)
        .with_for_update()
    )
    before = (await connection.execute(current)).one()
    kept = await _keep_version(connection, app_id, version, manifest, now, replace)
    if kept is Kept.REFUSED:
        return kept
    changes: JsonObject = {}
    if before.current_version != version:
        changes["current_version"] = version
    if before.source != source:
        # A service that was taken off, and came back in the host's own process.
        changes |= {"source": source.value, "review_state": review_state.value, "removed_at": None}
    if changes:
        changes["updated_at"] = now
        await connection.execute(apps.update().where(apps.c.id == app_id).values(changes))
    return kept


async def _keep_version(
    connection: AsyncConnection,
    app_id: str,
    version: str,
    given: JsonObject,
    now: datetime,
    replace: bool,
) -> Kept:
    stored = await manifest(connection, app_id, version)
    if stored is None:
        await connection.execute(
            app_versions.insert().values(
                app_id=app_id, version=version, manifest=given, created_at=now
            )
        )
        return Kept.NEW
    if stored == given:
        return Kept.SAME
    used = sa.select(room_apps.c.room_id).where(
        room_apps.c.app_id == app_id, room_apps.c.manifest_version == version
    )
    if not replace and (await connection.execute(used.limit(1))).first() is not None:
        return Kept.REFUSED
    await connection.execute(
        app_versions.update()
        .where(app_versions.c.app_id == app_id, app_versions.c.version == version)
        .values(manifest=given)
    )
    return Kept.REPLACED


async def forget_unused(
    connection: AsyncConnection, app_id: str, which: Callable[[str], bool]
) -> None:
    """Forgets versions that no room was ever made with; the current one stays."""
    used = sa.select(room_apps.c.manifest_version).where(room_apps.c.app_id == app_id)
    current = sa.select(apps.c.current_version).where(apps.c.id == app_id)
    kept = {
        *(await connection.execute(used)).scalars(),
        *(await connection.execute(current)).scalars(),
    }
    gone = [v for v in await versions(connection, app_id) if which(v) and v not in kept]
    await connection.execute(
        app_versions.delete().where(
            app_versions.c.app_id == app_id, app_versions.c.version.in_(gone)
        )
    )


async def review(
    connection: AsyncConnection, app_id: str, state: ReviewState, now: datetime
) -> None:
    """Says how the review of an application stands."""
    await connection.execute(
        apps.update().where(apps.c.id == app_id).values(review_state=state.value, updated_at=now)
    )


async def disable(connection: AsyncConnection, app_id: str, reason: str, now: datetime) -> bool:
    """Switches an application off on this host; False where there is none."""
    return await _switch(connection, app_id, now, disabled_at=now, disabled_reason=reason)


async def enable(connection: AsyncConnection, app_id: str, now: datetime) -> bool:
    """Switches an application on again; False where there is none."""
    return await _switch(connection, app_id, now, disabled_at=None, disabled_reason=None)


async def _switch(connection: AsyncConnection, app_id: str, now: datetime, **values: Any) -> bool:
    found = await connection.execute(
        apps.update().where(apps.c.id == app_id).values(updated_at=now, **values)
    )
    return found.rowcount == 1
