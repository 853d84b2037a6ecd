"""Who is in a room at the other processes: what each tells the others, and hears from them."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Sequence

import orjson

from host.contract import JsonObject, Person, wire
from host.errors import Unavailable
from host.realtime.fleet import Fleet
from host.realtime.presence import Presence

TOGETHER = 0.05
"""How long comings and goings are gathered before the others are told, in seconds."""
AGAIN = 1.0
PART_BYTES = 6_000
"""So much of a list fits into one message on every transport."""

Publish = Callable[[JsonObject], Awaitable[None]]


class Peers:
    """Keeps one room's `Presence` the same in every process.

    Each process tells of its own people: what changed, gathered, and all of them when another
    process asks or a message may have been lost. Lists are taken apart to fit the transport;
    `first` and `last` mark the parts of a whole one, so that nobody vanishes in between.
    """

    def __init__(self, presence: Presence, publish: Publish, fleet: Fleet) -> None:
        """`publish` takes a word to the room's channel, and may raise `Unavailable`."""
        self._presence = presence
        self._publish = publish
        self._fleet = fleet
        self._came: dict[str, Person] = {}
        self._went: dict[str, None] = {}
        self._whole = False
        self._asking = False
        self._unconfirmed: dict[str, set[str]] = {}
        self._timer: asyncio.TimerHandle | None = None
        self._telling: asyncio.Task[None] | None = None
        self._closed = False
        presence.on_local = self._changed

    def ask(self) -> None:
        """Asks the others for their people and tells them ours: something may have been missed."""
        self._asking = self._whole = True
        self._later(0.0)

    def hear(self, word: JsonObject) -> None:
        """A word from the room's channel; our own come back too and are passed over."""
        process = word["process"]
        if process == self._fleet.id:
            return
        self._fleet.saw(process)
        if word.get("ask"):
            self._whole = True
            self._later(TOGETHER)
        if word.get("first"):
            self._unconfirmed[process] = self._presence.at(process)
        unconfirmed = self._unconfirmed.get(process, set())
        for row in word.get("came", ()):
            person = Person(row["id"], row["name"], row["avatar"])
            unconfirmed.discard(person.id)
            self._presence.came(person, process)
        for user_id in word.get("went", ()):
            self._presence.went(user_id, process)
        if word.get("last"):
            for user_id in self._unconfirmed.pop(process, ()):
                self._presence.went(user_id, process)

    def lost(self, process: str) -> None:
        """A process is gone, and its people with it."""
        self._unconfirmed.pop(process, None)
        for user_id in self._presence.at(process):
            self._presence.went(user_id, process)

    async def close(self) -> None:
        """Tells nobody any more."""
        self._closed = True
        if self._timer is not None:
            self._timer.cancel()
        if self._telling is not None:
            await asyncio.wait([self._telling])

    def _changed(self, person: Person, came: bool) -> None:
        if came:
            self._went.pop(person.id, None)
            self._came[person.id] = person
        else:
            self._came.pop(person.id, None)
            self._went[person.id] = None
        self._later(TOGETHER)

    def _later(self, seconds: float) -> None:
        if self._timer is None and self._fleet.shared and not self._closed:
            self._timer = asyncio.get_running_loop().call_later(seconds, self._due)

    def _due(self) -> None:
        self._timer = None
        if self._telling is not None and not self._telling.done():
            # In order, or somebody could go before they came.
            self._later(TOGETHER)
            return
        self._telling = asyncio.create_task(self._tell())

    async def _tell(self) -> None:
        asking, self._asking = self._asking, False
        words = list(self._words(asking))
        try:
            for word in words:
                await self._publish({"process": self._fleet.id, **word})
        except Unavailable:
            self._asking = self._asking or asking
            self._whole = True
            self._later(AGAIN)

    def _words(self, asking: bool) -> Iterator[JsonObject]:
        whole, self._whole = self._whole, False
        came, went = list(self._came.values()), list(self._went)
        self._came, self._went = {}, {}
        if asking:
            yield {"ask": True}
        if whole:
            parts = _parts([wire(person) for person in self._presence.here()])
            for number, part in enumerate(parts):
                yield {"came": part, "first": number == 0, "last": number == len(parts) - 1}
            return
        for part in _parts([wire(person) for person in came]) if came else ():
            yield {"came": part}
        for part in _parts(went) if went else ():
            yield {"went": part}


def _parts(rows: Sequence[object]) -> list[list[object]]:
    parts: list[list[object]] = [[]]
    size = 0
    for row in rows:
        length = len(orjson.dumps(row))
        if parts[-1] and size + length > PART_BYTES:
            parts.append([])
            size = 0
        parts[-1].append(row)
        size += length
    return parts
