"""What channels go over between processes: Redis, or PostgreSQL where there is one anyway.

Both say when they are lost instead of mending themselves: a connection that comes back
silently has missed messages in between, and only the channels know whom to tell. Both ask the
server for a sign of life when it is silent, because a server that vanished says nothing.
"""

from __future__ import annotations

from typing import Protocol

SILENCE = 15.0
"""After so many seconds without a message the server is asked whether it is there."""
PATIENCE = 5.0
PREFIX = "festoon:"
ALIVE = "alive"


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
