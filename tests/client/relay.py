"""A relay between a client and a host that loses what a test tells it to lose."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import orjson
from websockets.asyncio.client import ClientConnection, connect
from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed

from tests.servers.process import free_port


class Relay:
    """Passes frames on, except those of the host that `loses` says are lost."""

    def __init__(self, target: str) -> None:
        self._target = target
        self.loses: Callable[[dict[str, Any]], bool] = lambda frame: False
        self.connections = 0
        self.asked: list[dict[str, Any]] = []
        """What the client sent, over all connections."""

    async def serve(self, client: ServerConnection) -> None:
        """One client's connection, and one of its own to the host."""
        self.connections += 1
        async with connect(self._target, compression=None) as host:
            there = asyncio.create_task(self._there(client, host))
            back = asyncio.create_task(self._back(host, client))
            await asyncio.wait([there, back], return_when=asyncio.FIRST_COMPLETED)
            await client.close(host.close_code or 1000)
            await host.close()
            await asyncio.wait([there, back])

    async def _there(self, client: ServerConnection, host: ClientConnection) -> None:
        try:
            async for message in client:
                self.asked.append(orjson.loads(message))
                await host.send(message)
        except ConnectionClosed:
            pass

    async def _back(self, host: ClientConnection, client: ServerConnection) -> None:
        try:
            async for message in host:
                if not self.loses(orjson.loads(message)):
                    await client.send(message)
        except ConnectionClosed:
            pass


@asynccontextmanager
async def relaying(target: str) -> AsyncIterator[tuple[Relay, str]]:
    """A relay to the socket at `target`, and its own address."""
    relay = Relay(target)
    port = free_port()
    async with serve(relay.serve, "127.0.0.1", port, compression=None):
        yield relay, f"ws://127.0.0.1:{port}/realtime"
