"""Pings to all sockets of a server, on one timer."""

from __future__ import annotations

import asyncio
import random
from typing import Protocol

from host.realtime.wire.frames import PING, server_frame

TICKS = 20
"""How often in an interval it is looked who is due."""


class Beating(Protocol):
    """A socket that is asked whether it is still there."""

    def write(self, frame: bytes) -> None:
        """Sends the ping."""
        ...

    def went_silent(self) -> None:
        """No answer came in time."""
        ...


class Heartbeat:
    """A ping every `interval` seconds, its pong within `timeout` seconds.

    `timeout` None pings without looking for the answer. All times being equal, whoever was
    entered first is due first, so one timer and the order of two dictionaries are enough.
    """

    def __init__(self, interval: float, timeout: float | None) -> None:
        self._interval = interval
        self._timeout = timeout
        self._due: dict[Beating, float] = {}
        self._asked: dict[Beating, tuple[float, bytes]] = {}
        self._timer: asyncio.TimerHandle | None = None

    def add(self, socket: Beating) -> None:
        """Begins to ask a socket."""
        loop = asyncio.get_running_loop()
        self._due[socket] = loop.time() + self._interval
        if self._timer is None:
            self._timer = loop.call_later(self._pause, self._beat)

    def remove(self, socket: Beating) -> None:
        """Asks no more."""
        self._due.pop(socket, None)
        self._asked.pop(socket, None)

    def answered(self, socket: Beating, payload: bytes) -> None:
        """A pong came; one that was not asked for means nothing."""
        asked = self._asked.get(socket)
        if asked is not None and asked[1] == payload:
            del self._asked[socket]
            self.add(socket)

    @property
    def _pause(self) -> float:
        times = [self._interval] if self._timeout is None else [self._interval, self._timeout]
        return min(times) / TICKS

    def _beat(self) -> None:
        self._timer = None
        loop = asyncio.get_running_loop()
        now = loop.time()
        while self._asked:
            socket, (deadline, _) = next(iter(self._asked.items()))
            if deadline > now:
                break
            del self._asked[socket]
            socket.went_silent()
        payload = random.randbytes(4)  # noqa: S311
        ping = server_frame(PING, payload)
        asked = (now + (self._timeout or 0.0), payload)
        while self._due:
            socket, due = next(iter(self._due.items()))
            if due > now:
                break
            del self._due[socket]
            if self._timeout is None:
                self._due[socket] = now + self._interval
            else:
                self._asked[socket] = asked
            socket.write(ping)
        if (self._due or self._asked) and self._timer is None:
            self._timer = loop.call_later(self._pause, self._beat)
