"""What applications say to a room: events of their own, `<appId>:<what>`."""

from __future__ import annotations

import re

import orjson

from host.access import Act, Actor
from host.admission import Buckets
from host.contract import Audience, Event, JsonObject
from host.errors import Forbidden, PayloadTooLarge, RateLimited, ValidationFailed
from host.services.core import Core
from host.services.entry import enter
from host.services.text import unstorable
from host.services.writer import LONGEST_NAME, RoomTransaction

MOST_BYTES = 32 * 1024
"""The largest `data` of an event that comes in over REST, as JSON: it goes to a whole hall."""
SECONDS = 5.0
"""Over which the figure `events_per_room` counts."""
_WHAT = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.:-]*")


class Publishing:
    """Events of separate services, bounded for each application in each room."""

    def __init__(self, core: Core) -> None:
        self._core = core
        quota = core.config.figures.events_per_room
        self._buckets = (
            Buckets("events_per_room", quota, SECONDS, core.sources.monotonic) if quota else None
        )

    async def publish(
        self, actor: Actor, room_id: str, event: str, data: JsonObject, *, durable: bool = True
    ) -> Event:
        """Sends an event to everybody in the room; one that is durable has its seq.

        Raises `ValidationFailed` for a name that does not begin with the application's id,
        `PayloadTooLarge`, and `RateLimited`.
        """
        await enter(self._core, actor, room_id, Act.PUBLISH_EVENTS)
        app_id = actor.app_id
        if app_id is None:
            raise Forbidden("Only an application publishes events.")
        _check(app_id, event, data)
        if self._buckets is not None:
            wait = self._buckets.take(f"{app_id} {room_id}").wait
            if wait:
                raise RateLimited(wait)
        if not durable:
            passing = Event(room_id, event, data, self._core.sources.now(), audience=Audience.ALL)
            await self._core.outbox.publish_passing(passing)
            return passing

        async def write(tx: RoomTransaction) -> Event:
            seq = tx.emit(event, data)
            return Event(room_id, event, data, tx.now, seq)

        return await self._core.writer.write(room_id, write)


def _check(app_id: str, event: str, data: JsonObject) -> None:
    problems: dict[str, list[str]] = {}
    prefix, colon, what = event.partition(":")
    if prefix != app_id or not colon or len(event) > LONGEST_NAME or not _WHAT.fullmatch(what):
        problems["event"] = [
            f"must be '{app_id}:' and a name of letters, digits and _ . : -, "
            f"{LONGEST_NAME} characters at most in all"
        ]
    if why := unstorable(data):
        problems["data"] = [why]
    if problems:
        raise ValidationFailed("This is no event of the application.", problems)
    if (size := len(orjson.dumps(data))) > MOST_BYTES:
        raise PayloadTooLarge(
            f"An event's data has at most {MOST_BYTES} bytes; this has {size}.",
            details={"limit": MOST_BYTES},
        )
