"""What is known of a room from one event to the next, so that messages need not ask the store."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field

from host.contract import AppContext, Event, Participant, Room, RoomApp

KEPT_SECONDS = 5.0
"""How long something is believed when its event was lost on the way, as the outbox sweeps."""
MOST_PARTS = 20_000
CHANGES_ROOM = ("room:", "participant:", "prize:", "winner:")


@dataclass(frozen=True)
class KnownRoom:
    """A room, its applications by id, and what those are given in it."""

    room: Room
    apps: Mapping[str, RoomApp]
    contexts: dict[str, AppContext] = field(default_factory=dict)


class RoomMemory:
    """A room and its people as they are while no event says otherwise.

    An answer that was asked for before an event is not kept after it.
    """

    def __init__(self, monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic
        self._room: KnownRoom | None = None
        self._parts: dict[str, Participant | None] = {}
        self._asked: dict[str, object] = {}
        self._changes = 0
        self._began = monotonic()
        self._turn = asyncio.Lock()

    async def room(self, load: Callable[[], Awaitable[KnownRoom | None]]) -> KnownRoom | None:
        """The room as it is known, or as `load` gives it; None is not kept."""
        self._forget_what_is_old()
        if (known := self._room) is not None:
            return known
        # When it has changed, a hall must not ask all at once.
        async with self._turn:
            if (known := self._room) is not None:
                return known
            changes = self._changes
            found = await load()
            if changes == self._changes:
                self._room = found
            return found

    async def part(
        self, user_id: str, load: Callable[[], Awaitable[Participant | None]]
    ) -> Participant | None:
        """A person's living part in the room as it is known, or as `load` gives it."""
        self._forget_what_is_old()
        if user_id in self._parts:
            return self._parts[user_id]
        return await self.part_anew(user_id, load)

    async def part_anew(
        self, user_id: str, load: Callable[[], Awaitable[Participant | None]]
    ) -> Participant | None:
        """What `load` gives, whatever is known; it is known from then on."""
        question = self._asked[user_id] = object()
        try:
            found = await load()
        except BaseException:
            self._asked.pop(user_id, None)
            raise
        if self._asked.pop(user_id, None) is question:
            if len(self._parts) >= MOST_PARTS:
                self._parts.clear()
            self._parts[user_id] = found
        return found

    def heed(self, event: Event) -> None:
        """Forgets what the event may have changed."""
        if event.event.startswith(CHANGES_ROOM):
            self._changes += 1
            self._room = None
        if event.event.startswith("participant:"):
            self.forget_person(str(event.data.get("userId")))

    def forget_person(self, user_id: str) -> None:
        """Looks anew at one person's part, also where that is being done now."""
        self._parts.pop(user_id, None)
        self._asked.pop(user_id, None)

    def forget(self) -> None:
        """Forgets everything."""
        self._changes += 1
        self._room = None
        self._parts.clear()
        self._asked.clear()
        self._began = self._monotonic()

    def _forget_what_is_old(self) -> None:
        if self._monotonic() - self._began > KEPT_SECONDS:
            self.forget()
