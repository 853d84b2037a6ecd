"""Asking whoever answers for a capability in a room, and telling the organizer of failures."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from host.access import Actor
from host.contract import Audience, Capability, Room
from host.errors import DelegationFailed, DelegationTimeout
from host.hookspecs import DELEGATED
from host.services.core import Core
from host.services.writer import RoomTransaction
from host.store import room_apps

PLATFORM = "platform"


@dataclass(frozen=True)
class Decision:
    """An answer that passed the checks, and who gave it."""

    value: Any
    app_id: str
    fell_back: bool


async def decide(core: Core, actor: Actor, room: Room, hook: str, **arguments: Any) -> Decision:
    """Asks the room's answerer for `hook`.

    Raises `DelegationFailed` or `DelegationTimeout` when it fails and nobody may step in. In
    every case of failure the organizers are told in the room's event log.
    """
    capability = DELEGATED[hook].capability
    async with core.db.read() as conn:
        chosen = (await room_apps.answerers(conn, room.id)).get(capability)
    return await decide_by(
        core,
        actor,
        room,
        hook,
        chosen.app_id if chosen else PLATFORM,
        fallback=chosen.fallback if chosen else False,
        **arguments,
    )


async def decide_by(
    core: Core,
    actor: Actor,
    room: Room,
    hook: str,
    answerer: str,
    *,
    fallback: bool = False,
    notice: bool = True,
    **arguments: Any,
) -> Decision:
    """Asks a named application; `notice` False where there is no room yet to tell in."""
    try:
        answer = await core.dispatch.ask(
            hook, answerer, room, fallback=fallback, actor=actor, **arguments
        )
    except (DelegationFailed, DelegationTimeout) as error:
        if notice:
            await report(core, room, hook, answerer, error.message, fell_back=False)
        raise
    if answer.fell_back and notice:
        await report(core, room, hook, answerer, answer.failure or "", fell_back=True)
    return Decision(answer.value, answer.app_id, answer.fell_back)


async def report(
    core: Core, room: Room, hook: str, app_id: str, reason: str, *, fell_back: bool
) -> None:
    """Tells the organizers that an application failed, and what happened instead."""
    capability: Capability = DELEGATED[hook].capability
    ended = (
        "The platform did it instead."
        if fell_back
        else "Nothing was changed. Try again, or let the platform do it: see Applications."
    )

    async def write(tx: RoomTransaction) -> None:
        tx.emit(
            "notification:received",
            {
                "id": tx.sources.new_id(),
                "kind": "app:failed",
                "title": f"The application '{app_id}' failed",
                "body": f"{reason} {ended}",
                "data": {
                    "appId": app_id,
                    "hook": hook,
                    "capability": capability.value,
                    "fellBack": fell_back,
                },
            },
            audience=Audience.ORGANIZERS,
        )

    await core.writer.write(room.id, write, answers_call=False)
