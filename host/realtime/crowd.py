"""Who listens to a room in this process, and what the process itself tells them."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Coroutine
from typing import Any

from host.contract import Event, JsonObject, wire
from host.ids import Sources
from host.realtime.channels import Channels
from host.realtime.counts import Counts
from host.realtime.envelope import COUNTS, Framed, pack_presence, room_channel
from host.realtime.fleet import Fleet
from host.realtime.history import History
from host.realtime.peers import Peers
from host.realtime.presence import Presence
from host.realtime.subscription import Subscription, deliver_all
from host.realtime.timing import Timing

SLICE = 2000
"""So many deliveries, of one event or of several, and everybody else in the process has a turn.

To deliver is to queue, a microsecond each. The wire has slices of its own for what is written.
"""


class Crowd:
    """The subscriptions of a room: all of them, and each person's."""

    def __init__(
        self,
        room_id: str,
        history: History,
        channels: Channels,
        fleet: Fleet,
        sources: Sources,
        timing: Timing,
    ) -> None:
        self._room_id = room_id
        self._channels = channels
        self._history = history
        self._sources = sources
        self._all: dict[Subscription, None] = {}
        self._by_user: dict[str, tuple[Subscription, ...]] = {}
        self._quiet = 0
        self._delivered = 0
        self._tasks: set[asyncio.Task[None]] = set()
        self._counts = Counts(self._read_counts, self._send_counts, timing.window)
        self.presence = Presence(self._say, self.recount, timing)
        self.peers = Peers(self.presence, self._tell_peers, fleet)

    def __len__(self) -> int:
        return len(self._all)

    def everybody(self) -> list[Subscription]:
        """All subscriptions as they are now."""
        return list(self._all)

    def of_user(self, user_id: str) -> list[Subscription]:
        """The subscriptions of one person as they are now."""
        return list(self._by_user.get(user_id, ()))

    def add(self, subscription: Subscription) -> None:
        """Takes a subscription in; its person is online from now on."""
        self._all[subscription] = None
        person = subscription.subscriber.person
        if person is not None:
            # Nearly everybody has one, of which a dictionary would be four times as large.
            self._by_user[person.id] = (*self._by_user.get(person.id, ()), subscription)
            self.presence.enter(person)
        if subscription.quiet:
            self._quiet += 1
            self.recount(newcomer=True)

    def remove(self, subscription: Subscription) -> bool:
        """Takes a subscription out; False where it was not there."""
        if subscription not in self._all:
            return False
        del self._all[subscription]
        self._quiet -= subscription.quiet
        user_id = subscription.subscriber.user_id
        if user_id is not None:
            theirs = tuple(one for one in self._by_user.pop(user_id) if one is not subscription)
            if theirs:
                self._by_user[user_id] = theirs
            self.presence.leave(user_id)
        return True

    async def spread(self, framed: Framed, among: Collection[Subscription] | None = None) -> None:
        """Delivers an event to those whom it is for, among all or among these."""
        audience = framed.event.audience
        targets = self.everybody() if among is None else list(among)
        if audience.startswith("user:"):
            targets = self.of_user(audience.removeprefix("user:"))
        for start in range(0, len(targets), SLICE):
            part = targets[start : start + SLICE]
            deliver_all(framed, part)
            self._delivered += len(part)
            if self._delivered >= SLICE:
                # A hall of thousands must not hold up everybody else in the process.
                self._delivered = 0
                await asyncio.sleep(0)

    def event(self, name: str, data: JsonObject) -> Event:
        """A passing event of the process itself."""
        return Event(self._room_id, name, data, self._sources.now())

    def recount(self, *, newcomer: bool = False) -> None:
        """What quiet subscriptions are told may have changed."""
        if self._quiet:
            self._counts.changed(newcomer=newcomer)

    async def close(self) -> None:
        """Stops all timers and tasks."""
        self.presence.close()
        await self.peers.close()
        await self._counts.close()
        for task in self._tasks:
            task.cancel()

    def _say(self, name: str, data: JsonObject) -> None:
        self._start(self.spread(Framed(self.event(name, data))))

    async def _tell_peers(self, word: JsonObject) -> None:
        channel = room_channel(self._room_id)
        await self._channels.publish(channel, pack_presence(self._room_id, word))

    def _send_counts(self, data: JsonObject) -> None:
        quiet = [s for s in self._all if s.quiet]
        self._start(self.spread(Framed(self.event(COUNTS, data)), quiet))

    async def _read_counts(self) -> JsonObject:
        counts: JsonObject = wire(await self._history.counts())
        return {**counts, "online": self.presence.online}

    def _start(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
