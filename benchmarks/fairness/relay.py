"""A simulated way laid over a real TCP connection: a relay on loopback, one for each phone."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from random import Random

from benchmarks.fairness.oracle import Oracle
from benchmarks.fairness.paths import Direction

SOON = 0.0003
"""Seconds by which something may be passed on too early rather than by another timer."""
PING, PONG = 0x89, 0x8A
"""The first byte of a WebSocket frame that pings, and that answers; clients do so by themselves."""
Held = Callable[[float], float]
"""By how many milliseconds an echo is held back that would be at the server after so many."""


class Pipe(asyncio.Protocol):
    """One end of a connection: what comes in here goes out at the other end when it is due."""

    def __init__(self, way: Direction, chance: Random, oracle: Oracle, held: Held) -> None:
        self.transport: asyncio.Transport | None = None
        self.other: Pipe | None = None
        self.downwards = False
        self._way = way
        self._chance = chance
        self._oracle = oracle
        self._held = held
        self._under_way: deque[tuple[float, float, bytes]] = deque()

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
        now = loop.time()
        due = self._way.carry(now * 1000, self._chance) / 1000
        if data[0] == PING:
            self._oracle.pinged(now * 1000)
        elif data[0] == PONG and self._oracle.asked is not None:
            held = self._held(due * 1000 - self._oracle.asked) / 1000
            if held:
                # A modified client holds its echo back, and only that.
                loop.call_at(due + held, self._pass_on, now, data)
                return
        self._under_way.append((due, now, data))
        if len(self._under_way) == 1:
            loop.call_at(due, self._deliver)

    def _deliver(self) -> None:
        loop = asyncio.get_running_loop()
        while self._under_way and self._under_way[0][0] <= loop.time() + SOON:
            self._pass_on(*self._under_way.popleft()[1:])
        if self._under_way:
            loop.call_at(self._under_way[0][0], self._deliver)

    def _pass_on(self, sent: float, data: bytes) -> None:
        now = asyncio.get_running_loop().time()
        if data[0] == PONG:
            self._oracle.ponged(now * 1000)
        elif self.downwards:
            self._oracle.down = (now - sent) * 1000
        other = self.other
        if other is not None and other.transport is not None and not other.transport.is_closing():
            other.transport.write(data)


async def relay(
    target: int,
    ways: tuple[Direction, Direction],
    chance: Random,
    oracle: Oracle,
    held: Held,
) -> asyncio.Server:
    """Listens on a free port before the loopback port `target`; `ways` are down and up.

    `oracle` is told of what passes; `held` is how a phone answers pings late.
    """
    loop = asyncio.get_running_loop()
    down, up = ways
    oracle.up = up.delay + up.jitter

    def accept() -> Pipe:
        near, far = Pipe(up, chance, oracle, held), Pipe(down, chance, oracle, held)
        far.downwards = True
        near.other, far.other = far, near
        task = loop.create_task(_open(near, far))
        opening.add(task)
        task.add_done_callback(opening.discard)
        return near

    async def _open(near: Pipe, far: Pipe) -> None:
        await loop.create_connection(lambda: far, "127.0.0.1", target)

    opening: set[asyncio.Task[None]] = set()
    return await loop.create_server(accept, "127.0.0.1", 0)
