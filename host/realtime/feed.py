"""One room in this process: takes its events off the channel and gives them to those who listen."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable

from host.contract import Event
from host.errors import FestoonError, NotFound, ValidationFailed
from host.ids import Sources
from host.realtime.channels import Channels
from host.realtime.connection import Connection
from host.realtime.counts import COUNTED
from host.realtime.crowd import Crowd
from host.realtime.envelope import Framed, room_channel, unpack
from host.realtime.fleet import Fleet
from host.realtime.history import History, RoomLog
from host.realtime.listener import Listener
from host.realtime.memory import RoomMemory
from host.realtime.names import CloseCode
from host.realtime.rights import MAY_TAKE_RIGHTS, ask_again, touched_by, touched_of
from host.realtime.subscription import Check, Subscriber, Subscription
from host.realtime.timing import Timing

log = logging.getLogger("festoon.realtime")

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
        fleet: Fleet,
        store: RoomLog,
        sources: Sources,
        timing: Timing,
        on_leave: Callable[[RoomFeed], None],
    ) -> None:
        self.room_id = room_id
        self.delivered = 0
        self.holders = 0
        """How many are about to subscribe; the feed stays open for them."""
        self._rights_changes = 0
        self._channels = channels
        self._store = store
        self._history = History(room_id, store, page=timing.page, recent=timing.recent)
        self.crowd = Crowd(room_id, self._history, channels, fleet, sources, timing)
        self._memory = RoomMemory(sources.monotonic, self._hears, self._hear_all)
        self._heard_since = 0
        self._listener: Listener | None = None
        self._turn = asyncio.Lock()
        self._closed = False
        self._on_leave = on_leave

    async def open(self) -> None:
        """Listens, and only then reads how far the room is: nothing falls in between."""
        async with self._turn:
            heard_since = self._channels.opened
            self._listener = await self._channels.listen(
                room_channel(self.room_id), self._receive, self._resync
            )
            try:
                self.delivered = await self._store.head(self.room_id)
            except BaseException:
                await self._listener.close()
                raise
            self._heard_since = heard_since
        self.crowd.peers.ask()

    @property
    def memory(self) -> RoomMemory | None:
        """What may be believed of the room; None while its events may be missed."""
        return self._memory if self._hears() else None

    def _hears(self) -> bool:
        channels = self._channels
        return channels.healthy and self._heard_since == channels.opened and not self._closed

    def heed(self, event: Event) -> None:
        """An event that this process has just committed: nothing older is believed any more."""
        self._memory.heed(event)

    async def close(self) -> None:
        """Stops listening; subscriptions that are left get nothing more."""
        self._closed = True
        if self._listener is not None:
            await self._listener.close()
        await self._memory.close()
        await self.crowd.close()

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

    def remove(self, subscription: Subscription) -> None:
        """Takes a subscription out; nothing is sent for it any more."""
        subscription.ended = True
        if self.crowd.remove(subscription):
            self._on_leave(self)

    def drop(self, subscription: Subscription, why: FestoonError) -> None:
        """Takes a subscription out and says so: one last `room:unsubscribed`."""
        if not subscription.ended:
            self.remove(subscription)
            event = self.crowd.event(
                "room:unsubscribed", {"code": why.code, "message": why.message}
            )
            subscription.connection.send_frame(Framed(event).frame("public", None))

    def revoke(self, user_id: str, why: FestoonError) -> None:
        """Ends all subscriptions of one person at once, and those about to begin."""
        self._rights_changes += 1
        for subscription in self.crowd.of_user(user_id):
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
        if announcement.presence is not None:
            self.crowd.peers.hear(announcement.presence)
            return
        async with self._turn:
            for event in announcement.events:
                if event.seq is None:
                    await self.crowd.spread(Framed(event))
                    continue
                if event.seq > self.delivered + 1:
                    await self._catch_up()
                if event.seq > self.delivered:
                    await self._deliver(Framed(event))
            if announcement.head is not None and announcement.head > self.delivered:
                await self._catch_up()

    async def _resync(self) -> None:
        self.crowd.peers.ask()
        async with self._turn:
            heard_since = self._channels.opened
            self._memory.forget()
            await self._catch_up()
            self._heard_since = heard_since

    async def _hear_all(self) -> None:
        async with self._turn:
            if await self._store.head(self.room_id) > self.delivered:
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
        self._memory.heed(event)
        self._history.remember(framed)
        await self._mind_rights(event)
        await self.crowd.spread(framed)
        framed.forget_frames()
        if event.event.startswith(COUNTED):
            self.crowd.recount()
        if event.event == "room:deleted":
            for subscription in self.crowd.everybody():
                self.drop(subscription, NotFound("This room has been deleted."))

    # Who may still listen.

    async def _mind_rights(self, event: Event) -> None:
        if event.event in MAY_TAKE_RIGHTS:
            self._rights_changes += 1
        if event.event.startswith("participant:"):
            touched = touched_of(event, self.crowd.of_user(str(event.data.get("userId"))))
        else:
            touched = touched_by(event, self.crowd.everybody())
        for subscription in touched:
            refusal = await ask_again(subscription)
            if refusal is not None:
                self.drop(subscription, refusal)
        if event.event == "room:updated":
            await self._close_sockets_of_apps_that_are_off()

    async def _close_sockets_of_apps_that_are_off(self) -> None:
        bound = [c for c in {s.connection for s in self.crowd.everybody()} if c.binding]
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
