"""Bringing an application of a room to a newer version of its manifest. There is no way back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from host.access import Act, Actor
from host.apps.manifest import Manifest
from host.apps.states import AppState
from host.apps.versions import is_greater
from host.contract import AppRef, JsonObject, Refusal, Room, RoomApp, RoomStatus
from host.errors import Conflict, DelegationConflict, ValidationFailed, VersionConflict
from host.services.app_changes import found, note_change, refuse_nonsense
from host.services.core import Core
from host.services.delegation import decide
from host.services.entry import enter
from host.services.migrating import AT, Step, lost, migrated, noted, required
from host.services.taking import follow
from host.services.telling import tell_room
from host.services.versions import Tags, need_match
from host.services.writer import RoomTransaction
from host.store import apps as catalogue
from host.store import room_apps as store

OVER = (RoomStatus.COMPLETED, RoomStatus.CANCELLED)


class Upgrading:
    """What an organizer decides about versions."""

    def __init__(self, core: Core) -> None:
        self._core = core

    async def offers(self, actor: Actor, room_id: str) -> Mapping[str, str]:
        """The version that runs of each application that the room has in an older one, by id."""
        entry = await enter(self._core, actor, room_id, Act.MANAGE_APPS)
        if entry.room.status in OVER:
            return {}
        async with self._core.db.read() as conn:
            listed = await store.listed(conn, room_id)
        offered = {}
        for app in listed:
            running = self._core.registry.get(app.app_id)
            if running is None or not running.active or running.manifest is None:
                continue
            if is_greater(running.manifest.version, app.manifest_version):
                offered[app.app_id] = running.manifest.version
        return offered

    async def step(self, actor: Actor, room_id: str, app_id: str, target: str) -> Step:
        """What lies between the room's version and `target`.

        Raises `NotFound` for an application that is not on in the room, `ValidationFailed` for a
        version that was never seen here, `VersionConflict` for one that is not greater, and
        `Conflict` where the room is over or the application does not run.
        """
        entry = await enter(self._core, actor, room_id, Act.MANAGE_APPS)
        async with self._core.db.read() as conn:
            app = found(await store.get(conn, room_id, app_id))
            old = await catalogue.manifest(conn, app_id, app.manifest_version)
            new = await catalogue.manifest(conn, app_id, target)
        if new is None:
            message = f"There is no version {target!r} of the application '{app_id}' here."
            raise ValidationFailed(message, {"targetVersion": [message]})
        if not is_greater(target, app.manifest_version):
            raise VersionConflict(
                f"The room has version {app.manifest_version} of '{app_id}'; {target} is not "
                "greater, and there is no way back.",
                details={"appId": app_id, "version": app.manifest_version, "target": target},
            )
        self._need_running(app_id, target)
        _need_open(entry.room)
        registry = self._core.registry
        return Step(entry.room, app, registry.kept(app_id, old or {}), registry.kept(app_id, new))

    async def upgrade(
        self,
        actor: Actor,
        room_id: str,
        app_id: str | None,
        target: str,
        data: JsonObject | None = None,
        if_match: Tags = None,
    ) -> Room | RoomApp:
        """Locks the room to `target`, with `data` merged over the settings (RFC 7396).

        With `app_id` None it is the main application, and the answer is the room. Raises what
        `step` raises, `MigrationRequired` for settings that do not fit, `DelegationConflict` for
        a capability that the room has delegated and the version does not declare, and
        `VersionConflict` where the room was changed meanwhile.
        """
        main = app_id is None
        if app_id is None:
            app_id = (await enter(self._core, actor, room_id, Act.MANAGE_APPS)).room.app_id
        step = await self.step(actor, room_id, app_id, target)
        need_match(if_match, step.room.updated_at)
        settings = migrated(step, data or {})
        _refuse_lost(step.app, step.new)
        await self._ask(actor, step, settings)

        async def write(tx: RoomTransaction) -> Room | RoomApp:
            need_match(if_match, tx.room.updated_at)
            _need_open(tx.room)
            now = found(await store.get(tx.conn, room_id, step.app.app_id))
            seen = step.app
            if (now.manifest_version, now.settings) != (seen.manifest_version, seen.settings):
                raise VersionConflict(
                    "Somebody changed this application's settings or version meanwhile. "
                    "Look at it again, then repeat.",
                    details={"appId": now.app_id, "version": now.manifest_version},
                )
            _refuse_lost(now, step.new)
            changes = {"settings": settings, "manifest_version": target}
            await store.change(tx.conn, room_id, now.app_id, tx.now, **changes)
            first, second = step.old.asked(now.settings), step.new.asked(settings)
            await follow(self._core, tx, actor, now.app_id, first, second)
            await note_change(tx, actor, "app:upgrade", now.app_id, *noted(step, settings))
            return tx.room if main else found(await store.get(tx.conn, room_id, now.app_id))

        upgraded = await self._core.writer.write(room_id, write)
        after = upgraded if isinstance(upgraded, Room) else step.room
        self._core.background.start(tell_room(self._core, "settings_changed", after))
        return upgraded

    def _need_running(self, app_id: str, target: str) -> None:
        record = self._core.registry.record(app_id)
        if record.state is not AppState.ACTIVE:
            raise Conflict(
                f"The application '{app_id}' does not run here now ({record.state}).",
                details={"appId": app_id, "state": record.state.value},
            )
        runs = self._core.registry.manifest(app_id).version
        if is_greater(target, runs):
            raise Conflict(
                f"This host still runs version {runs} of '{app_id}'. Try again in a moment.",
                details={"appId": app_id, "version": runs, "target": target},
            )

    async def _ask(self, actor: Actor, step: Step, settings: JsonObject) -> None:
        """Asks about the settings as for any other change of them."""
        room = step.room
        if step.app.app_id != room.app_id:
            try:
                await refuse_nonsense(self._core, actor, room, step.new, settings)
            except ValidationFailed as refused:
                raise required(step, refused.message, {AT: [refused.message]}) from refused
            return
        ref = AppRef(room.app_id, step.new.raw, step.new.version)
        becomes = replace(
            room, app_settings=settings, app_manifest_version=step.new.version, app=ref
        )
        decision = await decide(self._core, actor, becomes, "check_settings", settings=settings)
        if isinstance(decision.value, Refusal):
            reason = decision.value.reason
            raise required(step, reason, {AT: [reason]})


def _refuse_lost(app: RoomApp, manifest: Manifest) -> None:
    if gone := lost(app, manifest):
        named = " and ".join(gone)
        raise DelegationConflict(
            f"In this room '{app.app_id}' answers for {named}, which version {manifest.version} "
            "does not offer. Give it to another application or to the platform first.",
            details={
                "appId": app.app_id,
                "capabilities": [one.value for one in gone],
                "version": manifest.version,
            },
        )


def _need_open(room: Room) -> None:
    if room.status in OVER:
        raise Conflict(
            f"The room is {room.status}: its application stays as it was played.",
            details={"status": room.status.value},
        )
