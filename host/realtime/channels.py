"""The way from one process to all of them, and the only user of broadcaster.

Broadcaster gives the transport and little else: subscribers that arrive together on a
channel are lost, its listener ends without a word when the backend fails, its queues have no
bound and nothing is kept. So there is one subscription for a channel and process, opened
under a lock; the listener is watched, and when it ends everything is opened again with
back-off; and whoever subscribes gives a `resync` that is called whenever something may have
been missed. Durable events are never lost by that, because `resync` reads them from the store.
"""

from __future__ import annotations

import asyncio
import logging
import random
from contextlib import suppress
from typing import Any
from urllib.parse import urlsplit

from broadcaster import Broadcast, BroadcastBackend, Event

from host.errors import ConfigurationError, Unavailable
from host.realtime.ending import end
from host.realtime.listener import PATIENCE, Listener, Receive, Resync
from host.realtime.transport import Transport
from host.realtime.transports import transport_for

log = logging.getLogger("festoon.realtime")

QUEUE_SIZE = 1000
FIRST_PAUSE, LONGEST_PAUSE = 0.1, 5.0
SCHEMES = ("memory", "redis", "rediss", "postgres", "postgresql")


class Channels:
    """Publishes to channels and listens on them, over whatever `url` names.

    `memory://` reaches this process alone; `redis://`, `rediss://` and `postgres://` all that
    share the server. Raises `ConfigurationError` for any other.
    """

    def __init__(self, url: str, *, queue_size: int = QUEUE_SIZE) -> None:
        self._url = url
        self._scheme = urlsplit(url).scheme
        if self._scheme not in SCHEMES:
            raise ConfigurationError(
                f"FESTOON_CHANNELS_URL: '{self._scheme}://' is none of {', '.join(SCHEMES)}."
            )
        self._queue_size = queue_size
        self.opened = 0
        """How often the transport was connected: what happened between two of them was missed."""
        self._broadcast: _Watched | None = None
        self._opening: _Watched | None = None
        """The same, also while it is being connected, and half of it may be open."""
        self._listeners: dict[str, Listener] = {}
        self._lock = asyncio.Lock()
        self._keeper: asyncio.Task[None] | None = None

    @property
    def healthy(self) -> bool:
        """Whether the transport is connected now; while it is not, live events come late."""
        return self._broadcast is not None and not self._broadcast.failed.is_set()

    @property
    def shared(self) -> bool:
        """Whether other processes can be reached."""
        return self._scheme != "memory"

    async def start(self) -> None:
        """Connects, and keeps connected until `stop`. Does not fail while the server is away."""
        if self._keeper is None:
            first_try = asyncio.Event()
            self._keeper = asyncio.create_task(self._keep_open(first_try), name="channels")
            await first_try.wait()

    async def stop(self) -> None:
        """Ends all listening and disconnects."""
        if self._keeper is not None:
            await end(self._keeper)
            self._keeper = None
        if self._opening is not None:
            # Not by the keeper itself, which may be cancelled more than once.
            await self._disconnect(self._opening)
            self._opening = None
        for listener in list(self._listeners.values()):
            await listener.close()

    async def publish(self, channel: str, payload: bytes, pointer: bytes | None = None) -> None:
        """Sends `payload` to all who listen on `channel`, in the order of these calls.

        `pointer` goes instead where the payload is larger than the transport takes. Raises
        `Unavailable` when it could not be handed over; it may then still have arrived.
        """
        broadcast = self._broadcast
        if broadcast is None or broadcast.failed.is_set():
            raise Unavailable("The realtime channels are not connected.")
        limit = broadcast.largest
        if limit is not None and len(payload) > limit:
            if pointer is None:
                raise Unavailable(f"A message of {len(payload)} bytes is too large to publish.")
            payload = pointer
        try:
            async with asyncio.timeout(PATIENCE):
                await broadcast.publish(channel, payload)
        except Exception as error:
            raise Unavailable("The realtime channels did not take a message.") from error

    async def listen(self, channel: str, receive: Receive, resync: Resync) -> Listener:
        """Calls `receive` with every payload on `channel`, one after the other.

        `resync` is called, in the same order of calls, whenever payloads may have been missed:
        after the channel was opened again, and after the bounded queue ran over. Open when
        this returns, unless the server is away; then it opens later, with a `resync`. There
        may be one listener for a channel.
        """
        listener = Listener(channel, receive, resync, self._release, queue_size=self._queue_size)
        async with self._lock:
            if channel in self._listeners:
                raise ValueError(f"this process listens on {channel} already")
            self._listeners[channel] = listener
            if self._broadcast is not None and not await self._open(listener, self._broadcast):
                self._broadcast.failed.set()
        return listener

    async def _open(self, listener: Listener, broadcast: _Watched) -> bool:
        try:
            async with asyncio.timeout(PATIENCE):
                await listener.open(broadcast)
        except Exception:
            log.warning("the channel %s could not be opened", listener.channel, exc_info=True)
            return False
        return True

    async def _release(self, listener: Listener) -> None:
        async with self._lock:
            if self._listeners.get(listener.channel) is listener:
                del self._listeners[listener.channel]
            await listener.shut()

    async def _keep_open(self, first_try: asyncio.Event) -> None:
        pause = FIRST_PAUSE
        while True:
            broadcast = self._opening = _Watched(self._url)
            if await self._connect(broadcast):
                pause = FIRST_PAUSE
                first_try.set()
                await broadcast.failed.wait()
                log.warning("the %s channels were lost; opening them again", self._scheme)
            first_try.set()
            await self._disconnect(broadcast)
            self._opening = None
            # Jitter, so that a fleet does not come back to its server in one moment.
            await asyncio.sleep(pause * random.uniform(0.5, 1.0))  # noqa: S311
            pause = min(pause * 2, LONGEST_PAUSE)

    async def _connect(self, broadcast: _Watched) -> bool:
        try:
            async with asyncio.timeout(PATIENCE):
                await broadcast.connect()
        except Exception as error:
            log.warning("the %s channels are not to be reached: %r", self._scheme, error)
            return False
        async with self._lock:
            self._broadcast = broadcast
            self.opened += 1
            for listener in list(self._listeners.values()):
                if not await self._open(listener, broadcast):
                    return False
                listener.ask_for_resync()
        return True

    async def _disconnect(self, broadcast: _Watched) -> None:
        async with self._lock:
            self._broadcast = None
            for listener in self._listeners.values():
                await listener.shut_transport()
        with suppress(Exception):
            async with asyncio.timeout(PATIENCE):
                await broadcast.disconnect()


