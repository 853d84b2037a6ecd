"""Who is there: one person is online once, however many sockets they have open."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from host.contract import JsonObject, Person, wire
from host.realtime.timing import Timing

Announce = Callable[[str, JsonObject], None]


class Presence:
    """The people of one room in this process.

    Up to `timing.singles` people each coming and going is an event of its own. Above that one
    `presence:changed` tells of all of them, at most once in `timing.window` seconds, because N
    people coming to a room of N would otherwise be N² messages. One who goes is missed only
    after `timing.grace` seconds, so that reloading a page is not a departure.
    """

    def __init__(self, announce: Announce, changed: Callable[[], None], timing: Timing) -> None:
        self._announce = announce
        self._changed = changed
        self._timing = timing
        self._people: dict[str, Person] = {}
        self._sockets: dict[str, int] = {}
        self._leaving: dict[str, asyncio.TimerHandle] = {}
        self._joined: dict[str, Person] = {}
        self._left: dict[str, Person] = {}
        self._flush: asyncio.TimerHandle | None = None
        self._flushed_at = float("-inf")

    @property
    def online(self) -> int:
        """How many people are there."""
        return len(self._people)

    def listing(self) -> JsonObject:
        """`{online, users}`, the answer to `presence:list`; users are cut at 100."""
        people = list(self._people.values())[: self._timing.names]
        return {"online": self.online, "users": wire(people)}

    def enter(self, person: Person) -> None:
        """A socket of this person subscribed."""
        self._sockets[person.id] = self._sockets.get(person.id, 0) + 1
        if (timer := self._leaving.pop(person.id, None)) is not None:
            timer.cancel()
        if person.id not in self._people:
            self._people[person.id] = person
            self._tell(person, came=True)

    def leave(self, user_id: str) -> None:
        """A socket of this person is gone; the person is, if it was the last, after the grace."""
        left = self._sockets.get(user_id, 0) - 1
        if left > 0:
            self._sockets[user_id] = left
            return
        self._sockets.pop(user_id, None)
        if user_id in self._people and user_id not in self._leaving:
            self._leaving[user_id] = asyncio.get_running_loop().call_later(
                self._timing.grace, self._gone, user_id
            )

    def close(self) -> None:
        """Stops all timers."""
        for timer in self._leaving.values():
            timer.cancel()
        self._leaving.clear()
        if self._flush is not None:
            self._flush.cancel()

    def _gone(self, user_id: str) -> None:
        del self._leaving[user_id]
        self._tell(self._people.pop(user_id), came=False)

    def _tell(self, person: Person, *, came: bool) -> None:
        self._changed()
        if self._flush is None and self.online <= self._timing.singles:
            event = "presence:user_online" if came else "presence:user_offline"
            self._announce(
                event, {"userId": person.id, "user": wire(person), "online": self.online}
            )
            return
        here, there = (self._joined, self._left) if came else (self._left, self._joined)
        # Who came and went within one window is not told of at all.
        if there.pop(person.id, None) is None:
            here[person.id] = person
        if self._flush is None:
            loop = asyncio.get_running_loop()
            due = max(self._flushed_at + self._timing.window, loop.time())
            self._flush = loop.call_at(due, self._tell_all)

    def _tell_all(self) -> None:
        self._flush = None
        self._flushed_at = asyncio.get_running_loop().time()
        joined, left = list(self._joined.values()), list(self._left.values())
        self._joined.clear()
        self._left.clear()
        if joined or left:
            cut = self._timing.names
            self._announce(
                "presence:changed",
                {
                    "online": self.online,
                    "joined": wire(joined[:cut]),
                    "left": wire(left[:cut]),
                },
            )
