"""What organizers and moderators send over the room's socket."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from festoon_lottery import desk, steps
from festoon_lottery.rounds import Round
from host import (
    AppContext,
    ClientMessage,
    Forbidden,
    JsonObject,
    Role,
    Room,
    ValidationFailed,
    wire,
)

STAFF = frozenset({Role.ADMIN, Role.ORGANIZER, Role.MODERATOR})
"""Who may; platform admins who are not in the room go by the pages."""

Handler = Callable[[AppContext, Room, JsonObject], Awaitable[JsonObject]]


async def answer(ctx: AppContext, room: Room, message: ClientMessage) -> JsonObject:
    """One action; raises what its step raises."""
    if message.participant is None or message.participant.role not in STAFF:
        raise Forbidden("This is for the organizer and moderators.")
    handler = HANDLERS.get(message.action.rpartition(":")[2])
    if handler is None:
        raise ValidationFailed(f"The lottery knows {', '.join(HANDLERS)}.")
    return await handler(ctx, room, message.data)


async def _close(ctx: AppContext, room: Room, data: JsonObject) -> JsonObject:
    return told(await steps.close(ctx, room))


async def _reveal(ctx: AppContext, room: Room, data: JsonObject) -> JsonObject:
    return told(await steps.reveal(ctx, room))


async def _open(ctx: AppContext, room: Room, data: JsonObject) -> JsonObject:
    return told(await steps.open_next(ctx, room))


async def _audience(ctx: AppContext, room: Room, data: JsonObject) -> JsonObject:
    return told(await steps.audience(ctx, room, data.get("numbers", ())))


async def _beacon(ctx: AppContext, room: Room, data: JsonObject) -> JsonObject:
    return told(await steps.beacon_value(ctx, room, data.get("value", "")))


async def _absent(ctx: AppContext, room: Room, data: JsonObject) -> JsonObject:
    found = await desk.absent(ctx, _winner_id(data), data.get("reason", desk.ABSENT))
    return {"next": wire(found)}


async def _claimed(ctx: AppContext, room: Room, data: JsonObject) -> JsonObject:
    found = await desk.claimed(ctx, _winner_id(data))
    return {"claimedAt": found.claimed_at}


HANDLERS: dict[str, Handler] = {
    "close": _close,
    "reveal": _reveal,
    "open": _open,
    "audience": _audience,
    "beacon": _beacon,
    "absent": _absent,
    "claimed": _claimed,
}


def told(of: Round) -> JsonObject:
    """A round as its pages know it."""
    closed = of.closed
    return {
        "round": of.number,
        "state": of.state.value,
        "count": closed.count if closed else None,
        "total": closed.total if closed else None,
        "root": closed.root.hex() if closed else None,
    }


def _winner_id(data: JsonObject) -> str:
    found = data.get("winnerId")
    if not isinstance(found, str):
        raise ValidationFailed("Say whose win this is about.", {"winnerId": ["is missing"]})
    return found
