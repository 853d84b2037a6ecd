"""Redis as what channels go over; see `host.realtime.transport`."""

from __future__ import annotations

import asyncio
from typing import Any

from redis.asyncio import Redis
from redis.asyncio.client import PubSub
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

from host.realtime.transport import ALIVE, PATIENCE, PREFIX, SILENCE, TransportLost


class _OneConnection(PubSub):
    """A subscription that ends with its connection; redis-py would open another in silence."""

    async def on_connect(self, connection: Any) -> None:
        raise TransportLost("Redis closed the connection")


def redis_at(url: str, patience: float) -> Redis:
    """A client that says at once when the server is away; `patience` in seconds."""
    return Redis.from_url(
        url,
        retry=Retry(NoBackoff(), 0),
        socket_connect_timeout=patience,
        socket_timeout=patience,
        socket_keepalive=True,
    )


class RedisTransport:
    """Redis publish and subscribe."""

    largest: int | None = None

    def __init__(self, url: str, *, silence: float = SILENCE) -> None:
        self._silence = silence
        self._redis = redis_at(url, PATIENCE)
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
