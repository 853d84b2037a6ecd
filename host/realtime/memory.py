"""What is known of a room from one event to the next, so that messages need not ask the store."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from host.contract import Event, Participant, Room, RoomApp
from host.store.together import Together

log = logging.getLogger("festoon.realtime")

KEPT_SECONDS = 5.0
"""How long something is believed when its event was lost on the way, as the outbox sweeps."""
SURE_SECONDS = KEPT_SECONDS / 2
"""After so long it is made sure, while messages go on, that no event was lost."""
LONGEST_SECONDS = 60.0
"""How long anything is believed: a person's name is in it, whose change is no event."""
LOOK_SECONDS = 0.01
"""In so short a time a hall sends hundreds of messages: whether events still come in, and whether
what is known has become old, is looked at once for all of them."""
MOST_PARTS = 20_000
CHANGES_ROOM = ("room:", "participant:", "prize:", "winner:")

Entered = tuple[Room, Participant | None]
"""A room and somebody's living part in it."""
LoadEntered = Callable[[Collection[str]], Awaitable[Mapping[str, Entered]]]
"""The room with the part of each of these users; the same for every call."""
LoadParts = Callable[[Collection[str]], Awaitable[Mapping[str, Participant]]]
"""The living parts of these users in the room, by user id; the same for every call."""


@dataclass(frozen=True)
class KnownRoom:
    """A room, its applications by id, and what those are given in it."""

    room: Room
    apps: Mapping[str, RoomApp]
    calls: dict[str, Any] = field(default_factory=dict)
    """How the applications that are on are asked, by their id, as the services keep it."""
    entries: dict[tuple[str, str], Any] = field(default_factory=dict)
    """Who was let in for what, as the services keep it."""


class RoomMemory:
    """A room and its people as they are while no event says otherwise.

    An answer that was asked for before an event is not kept after it.
    """

    def __init__(
        self,
        monotonic: Callable[[], float],
        hears: Callable[[], bool],
        hear_all: Callable[[], Awaitable[None]],
    ) -> None:
        """`hears` says whether events come in, so that the newest is known.

        `hear_all` returns when every event that had been committed was heeded.
        """
        self._hears = hears
        self._monotonic = monotonic
        self._hear_all = hear_all
        self._making_sure: asyncio.Task[None] | None = None
        self._room: KnownRoom | None = None
        self._parts: dict[str, Participant | None] = {}
        self._asked: dict[str, object] = {}
        self._together: Together[str, Participant] | None = None
        self._entering: Together[str, Entered] | None = None
        self._changes = 0
        self._began = self._sure_at = monotonic()
        self._looked_at = self._began - LOOK_SECONDS
        self._turn = asyncio.Lock()

    def holds(self, known: KnownRoom, user_id: str, part: Participant | None) -> bool:
        """Whether the room and a person's part in it are still what they were found to be.

        False where that may have changed without being heard of.
        """
        now = self._monotonic()
        if not 0 <= now - self._looked_at < LOOK_SECONDS:
            self._forget_what_is_old()
            if not self._hears():
                return False
            self._looked_at = now
        return self._room is known and self._parts.get(user_id, self) is part

    def is_part(self, user_id: str, part: Participant | None) -> bool:
        """Whether this is what is known of a person's part."""
        return self._parts.get(user_id, self) is part

    def known_room(self) -> KnownRoom | None:
        """The room, if it is known."""
        self._forget_what_is_old()
        return self._room

    async def room(self, load: Callable[[], Awaitable[KnownRoom | None]]) -> KnownRoom | None:
        """The room as it is known, or as `load` gives it; None is not kept."""
        if (known := self.known_room()) is not None:
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

    async def part(self, user_id: str, load: LoadParts) -> Participant | None:
        """A person's living part in the room as it is known, or as `load` gives it."""
        self._forget_what_is_old()
        if user_id in self._parts:
            return self._parts[user_id]
        return await self.part_anew(user_id, load)

    async def part_anew(self, user_id: str, load: LoadParts) -> Participant | None:
        """What `load` gives, whatever is known; it is known from then on."""
        question = self._asked[user_id] = object()
        if self._together is None:
            self._together = Together(load)
        try:
            found = await self._together.get(user_id)
        except BaseException:
            self._asked.pop(user_id, None)
            raise
        if self._asked.pop(user_id, None) is question:
            if len(self._parts) >= MOST_PARTS:
                self._parts.clear()
            self._parts[user_id] = found
        return found

    async def entered_anew(self, user_id: str, load: LoadEntered) -> Entered | None:
        """What `load` gives, whatever is known, and nothing of it is remembered."""
        if self._entering is None:
            self._entering = Together(load)
        return await self._entering.get(user_id)

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
        self._began = self._sure_at = self._monotonic()

    async def close(self) -> None:
        """Lets a question that is under way come to its end."""
        if self._making_sure is not None:
            await asyncio.wait([self._making_sure])

    def _forget_what_is_old(self) -> None:
        now = self._monotonic()
        unsure = now - self._sure_at
        if unsure > KEPT_SECONDS or now - self._began > LONGEST_SECONDS:
            self.forget()
        elif unsure > SURE_SECONDS and self._making_sure is None:
            self._making_sure = asyncio.create_task(self._make_sure(now))

    async def _make_sure(self, asked_at: float) -> None:
        try:
            await self._hear_all()
            self._sure_at = max(self._sure_at, asked_at)
        except Exception:
            # What is remembered is forgotten in time.
            log.warning("it could not be seen whether events were missed", exc_info=True)
        finally:
            self._making_sure = None
