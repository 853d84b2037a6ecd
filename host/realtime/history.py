"""A room's past events: the newest from memory, the others from the store."""

from __future__ import annotations

from collections import deque
from typing import Protocol

from host.contract import Event, RoomCounts
from host.realtime.envelope import Framed


class RoomLog(Protocol):
    """The durable side of rooms, in the store."""

    async def head(self, room_id: str) -> int:
        """The seq of the newest event, 0 where there is none."""
        ...

    async def read_events(self, room_id: str, after: int, limit: int) -> list[Event]:
        """The events with a seq greater than `after`, rising, at most `limit`."""
        ...

    async def counts(self, room_id: str) -> RoomCounts:
        """Living participants, prizes and winners."""
        ...

    async def apps_on(self, room_id: str) -> frozenset[str]:
        """The ids of the applications that are on in the room."""
        ...


class History:
    """Pages of what came after a seq. A hall that comes back at once is served from memory."""

    def __init__(self, room_id: str, log: RoomLog, *, page: int, recent: int) -> None:
        """`page` is the most that is read at a time, `recent` how many events memory keeps."""
        self._room_id = room_id
        self._log = log
        self._page = page
        self._recent: deque[Framed] = deque(maxlen=recent)

    def remember(self, framed: Framed) -> None:
        """The event that follows those remembered before it."""
        self._recent.append(framed)

    async def since(self, after: int) -> list[Framed]:
        """A page of events with a seq greater than `after`; the last page may be empty."""
        recent = self._recent
        if recent and _seq(recent[0]) <= after + 1:
            return [framed for framed in recent if _seq(framed) > after]
        return (await self.stored(after))[0]

    async def counts(self) -> RoomCounts:
        """Living participants, prizes and winners now."""
        return await self._log.counts(self._room_id)

    async def apps_on(self) -> frozenset[str]:
        """The ids of the applications that are on in the room now."""
        return await self._log.apps_on(self._room_id)

    async def stored(self, after: int) -> tuple[list[Framed], bool]:
        """The same from the store, and whether there may be more."""
        page = await self._log.read_events(self._room_id, after, self._page)
        return [Framed(event) for event in page], len(page) >= self._page


def _seq(framed: Framed) -> int:
    assert framed.event.seq is not None
    return framed.event.seq
