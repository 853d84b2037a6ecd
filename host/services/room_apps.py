"""The applications of a room: which are on, their settings, what is delegated to each."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from host.access import Act, Actor
from host.apps.settings import check_settings, public_settings
from host.contract import Capability, JsonObject, RoomApp
from host.errors import Conflict
from host.services.app_changes import found, note_change, refuse_nonsense
from host.services.audit import difference, settings_changed
from host.services.core import Core
from host.services.entry import enter
from host.services.taking import check_delegation, follow, let_go, taken_over
from host.services.telling import tell_room
from host.services.versions import Tags, need_match, need_version
from host.services.writer import RoomTransaction
from host.store import room_apps as store
from host.store import scheduled

log = logging.getLogger("festoon.jobs")


@dataclass(frozen=True)
class Delegations:
    """Who answers for each capability (None: the platform), and where the platform may step in."""

    answerers: dict[Capability, str | None]
    fallbacks: tuple[Capability, ...]

    def as_json(self) -> JsonObject:
        """The map of the wire contract: all five capabilities to an app's id or null."""
        return {capability.value: app_id for capability, app_id in self.answerers.items()}


class RoomApps:
    """What the organizer decides about applications."""

    def __init__(self, core: Core) -> None:
        self._core = core

    async def list(self, actor: Actor, room_id: str) -> Sequence[RoomApp]:
        """The room's applications, the main one among them."""
        await enter(self._core, actor, room_id, Act.MANAGE_APPS)
        async with self._core.db.read() as conn:
            return await store.listed(conn, room_id)

    async def manifests(self, actor: Actor, room_id: str) -> Mapping[str, JsonObject]:
        """The manifests that the room is locked to, by the application's id."""
        await enter(self._core, actor, room_id, Act.MANAGE_APPS)
        async with self._core.db.read() as conn:
            return await store.manifests(conn, room_id)

    async def get(self, actor: Actor, room_id: str, app_id: str) -> RoomApp:
        """One application of the room."""
        await enter(self._core, actor, room_id, Act.MANAGE_APPS)
        async with self._core.db.read() as conn:
            return found(await store.get(conn, room_id, app_id))

    async def add(
        self, actor: Actor, room_id: str, app_id: str, settings: JsonObject | None = None
    ) -> RoomApp:
        """Switches an application on. It takes over what it declares and nobody else has."""
        entry = await enter(self._core, actor, room_id, Act.MANAGE_APPS)
        manifest = self._core.registry.usable(app_id)
        checked = check_settings(manifest, settings or {}, at="/settings")
        await refuse_nonsense(self._core, actor, entry.room, manifest, checked)
        allowed = await taken_over(self._core, manifest, checked)

        async def write(tx: RoomTransaction) -> RoomApp:
            if await store.get(tx.conn, room_id, app_id) is not None:
                raise Conflict(f"The application '{app_id}' is already on in this room.")
            await store.put(
                tx.conn,
                room_id=room_id,
                app_id=app_id,
                settings=checked,
                manifest_version=manifest.version,
                now=tx.now,
            )
            taken = await store.answerers(tx.conn, room_id)
            for capability in allowed:
                if capability not in taken:
                    await store.delegate(tx.conn, room_id, capability, app_id)
            public = public_settings(manifest.settings, checked)
            await note_change(tx, actor, "app:add", app_id, None, {"settings": public})
            return found(await store.get(tx.conn, room_id, app_id))

        added = await self._core.writer.write(room_id, write)
        self._core.background.start(tell_room(self._core, "app_selected", entry.room))
        return added

    async def change(
        self,
        actor: Actor,
        room_id: str,
        app_id: str,
        fields: JsonObject,
        if_match: Tags = None,
    ) -> RoomApp:
        """Changes `{settings?, enabled?, mayNotify?}`; an application that is off answers nothing.

        Here and below the state of a room's applications is the state of the room.
        """
        entry = await enter(self._core, actor, room_id, Act.MANAGE_APPS)
        async with self._core.db.read() as conn:
            current = found(await store.get(conn, room_id, app_id))
            raw = await store.manifest(conn, app_id, current.manifest_version)
        manifest = self._core.registry.kept(app_id, raw or {})
        changes: JsonObject = {k: v for k, v in fields.items() if k == "enabled"}
        if "settings" in fields:
            changes["settings"] = check_settings(manifest, fields["settings"], at="/settings")
            await refuse_nonsense(self._core, actor, entry.room, manifest, changes["settings"])
        if app_id == entry.room.app_id and changes.get("enabled") is False:
            raise Conflict("This is the room's main application; it cannot be switched off.")

        async def write(tx: RoomTransaction) -> RoomApp:
            before = found(await store.get(tx.conn, room_id, app_id))
            need_match(if_match, tx.room.updated_at)
            if "settings" in changes:
                need_version(current.manifest_version, before.manifest_version)
            if "mayNotify" in fields and fields["mayNotify"] != before.may_notify:
                changes["silent_at"] = None if fields["mayNotify"] else tx.now
            if changes:
                await store.change(tx.conn, room_id, app_id, tx.now, **changes)
            if "settings" in changes:
                first, second = map(manifest.asked, (before.settings, changes["settings"]))
                await follow(self._core, tx, actor, app_id, first, second)
            if changes.get("enabled") is False:
                await let_go(tx, app_id)
            after = found(await store.get(tx.conn, room_id, app_id))
            differs = _app_changed(before, after, manifest.settings)
            await note_change(tx, actor, "app:change", app_id, *differs)
            return after

        changed = await self._core.writer.write(room_id, write)
        if not changed.enabled:
            await self._core.hub.app_off(app_id, room_id)
        room = entry.room
        if app_id == room.app_id:
            room = replace(room, app_settings=changed.settings)
        self._core.background.start(tell_room(self._core, "settings_changed", room))
        return changed

    async def remove(self, actor: Actor, room_id: str, app_id: str, if_match: Tags = None) -> None:
        """Takes an application out; what it answered for is the platform's again."""
        entry = await enter(self._core, actor, room_id, Act.MANAGE_APPS)
        if app_id == entry.room.app_id:
            raise Conflict("This is the room's main application; it cannot be taken out.")

        async def write(tx: RoomTransaction) -> None:
            gone = found(await store.get(tx.conn, room_id, app_id))
            need_match(if_match, tx.room.updated_at)
            await store.remove(tx.conn, room_id, app_id)
            if dropped := await scheduled.drop(tx.conn, app_id, room_id):
                log.info("%s has %d jobs less: taken out of room %s", app_id, dropped, room_id)
            answered = {"capabilities": [c.value for c in gone.capabilities]}
            await note_change(tx, actor, "app:remove", app_id, answered, None)

        await self._core.writer.write(room_id, write)
        await self._core.hub.app_off(app_id, room_id)
        self._core.background.start(self._core.dispatch.tell("app_removed", [app_id], entry.room))

    async def delegations(self, actor: Actor, room_id: str) -> Delegations:
        """Who answers for each of the five capabilities."""
        await enter(self._core, actor, room_id, Act.MANAGE_APPS)
        async with self._core.db.read() as conn:
            return _delegations(await store.answerers(conn, room_id))

    async def delegate(
        self,
        actor: Actor,
        room_id: str,
        wanted: Mapping[str, str | None],
        fallbacks: Mapping[str, bool] | None = None,
        if_match: Tags = None,
    ) -> Delegations:
        """Gives capabilities to applications that are on in the room, or to the platform.

        `fallbacks` says, by capability, whether the platform may step in when the application
        fails. Raises `DelegationConflict` for an application that is not on, does not declare
        the capability, or may not have it before review.
        """
        await enter(self._core, actor, room_id, Act.MANAGE_APPS)
        chosen = {Capability(name): app_id for name, app_id in wanted.items()}
        may_step_in = {Capability(name): on for name, on in (fallbacks or {}).items()}

        async def write(tx: RoomTransaction) -> Delegations:
            need_match(if_match, tx.room.updated_at)
            on = {a.app_id: a for a in await store.listed(tx.conn, room_id)}
            before = await store.answerers(tx.conn, room_id)
            for capability in sorted(chosen.keys() | may_step_in.keys()):
                kept = before.get(capability)
                app_id = chosen.get(capability, kept.app_id if kept else None)
                # One who answers already may go on, also where it could not be chosen anew: a form
                # sends all five, and must not be refused for what nobody touched.
                if app_id is not None and (kept is None or kept.app_id != app_id):
                    await check_delegation(self._core, tx, on.get(app_id), app_id, capability)
                fallback = may_step_in.get(
                    capability, kept.fallback if kept and kept.app_id == app_id else False
                )
                await store.delegate(tx.conn, room_id, capability, app_id, fallback=fallback)
            first, second = (_answers(before), _answers(await store.answerers(tx.conn, room_id)))
            differs = difference(first, second) or (None, None)
            await note_change(tx, actor, "app:delegate", None, *differs)
            return _delegations(await store.answerers(tx.conn, room_id))

        return await self._core.writer.write(room_id, write)


def _app_changed(
    before: RoomApp, after: RoomApp, schema: JsonObject
) -> tuple[JsonObject | None, JsonObject | None]:
    first: JsonObject = {"enabled": before.enabled, "mayNotify": before.may_notify}
    second: JsonObject = {"enabled": after.enabled, "mayNotify": after.may_notify}
    if settings := settings_changed(schema, before.settings, after.settings):
        first["settings"], second["settings"] = settings
    return difference(first, second) or (None, None)


def _answers(chosen: Mapping[Capability, store.Answerer]) -> JsonObject:
    return {
        name.value: answerer.app_id + (" or the platform" if answerer.fallback else "")
        for name, answerer in chosen.items()
    }


def _delegations(chosen: Mapping[Capability, store.Answerer]) -> Delegations:
    return Delegations(
        {c: chosen[c].app_id if c in chosen else None for c in Capability},
        tuple(c for c in Capability if c in chosen and chosen[c].fallback),
    )
