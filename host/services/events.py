"""The durable event log of a room, as one reader may see it."""

from __future__ import annotations

from host.access import Act, Actor, role_of
from host.contract import Audience, Event, JsonObject, iso
from host.errors import MalformedRequest
from host.realtime.subscription import hears
from host.services.core import Core
from host.services.entry import enter
from host.store import events as store
from host.store.paging import Page, PageRequest

LAST_SEQ = 2**62


class Events:
    """What happened, for those who take part."""

    def __init__(self, core: Core) -> None:
        self._core = core

    async def log(
        self, actor: Actor, room_id: str, after: int, request: PageRequest
    ) -> Page[JsonObject]:
        """Events with a seq greater than `after`, rising, as the socket would have sent them.

        A cursor stands at a seq, and then `after` does not count.
        """
        entry = await enter(self._core, actor, room_id, Act.SEE_EVENTS)
        editor = entry.may(Act.SEE_SECRETS)
        role, user_id = role_of(actor, entry.participant), actor.user.id if actor.user else None
        audiences = [
            audience
            for audience in (Audience.ALL, Audience.ORGANIZERS, f"user:{user_id}")
            if hears(audience, role=role, user_id=user_id)
        ]
        if request.cursor:
            after = _position(request.cursor)
        skipped = 0 if request.cursor is not None else (request.page - 1) * request.limit
        async with self._core.db.read() as conn:
            total = None
            if request.cursor is None:
                total = await store.count_heard(conn, room_id, after, audiences)
            # One before the page, for its seq, and one behind it, to know whether there is more.
            found = await store.read_heard(
                conn,
                room_id,
                after,
                audiences,
                request.limit + 1 + bool(skipped),
                skipped - bool(skipped),
            )
        seqs = [event.seq or 0 for event in found]
        previous = [after, *seqs]
        items = [
            _item(event, prev, editor=editor) for event, prev in zip(found, previous, strict=False)
        ][bool(skipped) :]
        more = len(items) > request.limit
        items = items[: request.limit]
        following = str(items[-1]["seq"]) if more else None
        return Page(items, request, total=total, next_cursor=following)


def _position(cursor: str) -> int:
    if not cursor.isdigit() or len(cursor) > 20 or int(cursor) > LAST_SEQ:
        raise MalformedRequest("The cursor is not one that this list gave out.")
    return int(cursor)


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
