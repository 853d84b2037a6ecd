"""All sockets of this process and the rooms they listen to."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Collection, Sequence

from host.contract import Event, JsonObject
from host.errors import FestoonError, NotFound, Unavailable
from host.ids import Sources
from host.realtime.channels import Channels
from host.realtime.connection import Connection
from host.realtime.feed import RoomFeed
from host.realtime.fleet import Fleet
from host.realtime.history import RoomLog
from host.realtime.memory import RoomMemory
from host.realtime.names import CloseCode
from host.realtime.subscription import Check, Subscription
from host.realtime.timing import Timing

log = logging.getLogger("festoon.realtime")

EndedSessions = Callable[[Collection[str]], Awaitable[Collection[str]]]
"""Of these session ids, those that have ended."""


class Hub:
    """Brings every event of a room, in order and once, to each socket that subscribed to it."""

    def __init__(
        self,
        channels: Channels,
        store: RoomLog,
        *,
        sources: Sources | None = None,
        timing: Timing | None = None,
        ended_sessions: EndedSessions | None = None,
    ) -> None:
        """`ended_sessions` is asked after the channels were away, when a word may be missed."""
        self._channels = channels
        self._store = store
        self._sources = sources or Sources()
        self._timing = timing or Timing()
        self._ended_sessions = ended_sessions
        self._connections: dict[Connection, None] = {}
        self._feeds: dict[str, RoomFeed] = {}
        self._opening: dict[str, asyncio.Task[None]] = {}
        self._closing: dict[str, asyncio.Task[None]] = {}
        self._fleet = Fleet(channels, self._sources, self._timing, on_lost=self._lost)
        self.stopping = False

    async def start(self) -> None:
        """Listens for the other processes; the channels must be started."""
        await self._fleet.start(self._obey, self.ask_sessions, self._back)

    async def stop(self) -> None:
        """Closes every socket with 1012 and every room; new ones are refused from here on."""
        self.stopping = True
        for connection in list(self._connections):
            connection.close(CloseCode.RESTARTING, "the server restarts")
        await self._fleet.stop()
        if tasks := [*self._opening.values(), *self._closing.values()]:
            await asyncio.wait(tasks)
        for feed in list(self._feeds.values()):
            await feed.close()
        self._feeds.clear()

    # Sockets.

    @property
    def connections(self) -> int:
        """How many sockets are open in this process."""
        return len(self._connections)

    @property
    def anybody(self) -> bool:
        """Whether there may be a socket, here or in another process."""
        return bool(self._connections) or self._fleet.shared

    def connect(self, connection: Connection) -> None:
        """A socket was opened; from here on it is closed when its session ends."""
        self._connections[connection] = None
        if self.stopping:
            connection.close(CloseCode.RESTARTING, "the server restarts")

    def disconnect(self, connection: Connection) -> None:
        """A socket is gone. Its subscriptions must have been ended with `unsubscribe`."""
        self._connections.pop(connection, None)

    # Subscriptions.

    async def subscribe(
        self,
        connection: Connection,
        room_id: str,
        check: Check,
        *,
        after: int | None = None,
        quiet: bool = False,
    ) -> tuple[Subscription, int]:
        """A subscription that hears nothing before `replay`, and the room's head.

        `check` says who subscribes, or raises; it is asked again whenever an event may have
        changed the answer. `after` is the last seq that the client has; None begins at the
        head. Raises what `check` raises, and `ValidationFailed` for an impossible `after`.
        """
        if room_id not in self._feeds:
            # Strangers must not open a channel for every id they can think of.
            await check()
        feed = await self._hold(room_id)
        try:
            subscriber, head = await feed.admit(check, after)
            subscription = Subscription(
                connection,
                room_id,
                subscriber,
                check,
                position=head if after is None else after,
                quiet=quiet,
            )
            feed.crowd.add(subscription)
        finally:
            feed.holders -= 1
            self._let_go(feed)
        return subscription, head

    async def replay(self, subscription: Subscription) -> None:
        """Sends what was missed, in order, then all that is new. Ends the subscription on error."""
        feed = self._feeds.get(subscription.room_id)
        if feed is None:
            return
        try:
            await feed.replay(subscription)
        except Exception:
            log.exception("room %s: a replay failed", subscription.room_id)
            feed.drop(subscription, Unavailable("Missed events can't be read. Subscribe again."))

    def unsubscribe(self, subscription: Subscription) -> None:
        """Ends a subscription; nothing is sent for it any more."""
        subscription.ended = True
        feed = self._feeds.get(subscription.room_id)
        if feed is not None:
            feed.remove(subscription)

    def presence(self, room_id: str) -> JsonObject:
        """`{online, users}` of a room, users cut at 100."""
        feed = self._feeds.get(room_id)
        return feed.crowd.presence.listing() if feed else {"online": 0, "users": []}

    def memory(self, room_id: str) -> RoomMemory | None:
        """What may be believed of a room; None where it is not listened to, or not heard."""
        feed = self._feeds.get(room_id)
        return feed.memory if feed else None

    def heed(self, events: Sequence[Event]) -> None:
        """Events that this process has committed, before they are on their way."""
        for event in events:
            if (feed := self._feeds.get(event.room_id)) is not None:
                feed.heed(event)

    # What is for people, wherever they are signed in.

    async def tell_people(self, user_ids: Collection[str], frame: bytes) -> None:
        """Sends one frame to every socket of these people, in every process."""
        self._tell_people(frozenset(user_ids), frame)
        if self._fleet.shared:
            await self._fleet.tell({"people": list(user_ids), "frame": frame.decode()})

    def _tell_people(self, user_ids: Collection[str], frame: bytes) -> None:
        for connection in list(self._connections):
            sign_in = connection.sign_in
            if sign_in is not None and connection.binding is None and sign_in.user_id in user_ids:
                connection.send_frame(frame)

    # What takes rights away, in every process.

    async def revoke(self, room_id: str, user_id: str, why: FestoonError | None = None) -> None:
        """Ends a person's subscriptions to a room. A `participant:left` event does so by itself."""
        why = why or NotFound("You are no longer in this room.")
        self._revoke(room_id, user_id, why)
        await self._fleet.tell({"revoke": room_id, "user": user_id})

    async def end_session(self, session_id: str) -> None:
        """Closes the sockets of a session with 4001."""
        self._end_sessions({session_id})
        await self._fleet.tell({"session": session_id})

    async def app_off(self, app_id: str, room_id: str | None = None) -> None:
        """Closes an application's own sockets with 4003: in one room, or all of them."""
        self._app_off(app_id, room_id)
        await self._fleet.tell({"app": app_id, "room": room_id})

    async def _obey(self, word: JsonObject) -> None:
        if "session" in word:
            self._end_sessions({word["session"]})
        elif "app" in word:
            self._app_off(word["app"], word["room"])
        elif "people" in word:
            self._tell_people(frozenset(word["people"]), word["frame"].encode())
        elif "revoke" in word:
            why = NotFound("You are no longer in this room.")
            self._revoke(word["revoke"], word["user"], why)

    def _revoke(self, room_id: str, user_id: str, why: FestoonError) -> None:
        feed = self._feeds.get(room_id)
        if feed is not None:
            feed.revoke(user_id, why)

    def _end_sessions(self, ended: Collection[str]) -> None:
        for connection in list(self._connections):
            sign_in = connection.sign_in
            if sign_in is not None and sign_in.session_id in ended:
                connection.close(CloseCode.SIGNED_OUT, "the session has ended")

    def _lost(self, process: str) -> None:
        for feed in list(self._feeds.values()):
            feed.crowd.peers.lost(process)

    def _back(self, _: str) -> None:
        for feed in list(self._feeds.values()):
            feed.crowd.peers.ask()

    def _app_off(self, app_id: str, room_id: str | None) -> None:
        for connection in list(self._connections):
            bound = connection.binding
            if bound and bound.app_id == app_id and room_id in (None, bound.room_id):
                connection.close(CloseCode.NOT_ALLOWED, "the application is off")

    async def ask_sessions(self, beginning: str = "") -> None:
        """Closes the sockets of sessions that have ended, of those whose id has this beginning."""
        signed_in = [c.sign_in.session_id for c in self._connections if c.sign_in]
        ids = {one for one in signed_in if one is not None and one.startswith(beginning)}
        if ids and self._ended_sessions is not None:
            self._end_sessions(await self._ended_sessions(ids))

    # Rooms.

    async def _hold(self, room_id: str) -> RoomFeed:
        feed = self._feeds.get(room_id)
        if feed is None:
            feed = self._feeds[room_id] = RoomFeed(
                room_id,
                self._channels,
                self._fleet,
                self._store,
                self._sources,
                self._timing,
                self._let_go,
            )
            self._opening[room_id] = asyncio.create_task(self._open(feed))
        feed.holders += 1
        opening = self._opening.get(room_id)
        if opening is not None:
            try:
                # Many may wait for it: one of them giving up must not take it from the others.
                await asyncio.shield(opening)
            except BaseException:
                feed.holders -= 1
                raise
        return feed

    async def _open(self, feed: RoomFeed) -> None:
        try:
            # The channel of the feed before this one must be free again.
            if (closing := self._closing.get(feed.room_id)) is not None:
                await asyncio.wait([closing])
            await feed.open()
        except BaseException:
            del self._feeds[feed.room_id]
            raise
        finally:
            del self._opening[feed.room_id]

    def _let_go(self, feed: RoomFeed) -> None:
        if not feed.holders and not feed.crowd and not self.stopping:
            asyncio.get_running_loop().call_later(self._timing.idle, self._retire, feed)

    def _retire(self, feed: RoomFeed) -> None:
        if feed.holders or feed.crowd or self._feeds.get(feed.room_id) is not feed:
            return
        del self._feeds[feed.room_id]
        task = self._closing[feed.room_id] = asyncio.create_task(feed.close())
        task.add_done_callback(lambda _: self._closing.pop(feed.room_id, None))
