"""The durable event log of a room, as one reader may see it."""

from __future__ import annotations

from dataclasses import dataclass

from host.access import Act, Actor, role_of
from host.contract import Event, JsonObject, iso
from host.realtime.subscription import hears
from host.services.core import Core
from host.services.entry import enter
from host.store import events as store

CHUNK = 200


@dataclass(frozen=True)
class LogPage:
    """Items as the socket would have sent them; `next_seq` continues, None at the end."""

    items: list[JsonObject]
    limit: int
    next_seq: int | None

    def meta(self) -> JsonObject:
        """The `meta` object of the wire contract."""
        following = None if self.next_seq is None else str(self.next_seq)
        return {"limit": self.limit, "nextCursor": following}


class Events:
    """What happened, for those who take part."""

    def __init__(self, core: Core) -> None:
        self._core = core

    async def log(self, actor: Actor, room_id: str, after: int, limit: int) -> LogPage:
        """Up to `limit` events with a seq greater than `after`, rising."""
        entry = await enter(self._core, actor, room_id, Act.SEE_EVENTS)
        editor = entry.may(Act.SEE_SECRETS)
        role = role_of(actor, entry.participant)
        user_id = actor.user.id if actor.user else None
        items: list[JsonObject] = []
        position, previous = after, after
        while True:
            async with self._core.db.read() as conn:
                chunk = await store.read_after(conn, room_id, position, CHUNK)
            for event in chunk:
                if not hears(event.audience, role=role, user_id=user_id):
                    continue
                if len(items) == limit:
                    return LogPage(items, limit, previous)
                items.append(_item(event, previous, editor=editor))
                previous = event.seq or 0
            if len(chunk) < CHUNK:
                return LogPage(items, limit, None)
            position = chunk[-1].seq or 0


def _item(event: Event, previous: int, *, editor: bool) -> JsonObject:
    data = event.editor_data if editor and event.editor_data is not None else event.data
    return {
        "event": event.event,
        "roomId": event.room_id,
        "seq": event.seq,
        "prev": previous,
        "data": data,
        "at": iso(event.at),
    }
