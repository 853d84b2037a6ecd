"""How a call comes into a room: who is there, and whether they may do what they came for."""

from __future__ import annotations

from dataclasses import dataclass, replace

from sqlalchemy.ext.asyncio import AsyncConnection

from host.access import RULES, Act, Actor, may, require
from host.apps.settings import public_settings
from host.contract import JsonObject, Participant, Room
from host.errors import NotFound, Unauthorized
from host.services.core import Core
from host.store import participants, room_apps, rooms


@dataclass(frozen=True)
class Entry:
    """A room that the actor was let into, and the actor's own part in it."""

    room: Room
    participant: Participant | None
    actor: Actor
    app_on: bool = False
    """Whether the application that acts is on here; see `access.require`."""

    def may(self, act: Act) -> bool:
        """Whether the actor may do something else here too."""
        return may(self.actor, act, self.room, self.participant, app_on=self.app_on)

    def need(self, act: Act) -> None:
        """Raises what `access.require` raises."""
        require(self.actor, act, self.room, self.participant, app_on=self.app_on)


async def enter(core: Core, actor: Actor, room_id: str, act: Act) -> Entry:
    """Lets the actor in for `act`, or raises Unauthorized, NotFound or Forbidden, in that order."""
    if not actor.signed_in and not RULES[act].public:
        raise Unauthorized("Sign in first.")
    async with core.db.read() as conn:
        if actor.user is None:
            room, part = await rooms.get(conn, room_id), None
            on = await app_is_on(conn, actor, room_id)
        else:
            found = await rooms.entered(conn, room_id, actor.user.id)
            room, part = found or (None, None)
            on = False
        if room is not None and actor.app_id is not None:
            actor = await as_locked(core, conn, actor, room)
    if room is None:
        raise NotFound("There is no such room.")
    entry = Entry(room, part, actor, on)
    entry.need(act)
    return entry


async def app_is_on(conn: AsyncConnection, actor: Actor, room_id: str) -> bool:
    """Whether the application that acts alone is on in a room."""
    if actor.app_id is None or actor.user is not None:
        return False
    app = await room_apps.get(conn, room_id, actor.app_id)
    return app is not None and app.enabled


async def as_locked(core: Core, conn: AsyncConnection, actor: Actor, room: Room) -> Actor:
    """The actor as they may act in this room.

    In a room that is locked to another version than the one that runs, an application has no
    permission that it lacks in that version.
    """
    if actor.app_id is None:
        return actor
    manifest: JsonObject | None = room.app.manifest
    if actor.app_id != room.app_id:
        locked = await room_apps.locked(conn, room.id, actor.app_id)
        manifest = locked[1] if locked else None
    running = core.registry.get(actor.app_id)
    if manifest is None or (running and running.manifest and running.manifest.raw == manifest):
        return actor
    granted = (actor.app_permissions or frozenset()).intersection(manifest.get("permissions", ()))
    return replace(actor, app_permissions=granted)


async def own_part(conn: AsyncConnection, actor: Actor, room_id: str) -> Participant | None:
    """The actor's living part in a room."""
    if actor.user is None:
        return None
    return await participants.of_user(conn, room_id, actor.user.id)


def shown(room: Room, *, editor: bool) -> Room:
    """The room as a reader may see it: settings marked writeOnly only for those who may edit."""
    if editor:
        return room
    schema = room.app.manifest.get("settings", {})
    return replace(room, app_settings=public_settings(schema, room.app_settings))
