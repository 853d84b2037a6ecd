"""One channel as one process hears it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from typing import Any, Protocol

from host.realtime.ending import end

log = logging.getLogger("festoon.realtime")

Receive = Callable[[bytes], Awaitable[None]]
Resync = Callable[[], Awaitable[None]]
Release = Callable[["Listener"], Awaitable[None]]

PATIENCE = 5.0
"""How long a server may take to answer, in seconds."""


class Incoming(Protocol):
    """What comes in on one channel."""

    async def get(self) -> Any:
        """The next message; its `message` is text or bytes."""
        ...


class Source(Protocol):
    """What a listener needs of a broadcast."""

    def subscribe(self, channel: str) -> AbstractAsyncContextManager[Incoming]:
        """Listens as long as the context lasts; entered when the transport has confirmed it."""
        ...


class Listener:
    """One channel of this process: a reader that never waits, and a pump that may."""

    def __init__(
        self, channel: str, receive: Receive, resync: Resync, release: Release, *, queue_size: int
    ) -> None:
        self.channel = channel
        self._receive = receive
        self._resync = resync
        self._release = release
        # None stands for a resync.
        self._queue: asyncio.Queue[bytes | None] = asyncio.Queue(queue_size)
        self._pump = asyncio.create_task(self._deliver(), name=f"pump {channel}")
        self._reader: asyncio.Task[None] | None = None
        self._stopping = False

    async def open(self, source: Source) -> None:
        """Subscribes; returns when the transport has confirmed it."""
        is_open: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._reader = asyncio.create_task(self._read(source, is_open))
        try:
            await is_open
        except BaseException:
            await self.shut_transport()
            raise

    def ask_for_resync(self) -> None:
        """What is waiting is dropped: the resync covers it."""
        while not self._queue.empty():
            self._queue.get_nowait()
        self._queue.put_nowait(None)

    async def close(self) -> None:
        """Stops listening; nothing is received after this returns."""
        await self._release(self)

    async def shut(self) -> None:
        """Ends both tasks; what is being received now may come to its end."""
        await self.shut_transport()
        self._stopping = True
        self.ask_for_resync()
        # A read that is cancelled half way can cost the database its connection.
        _, late = await asyncio.wait([self._pump], timeout=PATIENCE)
        for pump in late:
            await end(pump)

    async def shut_transport(self) -> None:
        """Ends the reader only; what it has read is still delivered."""
        if self._reader is not None:
            self._reader.cancel()
            await asyncio.wait([self._reader], timeout=PATIENCE)
            self._reader = None

    async def _read(self, source: Source, is_open: asyncio.Future[None]) -> None:
        try:
            async with source.subscribe(self.channel) as subscriber:
                if not is_open.done():
                    is_open.set_result(None)
                while True:
                    message = (await subscriber.get()).message
                    payload = message.encode() if isinstance(message, str) else message
                    try:
                        self._queue.put_nowait(payload)
                    except asyncio.QueueFull:
                        log.warning("the queue of %s ran over", self.channel)
                        self.ask_for_resync()
        except Exception as error:
            if not is_open.done():
                is_open.set_exception(error)

    async def _deliver(self) -> None:
        while True:
            payload = await self._queue.get()
            if self._stopping:
                return
            try:
                if payload is None:
                    await self._resync()
                else:
                    await self._receive(payload)
            except Exception:
                # One payload that cannot be handled must not end the channel for all others.
                log.exception("a message on %s could not be handled", self.channel)
