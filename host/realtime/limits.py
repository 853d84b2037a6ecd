"""What one socket may do, and the clock and the measure that see to it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from host.limits import Limits
from host.realtime.connection import Connection
from host.realtime.names import CloseCode

LONGEST_TIMER = 24 * 3600.0


@dataclass(frozen=True)
class SocketLimits:
    """The bounds of sockets. 0 messages a second, or sockets, means any number."""

    auth_seconds: float = 10.0
    """How long a socket may stay open with nobody signed in."""
    message_bytes: int = 64 * 1024
    messages_a_second: float = Limits.messages_per_second
    burst: int = Limits.messages_at_once
    """How many messages may come at once before the rate counts."""
    garbage: int = 10
    """How many messages that are no frames are answered before the socket is closed."""
    rooms: int = Limits.rooms_per_socket
    """How many rooms one socket may listen to."""
    sockets: int = Limits.sockets
    """How many sockets may be open in a process."""
    sockets_of_user: int = Limits.sockets_per_user
    """How many of them one person may have."""
    sockets_of_address: int = Limits.sockets_per_address
    """How many may come from one address; a hall with several tabs each fits in."""
    unsigned_of_address: int = Limits.unsigned_per_address
    """How many of these may be open with nobody signed in; a hall that comes at once fits in."""

    @classmethod
    def of(cls, limits: Limits) -> SocketLimits:
        """The bounds that the configuration sets."""
        return cls(
            messages_a_second=limits.messages_per_second,
            burst=limits.messages_at_once,
            rooms=limits.rooms_per_socket,
            sockets=limits.sockets,
            sockets_of_user=limits.sockets_per_user,
            sockets_of_address=limits.sockets_per_address,
            unsigned_of_address=limits.unsigned_per_address,
        )


class Allowance:
    """A bucket of `burst` messages that refills at `rate` a second."""

    __slots__ = ("_burst", "_counted_at", "_left", "_monotonic", "_rate")

    def __init__(self, rate: float, burst: int, monotonic: Callable[[], float]) -> None:
        self._rate = rate
        self._burst = float(burst)
        self._monotonic = monotonic
        self._left = self._burst
        self._counted_at = monotonic()

    def take(self) -> bool:
        """Whether one more message is within the bounds."""
        if not self._rate:
            return True
        now = self._monotonic()
        earned = (now - self._counted_at) * self._rate
        self._left = min(self._left + earned, self._burst) - 1
        self._counted_at = now
        return self._left >= 0


class Deadline:
    """The end of a sign-in: one timer that can be moved, however far away."""

    __slots__ = ("_connection", "_timer")

    def __init__(self, connection: Connection) -> None:
        """`connection` is closed with 4001, and the reason given to `set`."""
        self._connection = connection
        self._timer: asyncio.TimerHandle | None = None

    def set(self, seconds: float, reason: str) -> None:
        """Moves the deadline; at once where `seconds` is not positive."""
        self.clear()
        # An event loop refuses timers that lie months ahead.
        step = min(max(seconds, 0.0), LONGEST_TIMER)
        rest = seconds - step
        then = partial(self.set, rest) if rest > 0 else self._due
        self._timer = asyncio.get_running_loop().call_later(step, then, reason)

    def clear(self) -> None:
        """No deadline any more."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _due(self, reason: str) -> None:
        self._connection.close(CloseCode.SIGNED_OUT, reason)
