"""One room in this process: takes its events off the channel and gives them to those who listen."""

from __future__ import annotations

import asyncio
import itertools
import logging
from collections.abc import Callable, Coroutine, Iterable
from typing import Any

from host.contract import Event, JsonObject, wire
from host.errors import FestoonError, NotFound, ValidationFailed
from host.ids import Sources
from host.realtime.channels import Channels
from host.realtime.connection import Connection
from host.realtime.counts import COUNTED, Counts
from host.realtime.envelope import COUNTS, Framed, room_channel, unpack
from host.realtime.history import History, RoomLog
from host.realtime.listener import Listener
from host.realtime.names import CloseCode
from host.realtime.presence import Presence
from host.realtime.rights import MAY_TAKE_RIGHTS, ask_again, touched_by, touched_of
from host.realtime.subscription import Check, Subscriber, Subscription
from host.realtime.timing import Timing

log = logging.getLogger("festoon.realtime")

SLICE = 250
FIRST_PAUSE, LONGEST_PAUSE = 0.1, 5.0


class RoomFeed:
    """Delivers the events of a room in the order of their seq, each once.

    `delivered` is the seq up to which that has been done. An announcement with a gap before
    it makes the feed read from the store, and one that is older is dropped, so the channel
    may lose, repeat and swap as it likes.
    """

    def __init__(
        self,
        room_id: str,
        channels: Channels,
        store: RoomLog,
        sources: Sources,
        timing: Timing,
        on_leave: Callable[[RoomFeed], None],
    ) -> None:
        self.room_id = room_id
        self.delivered = 0
        self.holders = 0
        """How many are about to subscribe; the feed stays open for them."""
        self.subscriptions: dict[Subscription, None] = {}
        self._by_user: dict[str, dict[Subscription, None]] = {}
        self._rights_changes = 0
        self._channels = channels
        self._store = store
        self._sources = sources
        self._history = History(room_id, store, page=timing.page, recent=timing.recent)
        self._listener: Listener | None = None
        self._turn = asyncio.Lock()
        self._closed = False
        self._tasks: set[asyncio.Task[None]] = set()
        self._counts = Counts(self._read_counts, self._send_counts, timing.window)
        self._quiet = 0
        self._on_leave = on_leave
        self.presence = Presence(self._say, self._recount, timing)

    async def open(self) -> None:
        """Listens, and only then reads how far the room is: nothing falls in between."""
        async with self._turn:
            self._listener = await self._channels.listen(
                room_channel(self.room_id), self._receive, self._resync
            )
            try:
                self.delivered = await self._store.head(self.room_id)
            except BaseException:
                await self._listener.close()
                raise

    async def close(self) -> None:
        """Stops listening; subscriptions that are left get nothing more."""
        self._closed = True
        if self._listener is not None:
            await self._listener.close()
        self.presence.close()
        await self._counts.close()
        for task in self._tasks:
            task.cancel()

    # Who listens.

    async def admit(self, check: Check, after: int | None) -> tuple[Subscriber, int]:
        """Who somebody is here and how far the room is; raises what `check` raises.

        A negative `after`, or one past the head, is a `ValidationFailed`. The answer holds
        until the next `await` of the caller.
        """
        while True:
            before = self._rights_changes
            subscriber = await check()
            head = self.delivered
            if after is not None and after > head:
                head = await self._store.head(self.room_id)
            if after is not None and not 0 <= after <= head:
                raise ValidationFailed(
                    "There is no such place in the room's events.",
                    {"after": [f"This must be from 0 to {head}."]},
                )
            # Somebody removed while we asked would otherwise slip in with the old answer.
            if before == self._rights_changes:
                return subscriber, head

    def add(self, subscription: Subscription) -> None:
        """Takes a subscription in; it hears nothing before `replay`."""
        self.subscriptions[subscription] = None
        person = subscription.subscriber.person
        if person is not None:
            self._by_user.setdefault(person.id, {})[subscription] = None
            self.presence.enter(person)
        if subscription.quiet:
            self._quiet += 1
            self._recount(newcomer=True)

    def remove(self, subscription: Subscription) -> None:
        """Takes a subscription out; nothing is sent for it any more."""
        subscription.ended = True
        if subscription not in self.subscriptions:
            return
        del self.subscriptions[subscription]
        self._quiet -= subscription.quiet
        user_id = subscription.subscriber.user_id
        if user_id is not None:
            theirs = self._by_user[user_id]
            del theirs[subscription]
            if not theirs:
                del self._by_user[user_id]
            self.presence.leave(user_id)
        self._on_leave(self)

    def drop(self, subscription: Subscription, why: FestoonError) -> None:
        """Takes a subscription out and says so: one last `room:unsubscribed`."""
        if not subscription.ended:
            self.remove(subscription)
            event = self._event("room:unsubscribed", {"code": why.code, "message": why.message})
            subscription.connection.send_frame(Framed(event).frame("public", None))

    def revoke(self, user_id: str, why: FestoonError) -> None:
        """Ends all subscriptions of one person at once, and those about to begin."""
        self._rights_changes += 1
        for subscription in list(self._by_user.get(user_id, ())):
            self.drop(subscription, why)

    async def replay(self, subscription: Subscription) -> None:
        """Sends what came after the subscription's position, then lets it into the live stream.

        Reads until there is no gap to what the feed has delivered, and steps over without an
        `await` in between: no event is sent twice, and none is left out.
        """
        connection: Connection = subscription.connection
        while not subscription.ended and not connection.closed:
            if subscription.position >= self.delivered:
                subscription.go_live()
                return
            missed = await self._history.since(subscription.position)
            for framed in missed:
                subscription.deliver(framed)
                # A page of large events must not look like a client that reads too slowly.
                await connection.drained()
            if not missed:
                subscription.position = self.delivered

    # What is heard.

    async def _receive(self, payload: bytes) -> None:
        announcement = unpack(payload)
        async with self._turn:
            for event in announcement.events:
                if event.seq is None:
                    await self._spread(Framed(event), self.subscriptions)
                    continue
                if event.seq > self.delivered + 1:
                    await self._catch_up()
                if event.seq > self.delivered:
                    await self._deliver(Framed(event))
            if announcement.head is not None and announcement.head > self.delivered:
                await self._catch_up()

    async def _resync(self) -> None:
        async with self._turn:
            await self._catch_up()

    async def _catch_up(self) -> None:
        pause = FIRST_PAUSE
        while not self._closed:
            try:
                missed, more = await self._history.stored(self.delivered)
            except Exception:
                log.warning("room %s: missed events can't be read yet", self.room_id, exc_info=True)
                await asyncio.sleep(pause)
                pause = min(pause * 2, LONGEST_PAUSE)
                continue
            for framed in missed:
                await self._deliver(framed)
            if not more:
                return

    async def _deliver(self, framed: Framed) -> None:
        event = framed.event
        assert event.seq is not None
        self.delivered = event.seq
        self._history.remember(framed)
        await self._mind_rights(event)
        await self._spread(framed, self.subscriptions)
        framed.forget_frames()
        if event.event.startswith(COUNTED):
            self._recount()
        if event.event == "room:deleted":
            for subscription in list(self.subscriptions):
                self.drop(subscription, NotFound("This room has been deleted."))

    async def _spread(self, framed: Framed, targets: Iterable[Subscription]) -> None:
        audience = framed.event.audience
        if audience.startswith("user:"):
            targets = self._by_user.get(audience.removeprefix("user:"), {})
        durable = framed.event.seq is not None
        waiting = iter(list(targets))
        while part := list(itertools.islice(waiting, SLICE)):
            for subscription in part:
                if subscription.live or not durable:
                    subscription.deliver(framed)
            if len(part) == SLICE:
                # A hall of thousands must not hold up everybody else in the process.
                await asyncio.sleep(0)

    # Who may still listen.

    async def _mind_rights(self, event: Event) -> None:
        if event.event in MAY_TAKE_RIGHTS:
            self._rights_changes += 1
        if event.event.startswith("participant:"):
            theirs = self._by_user.get(str(event.data.get("userId")), {})
            touched = touched_of(event, theirs)
        else:
            touched = touched_by(event, self.subscriptions)
        for subscription in touched:
            refusal = await ask_again(subscription)
            if refusal is not None:
                self.drop(subscription, refusal)
        if event.event == "room:updated":
            await self._close_sockets_of_apps_that_are_off()

    async def _close_sockets_of_apps_that_are_off(self) -> None:
        bound = [c for c in {s.connection for s in self.subscriptions} if c.binding]
        if not bound:
            return
        try:
            on = await self._history.apps_on()
        except Exception:
            log.exception("room %s: its applications could not be read", self.room_id)
            return
        for connection in bound:
            if connection.binding and connection.binding.app_id not in on:
                connection.close(CloseCode.NOT_ALLOWED, "the application is off")

    # What the process itself has to say.

    def _event(self, name: str, data: JsonObject) -> Event:
        return Event(self.room_id, name, data, self._sources.now())

    def _say(self, name: str, data: JsonObject) -> None:
        self._start(self._spread(Framed(self._event(name, data)), self.subscriptions))

    def _send_counts(self, data: JsonObject) -> None:
        quiet = [s for s in self.subscriptions if s.quiet]
        self._start(self._spread(Framed(self._event(COUNTS, data)), quiet))

    async def _read_counts(self) -> JsonObject:
        counts: JsonObject = wire(await self._store.counts(self.room_id))
        return {**counts, "online": self.presence.online}

    def _recount(self, *, newcomer: bool = False) -> None:
        if self._quiet:
            self._counts.changed(newcomer=newcomer)

    def _start(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
