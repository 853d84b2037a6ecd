"""Registering applications that run as services of their own, and taking them off."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson
from sqlalchemy.ext.asyncio import AsyncConnection

from host.access import Actor
from host.apps.manifest import Manifest, read_service_manifest, stored_manifest
from host.apps.names import PLATFORM
from host.apps.states import AppState
from host.apps.versions import is_greater
from host.contract import JsonObject, ReviewState
from host.errors import Conflict, InvalidManifest, NotFound, PayloadTooLarge, VersionConflict
from host.services.apps import AppEntry, Apps
from host.services.core import Core
from host.services.notices import tell_organizers
from host.services.registered import admit, note, service_of
from host.services.reviews import JOB as REVIEW
from host.services.writer import RoomTransaction
from host.store import app_secrets, apps, registrations, room_apps
from host.store.apps import KnownApp, Source
from host.store.jobs import Job

REMOVED = "app:removed"
MOST_BYTES = 256 * 1024
"""The largest manifest, as JSON."""


@dataclass(frozen=True)
class Registered(AppEntry):
    """A service as the catalogue has it, with its secret: it is shown this once."""

    app_secret: str


class Registration:
    """What the platform team does. `actor` None is the command line, where nobody signs in."""

    def __init__(self, core: Core, catalogue: Apps) -> None:
        self._core = core
        self._catalogue = catalogue
        core.jobs.handle(REMOVED, self._tell_rooms)

    async def register(
        self, actor: Actor | None, raw: JsonObject, app_id: str | None = None
    ) -> Registered:
        """Makes a service known; its review is pending.

        Its id is `app_id`, or the manifest's `id`, or made of its name. Raises `InvalidManifest`,
        and `Conflict` for an id that somebody else has. One that was taken off comes back, with
        a version that is greater, or the very manifest that it had.
        """
        admit(actor)
        manifest = self._read(raw, app_id)
        self._refuse_installed(manifest.id)
        secret = self._core.secrets.new(manifest.id)
        async with self._core.db.write() as conn:
            now = self._core.sources.now()
            new = await registrations.insert(conn, manifest.id, manifest.version, raw, now)
            if not new:
                await self._bring_back(conn, manifest, raw, now)
            await app_secrets.end_all(conn, manifest.id)
            await app_secrets.insert(conn, secret.kept)
            about = {"version": manifest.version, "baseUrl": manifest.base_url}
            await note(self._core, conn, actor, "service:register", manifest.id, None, about)
        await self._core.bulletin.changed(manifest.id)
        entry = await self._catalogue.entry(manifest.id)
        return Registered(**vars(entry), app_secret=secret.text)

    async def change(self, actor: Actor | None, app_id: str, raw: JsonObject) -> AppEntry:
        """Takes a new version of a service's manifest; rooms stay locked to the one they have.

        Its review begins anew where it asks for more than the version before. Raises
        `InvalidManifest`, and `VersionConflict` for a version that is not greater.
        """
        admit(actor)
        async with self._core.db.read() as conn:
            service_of(await apps.get(conn, app_id), app_id)
        manifest = self._read(raw, app_id)
        async with self._core.db.write() as conn:
            before = service_of(await registrations.lock(conn, app_id), app_id)
            now = self._core.sources.now()
            await _need_greater(conn, before, manifest.version)
            await registrations.put_version(conn, app_id, manifest.version, raw, now)
            review = before.review_state
            if review is ReviewState.APPROVED and _asks_for_more(before, manifest):
                review = ReviewState.PENDING
                job = {"appId": app_id, "state": review.value}
                await self._core.jobs.enqueue(conn, REVIEW, job)
            await registrations.change(
                conn, app_id, now, current_version=manifest.version, review_state=review.value
            )
            await note(
                self._core,
                conn,
                actor,
                "service:change",
                app_id,
                {"version": before.version, "review": before.review_state.value},
                {"version": manifest.version, "review": review.value},
            )
        await self._core.bulletin.changed(app_id)
        return await self._catalogue.entry(app_id)

    async def remove(self, actor: Actor | None, app_id: str) -> None:
        """Takes a service off this host: its secrets and tokens end at once.

        Rooms that have it keep it as MISSING, with the versions and settings that they had;
        where nobody ever had it, nothing stays.
        """
        admit(actor)
        async with self._core.db.write() as conn:
            before = service_of(await registrations.lock(conn, app_id), app_id)
            await registrations.remove(conn, app_id, self._core.sources.now())
            about = {"version": before.version, "baseUrl": before.manifest.get("baseUrl")}
            await note(self._core, conn, actor, "service:remove", app_id, about, None)
            await self._core.jobs.enqueue(conn, REMOVED, {"appId": app_id})
        await self._core.bulletin.changed(app_id)

    async def _tell_rooms(self, job: Job) -> None:
        app_id = job.payload["appId"]
        async with self._core.db.read() as conn:
            known = await apps.get(conn, app_id)
            concerned = await room_apps.rooms_of(conn, app_id)
        if known is None or known.removed_at is None:
            return

        async def write(tx: RoomTransaction) -> None:
            await tell_organizers(
                self._core,
                tx,
                "app:removed",
                f"The application '{app_id}' was taken off this platform",
                "What it answered for fails now, or the platform does it where you "
                "allowed that. Choose who answers: see Applications.",
                {"appId": app_id},
                notice_id=f"{job.id}.{tx.room.id}",
                brought=False,
            )

        for room_id in concerned:
            with suppress(NotFound):
                await self._core.writer.write(room_id, write, answers_call=False)

    def _read(self, raw: JsonObject, app_id: str | None) -> Manifest:
        if len(orjson.dumps(raw)) > MOST_BYTES:
            raise PayloadTooLarge(f"A manifest has at most {MOST_BYTES} bytes.")
        if app_id is not None and raw.get("id", app_id) != app_id:
            raise InvalidManifest(
                f"The manifest is not valid: /id must be {app_id!r}",
                {"/id": [f"must be {app_id!r}, or left out"]},
            )
        manifest = read_service_manifest(raw if app_id is None else {**raw, "id": app_id})
        problems = [one.partition(": ") for one in self._core.registry.unfit(manifest)]
        if problems:
            raise InvalidManifest(
                "The application cannot run on this host. See details.fields.",
                {pointer: [text] for pointer, _, text in problems},
            )
        return stored_manifest(raw, manifest.id)

    def _refuse_installed(self, app_id: str) -> None:
        entry = self._core.registry.get(app_id)
        if app_id == PLATFORM or (
            entry is not None and not entry.is_service and entry.state is not AppState.MISSING
        ):
            raise Conflict(
                f"The id '{app_id}' belongs to an application that is installed in the host. "
                "Take another one (`appId`), or uninstall that first."
            )

    async def _bring_back(
        self, conn: AsyncConnection, manifest: Manifest, raw: JsonObject, now: datetime
    ) -> None:
        before = await registrations.lock(conn, manifest.id)
        if before is None:
            raise Conflict(f"The service '{manifest.id}' is being taken off. Try again.")
        if before.source is Source.SERVICE and before.removed_at is None:
            raise Conflict(
                f"There is a service '{manifest.id}' already. Send a new version of its manifest "
                f"with PATCH /apps/{manifest.id}, or take another id (`appId`)."
            )
        if before.source is Source.IN_PROCESS and self._core.config.mode != "full":
            raise Conflict(f"The id '{manifest.id}' belongs to an application of this host.")
        if (before.version, before.manifest) != (manifest.version, raw):
            await _need_greater(conn, before, manifest.version)
            await registrations.put_version(conn, manifest.id, manifest.version, raw, now)
        await registrations.change(
            conn,
            manifest.id,
            now,
            source=Source.SERVICE.value,
            current_version=manifest.version,
            review_state=ReviewState.PENDING.value,
            disabled_at=None,
            disabled_reason=None,
            removed_at=None,
        )


async def _need_greater(conn: AsyncConnection, before: KnownApp, version: str) -> None:
    for kept in (before.version, *await apps.versions(conn, before.app_id)):
        if not is_greater(version, kept):
            raise VersionConflict(
                f"The version {version} is not greater than {kept}, which is known already. Give "
                "the manifest a greater meta.version.",
                details={"version": version, "known": kept},
            )


def _asks_for_more(before: KnownApp, after: Manifest) -> bool:
    kept = stored_manifest(before.manifest, before.app_id)
    wider: Any = after.capabilities - kept.capabilities or after.permissions - kept.permissions
    return bool(wider) or after.base_url != kept.base_url
