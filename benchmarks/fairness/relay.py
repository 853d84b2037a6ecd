"""A simulated way laid over a real TCP connection: a relay on loopback, one for each phone."""

from __future__ import annotations

import asyncio
from collections import deque
from random import Random

from benchmarks.fairness.paths import Direction

SOON = 0.0003
"""Seconds by which something may be passed on too early rather than by another timer."""
PONG = 0x8A
"""The first byte of a WebSocket frame that answers a ping; clients send them by themselves."""


class Pipe(asyncio.Protocol):
    """One end of a connection: what comes in here goes out at the other end when it is due."""

    def __init__(self, way: Direction, chance: Random, echo_delay: float = 0.0) -> None:
        self.transport: asyncio.Transport | None = None
        self.other: Pipe | None = None
        self._way = way
        self._chance = chance
        self._echo_delay = echo_delay
        self._under_way: deque[tuple[float, bytes]] = deque()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Part of asyncio's protocol."""
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport

    def connection_lost(self, exc: Exception | None) -> None:
        """Whoever hangs up hangs up both ends."""
        if self.other is not None and self.other.transport is not None:
            self.other.transport.close()

    def data_received(self, data: bytes) -> None:
        """Everything that is read at once is one packet."""
        loop = asyncio.get_running_loop()
        due = self._way.carry(loop.time() * 1000, self._chance) / 1000
        if self._echo_delay and data[0] == PONG:
            # A modified client holds its echo back, and only that.
            loop.call_at(due + self._echo_delay, self._pass_on, data)
            return
        self._under_way.append((due, data))
        if len(self._under_way) == 1:
            loop.call_at(due, self._deliver)

    def _deliver(self) -> None:
        loop = asyncio.get_running_loop()
        while self._under_way and self._under_way[0][0] <= loop.time() + SOON:
            self._pass_on(self._under_way.popleft()[1])
        if self._under_way:
            loop.call_at(self._under_way[0][0], self._deliver)

    def _pass_on(self, data: bytes) -> None:
        other = self.other
        if other is not None and other.transport is not None and not other.transport.is_closing():
            other.transport.write(data)


async def relay(
    target: int, ways: tuple[Direction, Direction], chance: Random, echo_delay: float = 0.0
) -> asyncio.Server:
    """Listens on a free port before the loopback port `target`; `ways` are down and up.

    `echo_delay` in seconds, for a phone that answers pings late.
    """
    loop = asyncio.get_running_loop()
    down, up = ways

    def accept() -> Pipe:
        near, far = Pipe(up, chance, echo_delay), Pipe(down, chance)
        near.other, far.other = far, near
        task = loop.create_task(_open(near, far))
        opening.add(task)
        task.add_done_callback(opening.discard)
        return near

    async def _open(near: Pipe, far: Pipe) -> None:
        await loop.create_connection(lambda: far, "127.0.0.1", target)

    opening: set[asyncio.Task[None]] = set()
    return await loop.create_server(accept, "127.0.0.1", 0)
