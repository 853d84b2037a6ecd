"""Coming into a room that sockets of this process listen to, without asking the store each time."""

from __future__ import annotations

from host.access import RULES, Act, Actor
from host.contract import Participant
from host.errors import NotFound, Unauthorized
from host.realtime.memory import KnownRoom, RoomMemory
from host.services.core import Core
from host.services.entry import Entry, enter, own_part
from host.store import room_apps, rooms


async def enter_anew(core: Core, actor: Actor, room_id: str, act: Act) -> Entry:
    """As `entry.enter`; the actor's own part, looked at now, is remembered from then on."""
    memory = core.hub.memory(room_id)
    if memory is None or actor.user is None:
        return await enter(core, actor, room_id, act)
    entered: list[Entry] = []

    async def load() -> Participant | None:
        entered.append(await enter(core, actor, room_id, act))
        return entered[0].participant

    await memory.part_anew(actor.user.id, load)
    return entered[0]


async def enter_known(core: Core, actor: Actor, room_id: str, act: Act) -> tuple[Entry, KnownRoom]:
    """As `entry.enter`, with the room's applications.

    What is remembered is right as of the last event that has come; where none can be heard,
    nothing is remembered.
    """
    if not actor.signed_in and not RULES[act].public:
        raise Unauthorized("Sign in first.")

    async def load() -> KnownRoom | None:
        async with core.db.read() as conn:
            room = await rooms.get(conn, room_id)
            on = await room_apps.listed(conn, room_id) if room else ()
        return KnownRoom(room, {app.app_id: app for app in on}) if room else None

    memory = core.hub.memory(room_id)
    known = await (memory.room(load) if memory else load())
    if known is None:
        raise NotFound("There is no such room.")
    part = await _part(core, memory, actor, room_id)
    app = known.apps.get(actor.app_id or "")
    entry = Entry(known.room, part, actor, app is not None and app.enabled)
    entry.need(act)
    return entry, known


async def _part(
    core: Core, memory: RoomMemory | None, actor: Actor, room_id: str
) -> Participant | None:
    if actor.user is None:
        return None

    async def load() -> Participant | None:
        async with core.db.read() as conn:
            return await own_part(conn, actor, room_id)

    return await (memory.part(actor.user.id, load) if memory else load())
