"""Coming into a room that sockets of this process listen to, without asking the store each time."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from host.access import RULES, Act, Actor
from host.contract import Participant, Room
from host.errors import NotFound, Unauthorized
from host.realtime.memory import Entered, KnownRoom, RoomMemory
from host.services.core import Core
from host.services.entry import Entry, as_locked, enter
from host.store import participants, room_apps, rooms


async def enter_anew(core: Core, actor: Actor, room_id: str, act: Act) -> Entry:
    """As `entry.enter`; what was remembered of the actor's own part is not believed any more."""
    memory = core.hub.memory(room_id)
    if memory is None or actor.user is None:
        return await enter(core, actor, room_id, act)
    if memory.known_room() is None:
        # A hall that fills changes its room all the time: one question for those who come
        # together, where to remember the room for each of them would take four.
        entered = await _enter_together(core, memory, actor, room_id)
        memory.forget_person(actor.user.id)
        entered.need(act)
        return entered
    entry, _ = await _enter(core, memory, actor, room_id, act, anew=True)
    return entry


async def _enter_together(core: Core, memory: RoomMemory, actor: Actor, room_id: str) -> Entry:
    async def load(user_ids: Collection[str]) -> Mapping[str, Entered]:
        async with core.db.read() as conn:
            if len(user_ids) == 1:
                (user_id,) = user_ids
                found = await rooms.entered(conn, room_id, user_id)
                return {user_id: found} if found else {}
            room = await rooms.get(conn, room_id)
            if room is None:
                return {}
            parts = await participants.of_users(conn, room_id, user_ids)
            return {user_id: (room, parts.get(user_id)) for user_id in user_ids}

    found = await memory.entered_anew(actor.need_user().id, load)
    if found is None:
        raise NotFound("There is no such room.")
    room, part = found
    return Entry(room, part, await _locked(core, actor, room))


async def enter_known(core: Core, actor: Actor, room_id: str, act: Act) -> tuple[Entry, KnownRoom]:
    """As `entry.enter`, with the room's applications.

    What is remembered is right as of the last event that has come; where none can be heard,
    nothing is remembered.
    """
    memory = core.hub.memory(room_id)
    found = remembered(memory, actor, act) if memory else None
    return found or await _enter(core, memory, actor, room_id, act)


def remembered(memory: RoomMemory, actor: Actor, act: Act) -> tuple[Entry, KnownRoom] | None:
    """What was found before, where it was this very actor, and nothing has changed since."""
    known = memory.known_room()
    if known is None or actor.user is None:
        return None
    user_id = actor.user.id
    entry: Entry | None = known.entries.get((act, user_id))
    if entry is None or entry.actor is not actor or not memory.is_part(user_id, entry.participant):
        return None
    return entry, known


async def _enter(
    core: Core,
    memory: RoomMemory | None,
    actor: Actor,
    room_id: str,
    act: Act,
    *,
    anew: bool = False,
) -> tuple[Entry, KnownRoom]:
    if not actor.signed_in and not RULES[act].public:
        raise Unauthorized("Sign in first.")

    async def load() -> KnownRoom | None:
        async with core.db.read() as conn:
            room = await rooms.get(conn, room_id)
            on = await room_apps.listed(conn, room_id) if room else ()
        return KnownRoom(room, {app.app_id: app for app in on}) if room else None

    known = await (memory.room(load) if memory else load())
    if known is None:
        raise NotFound("There is no such room.")
    part = await _part(core, memory, actor, room_id, anew=anew)
    app = known.apps.get(actor.app_id or "")
    actor = await _locked(core, actor, known.room)
    entry = Entry(known.room, part, actor, app is not None and app.enabled)
    entry.need(act)
    if actor.user is not None:
        known.entries[act, actor.user.id] = entry
    return entry, known


async def _locked(core: Core, actor: Actor, room: Room) -> Actor:
    if actor.app_id is None:
        return actor
    async with core.db.read() as conn:
        return await as_locked(core, conn, actor, room)


async def _part(
    core: Core, memory: RoomMemory | None, actor: Actor, room_id: str, *, anew: bool
) -> Participant | None:
    if actor.user is None:
        return None
    user_id = actor.user.id

    async def load(user_ids: Collection[str]) -> Mapping[str, Participant]:
        async with core.db.read() as conn:
            return await participants.of_users(conn, room_id, user_ids)

    if memory is None:
        return (await load([user_id])).get(user_id)
    if anew:
        return await memory.part_anew(user_id, load)
    return await memory.part(user_id, load)
