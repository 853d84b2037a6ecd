"""A network between a client and a server that is slow, loses packets, or is gone for a while."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from random import Random

SEGMENT = 1460
"""What one packet carries, in bytes."""
FIRST_TIMEOUT, LONGEST_TIMEOUT = 0.2, 8.0
"""When TCP sends again what was lost: the least of it, doubled with every loss in a row."""
HANDSHAKE_TIMEOUT = 1.0


class Network:
    """A TCP relay on loopback, as a client would feel such a network.

    TCP hides a loss: whatever comes after it waits until it was sent again, a round trip and
    the time-out later, twice the time-out if that is lost as well. So a loss here is a stall.
    """

    def __init__(self, port: int, *, seed: int = 7) -> None:
        self.delay = 0.0
        """Each way, in seconds."""
        self.loss = 0.0
        """Of all packets, from 0 to 1."""
        self.lost = 0
        self.packets = 0
        self._port = port
        self._random = Random(seed)
        self._is_there = asyncio.Event()
        self._is_there.set()
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def is_there(self) -> bool:
        """Whether packets pass at all; while they don't, nobody is told so."""
        return self._is_there.is_set()

    @is_there.setter
    def is_there(self, there: bool) -> None:
        if there:
            self._is_there.set()
        else:
            self._is_there.clear()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection of a client."""
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        try:
            await asyncio.sleep(2 * self.delay + self._stall(HANDSHAKE_TIMEOUT))
            await self._is_there.wait()
            there, back = await asyncio.open_connection("127.0.0.1", self._port)
            try:
                await asyncio.gather(self._pass(reader, back), self._pass(there, writer))
            finally:
                back.close()
        except (OSError, asyncio.CancelledError):
            # asyncio's streams take a cancelled connection for one that failed.
            pass
        finally:
            writer.close()
            self._tasks.discard(task)

    async def close(self) -> None:
        """Cuts every connection."""
        for task in list(self._tasks):
            task.cancel()
        if self._tasks:
            await asyncio.wait(list(self._tasks))

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        loop = asyncio.get_running_loop()
        under_way: deque[tuple[float, bytes]] = deque()
        arrived = asyncio.Event()
        sending = asyncio.create_task(self._deliver(under_way, arrived, writer))
        due = 0.0
        try:
            while packet := await reader.read(SEGMENT):
                # In order: what waits for a lost packet arrives together with it.
                due = max(due, loop.time() + self.delay + self._stall(FIRST_TIMEOUT))
                under_way.append((due, packet))
                arrived.set()
            under_way.append((max(due, loop.time() + self.delay), b""))
            arrived.set()
            await sending
        finally:
            sending.cancel()
            await asyncio.wait([sending])

    async def _deliver(
        self,
        under_way: deque[tuple[float, bytes]],
        arrived: asyncio.Event,
        writer: asyncio.StreamWriter,
    ) -> None:
        loop = asyncio.get_running_loop()
        while True:
            while not under_way:
                arrived.clear()
                await arrived.wait()
            due, packet = under_way.popleft()
            await asyncio.sleep(due - loop.time())
            if not self.is_there:
                await self._is_there.wait()
                await asyncio.sleep(self._random.uniform(0, FIRST_TIMEOUT))
            if not packet:
                with suppress(OSError):
                    writer.write_eof()
                return
            writer.write(packet)
            await writer.drain()

    def _stall(self, timeout: float) -> float:
        self.packets += 1
        waited = 0.0
        while self._random.random() < self.loss:
            self.lost += 1
            waited += timeout + 2 * self.delay
            timeout = min(timeout * 2, LONGEST_TIMEOUT)
        return waited


@asynccontextmanager
async def network(target: int, port: int = 0) -> AsyncIterator[tuple[Network, int]]:
    """A network before the loopback port `target`, at first a good one, and its own port."""
    between = Network(target)
    server = await asyncio.start_server(between.serve, "127.0.0.1", port, limit=SEGMENT)
    try:
        yield between, server.sockets[0].getsockname()[1]
    finally:
        server.close()
        await between.close()
        await server.wait_closed()
