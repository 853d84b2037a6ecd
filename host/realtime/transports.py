"""What channels go over between processes: Redis, or PostgreSQL where there is one anyway.

Both say when they are lost instead of mending themselves: a connection that comes back
silently has missed messages in between, and only the channels know whom to tell. Both ask the
server for a sign of life when it is silent, because a server that vanished says nothing.
"""

from __future__ import annotations

import asyncio
from typing import Any, Protocol
from urllib.parse import urlsplit

import asyncpg
from redis.asyncio import Redis
from redis.asyncio.client import PubSub
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

SILENCE = 15.0
"""After so many seconds without a message the server is asked whether it is there."""
PATIENCE = 5.0
PREFIX = "festoon:"
ALIVE = "alive"
# PostgreSQL takes payloads shorter than 8000 bytes.
LARGEST_NOTIFY = 7999


class TransportLost(Exception):
    """The connection is gone; messages may have been missed."""


class Transport(Protocol):
    """One connection to what all processes share; made anew after it was lost."""

    largest: int | None
    """The longest payload in bytes, None where there is no bound."""

    async def connect(self) -> None:
        """Connects; raises whatever the driver raises."""
        ...

    async def disconnect(self) -> None:
        """Lets go of everything, also after a `connect` that failed."""
        ...

    async def subscribe(self, channel: str) -> None:
        """Returns when the server has confirmed it; needs `receive` to be running."""
        ...

    async def unsubscribe(self, channel: str) -> None:
        """Ends what `subscribe` began."""
        ...

    async def publish(self, channel: str, payload: bytes) -> None:
        """Hands a message over."""
        ...

    async def receive(self) -> tuple[str, bytes]:
        """The next message and its channel; raises when the connection is lost."""
        ...


def transport_for(url: str) -> Transport:
    """An unconnected transport for a URL of Redis or PostgreSQL."""
    if urlsplit(url).scheme in ("redis", "rediss"):
        return RedisTransport(url)
    return PostgresTransport(url)


class _OneConnection(PubSub):
    """A subscription that ends with its connection; redis-py would open another in silence."""

    async def on_connect(self, connection: Any) -> None:
        raise TransportLost("Redis closed the connection")


class RedisTransport:
    """Redis publish and subscribe."""

    largest: int | None = None

    def __init__(self, url: str, *, silence: float = SILENCE) -> None:
        self._silence = silence
        self._redis: Redis = Redis.from_url(
            url,
            retry=Retry(NoBackoff(), 0),
            socket_connect_timeout=PATIENCE,
            socket_timeout=PATIENCE,
            socket_keepalive=True,
        )
        self._pubsub = _OneConnection(self._redis.connection_pool)
        self._asked: dict[str, asyncio.Future[None]] = {}
        self._awaits_pong = False

    async def connect(self) -> None:
        """Connects. A channel of no meaning is subscribed first: redis-py reads only then."""
        await self._redis.ping()
        await self._pubsub.subscribe(PREFIX + ALIVE)

    async def disconnect(self) -> None:
        """Lets go of the connections."""
        await self._pubsub.aclose()  # type: ignore[no-untyped-call]
        await self._redis.aclose()

    async def subscribe(self, channel: str) -> None:
        """Returns when Redis has confirmed it."""
        name = PREFIX + channel
        confirmed = self._asked[name] = asyncio.get_running_loop().create_future()
        try:
            await self._pubsub.subscribe(name)
            await confirmed
        finally:
            self._asked.pop(name, None)

    async def unsubscribe(self, channel: str) -> None:
        """Ends it without waiting for an answer."""
        await self._pubsub.unsubscribe(PREFIX + channel)

    async def publish(self, channel: str, payload: bytes) -> None:
        """Hands a message over; nobody may be listening."""
        await self._redis.publish(PREFIX + channel, payload)

    async def receive(self) -> tuple[str, bytes]:
        """The next message."""
        while True:
            message = await self._pubsub.get_message(timeout=self._silence)
            if message is None:
                await self._ask_for_a_sign_of_life()
                continue
            self._awaits_pong = False
            if message["type"] == "message":
                return message["channel"].decode().removeprefix(PREFIX), message["data"]
            if message["type"] == "subscribe":
                confirmed = self._asked.get(message["channel"].decode())
                if confirmed is not None and not confirmed.done():
                    confirmed.set_result(None)

    async def _ask_for_a_sign_of_life(self) -> None:
        if self._awaits_pong:
            raise TransportLost("Redis is silent")
        self._awaits_pong = True
        await self._pubsub.ping()


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
