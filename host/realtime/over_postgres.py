"""PostgreSQL as what channels go over; see `host.realtime.transport`."""

from __future__ import annotations

import asyncio
from typing import Any

import asyncpg

from host.realtime.transport import PATIENCE, PREFIX, SILENCE, TransportLost

# PostgreSQL takes payloads shorter than 8000 bytes.
LARGEST_NOTIFY = 7999


class PostgresTransport:
    """LISTEN and NOTIFY: one connection that listens, one that notifies."""

    largest: int | None = LARGEST_NOTIFY

    def __init__(self, url: str, *, silence: float = SILENCE) -> None:
        self._url = url
        self._silence = silence
        self._listening: Any = None
        self._notifying: Any = None
        # asyncpg does one thing at a time on a connection, and refuses a second.
        self._turn = asyncio.Lock()
        self._notify_turn = asyncio.Lock()
        self._heard: asyncio.Queue[tuple[str, bytes] | None] = asyncio.Queue()

    async def connect(self) -> None:
        """Opens both connections."""
        self._listening = await asyncpg.connect(self._url, timeout=PATIENCE)
        self._listening.add_termination_listener(lambda _: self._heard.put_nowait(None))
        self._notifying = await asyncpg.connect(self._url, timeout=PATIENCE)

    async def disconnect(self) -> None:
        """Closes both at once: there is nothing to finish."""
        for connection in (self._listening, self._notifying):
            if connection is not None:
                connection.terminate()

    async def subscribe(self, channel: str) -> None:
        """Returns when PostgreSQL has confirmed it."""
        async with self._turn:
            await self._listening.add_listener(PREFIX + channel, self._take)

    async def unsubscribe(self, channel: str) -> None:
        """Ends it."""
        async with self._turn:
            await self._listening.remove_listener(PREFIX + channel, self._take)

    async def publish(self, channel: str, payload: bytes) -> None:
        """Hands a message of at most `largest` bytes over."""
        async with self._notify_turn:
            await self._notifying.execute(
                "SELECT pg_notify($1, $2)", PREFIX + channel, payload.decode()
            )

    async def receive(self) -> tuple[str, bytes]:
        """The next message."""
        while True:
            try:
                async with asyncio.timeout(self._silence):
                    heard = await self._heard.get()
            except TimeoutError:
                await self._ask_for_a_sign_of_life()
                continue
            if heard is None:
                raise TransportLost("PostgreSQL closed the connection")
            return heard

    async def _ask_for_a_sign_of_life(self) -> None:
        async with self._turn:
            asking = asyncio.create_task(self._listening.execute("SELECT 1"))
            # Not a timeout: asyncpg would open a connection to cancel the question.
            _, silent = await asyncio.wait([asking], timeout=PATIENCE)
            if silent:
                asking.add_done_callback(_forget)
                raise TransportLost("PostgreSQL is silent")
            await asking

    def _take(self, _connection: Any, _pid: int, channel: str, payload: str) -> None:
        self._heard.put_nowait((channel.removeprefix(PREFIX), payload.encode()))


def _forget(task: asyncio.Task[Any]) -> None:
    """Looks at how a task ended, so that nobody is warned of it."""
    if not task.cancelled():
        task.exception()