class _Bridge(BroadcastBackend):
    """A transport of ours as broadcaster wants it: its own for Redis delivers nothing."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport
        self.largest = transport.largest
        self.is_lost = False

    async def connect(self) -> None:
        await self._transport.connect()

    async def disconnect(self) -> None:
        await self._transport.disconnect()

    async def subscribe(self, group: str) -> None:
        await self._transport.subscribe(group)

    async def unsubscribe(self, group: str) -> None:
        # To a server that is gone, room after room, it would be a wait each.
        if not self.is_lost:
            await self._transport.unsubscribe(group)

    async def publish(self, channel: str, message: Any) -> None:
        await self._transport.publish(channel, message)

    async def next_published(self) -> Event:
        try:
            channel, payload = await self._transport.receive()
        except BaseException:
            self.is_lost = True
            raise
        return Event(channel, payload)  # type: ignore[arg-type]


class _Watched(Broadcast):
    """A `Broadcast` that says when its listener has ended."""

    def __init__(self, url: str) -> None:
        if urlsplit(url).scheme == "memory":
            super().__init__(url)
        else:
            super().__init__(backend=_Bridge(transport_for(url)))
        self.largest: int | None = getattr(self._backend, "largest", None)
        self.failed = asyncio.Event()
        self._started = False

    async def connect(self) -> None:
        """Connects and begins to listen."""
        await super().connect()
        self._started = True

    async def disconnect(self) -> None:
        """Also after a `connect` that failed half way."""
        if self._started:
            self._listener_task.cancel()
        await self._backend.disconnect()

    async def _listener(self) -> None:
        try:
            await super()._listener()
        except Exception as error:
            log.warning("listening on the channels ended: %s", error)
        finally:
            self.failed.set()
