"""Who is there: one person is online once, however many sockets and processes they are on."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from host.contract import JsonObject, Person, wire
from host.realtime.timing import Timing

Announce = Callable[[str, JsonObject], None]

HERE = ""
"""Stands for this process among the others' ids."""
_HERE_ONLY = frozenset({HERE})


class Presence:
    """The people of one room: those of this process, and those that others tell of.

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
        self._places: dict[str, frozenset[str]] = {}
        self._at: dict[str, dict[str, Person]] = {HERE: {}}
        self.on_local: Callable[[Person, bool], None] | None = None
        """Called with one who came to this process, or went from it (False)."""
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
        self.came(person, HERE)

    def leave(self, user_id: str) -> None:
        """A socket of this person is gone; the person is, if it was the last, after the grace."""
        left = self._sockets.get(user_id, 0) - 1
        if left > 0:
            self._sockets[user_id] = left
            return
        self._sockets.pop(user_id, None)
        if user_id in self._at[HERE] and user_id not in self._leaving:
            self._leaving[user_id] = asyncio.get_running_loop().call_later(
                self._timing.grace, self._gone, user_id
            )

    def here(self) -> list[Person]:
        """The people of this process."""
        return list(self._at[HERE].values())

    def at(self, process: str) -> set[str]:
        """The ids of the people of a process."""
        return set(self._at.get(process, ()))

    def came(self, person: Person, process: str) -> None:
        """Somebody is at a process now; told of only if they were at none."""
        people = self._at.setdefault(process, {})
        if person.id in people:
            return
        people[person.id] = person
        if process == HERE and self.on_local is not None:
            self.on_local(person, True)
        before = self._places.get(person.id)
        if before is None:
            # The same for all of a hall.
            self._places[person.id] = _HERE_ONLY if process == HERE else frozenset({process})
        else:
            self._places[person.id] = before | {process}
        if before is None:
            self._people[person.id] = person
            self._tell(person, came=True)

    def went(self, user_id: str, process: str) -> None:
        """Somebody is at a process no more; told of only if they are at no other."""
        people = self._at.get(process, {})
        person = people.pop(user_id, None)
        if person is None:
            return
        if not people and process != HERE:
            del self._at[process]
        if process == HERE and self.on_local is not None:
            self.on_local(person, False)
        places = self._places.pop(user_id) - {process}
        if places:
            self._places[user_id] = places
        else:
            self._tell(self._people.pop(user_id), came=False)

    def close(self) -> None:
        """Stops all timers."""
        for timer in self._leaving.values():
            timer.cancel()
        self._leaving.clear()
        if self._flush is not None:
            self._flush.cancel()

    def _gone(self, user_id: str) -> None:
        del self._leaving[user_id]
        self.went(user_id, HERE)

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
