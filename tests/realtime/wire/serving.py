"""A real server for an application, and clients that speak WebSocket byte by byte."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from struct import pack, unpack
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.routing import BaseRoute, WebSocketRoute
from starlette.websockets import WebSocket

from host.realtime.wire.limits import WireLimits
from host.realtime.wire.server import protocols
from tests.realtime.evening import until

TEXT, BINARY, CLOSE, PING, PONG = 1, 2, 8, 9, 10
SECONDS = 30.0


@asynccontextmanager
async def serving(
    endpoint: Callable[[WebSocket], Awaitable[None]],
    limits: WireLimits | None = None,
    routes: Sequence[BaseRoute] = (),
    **options: Any,
) -> AsyncIterator[Server]:
    """The endpoint at `/`, and more `routes`, under uvicorn in the test's own loop."""
    listening = socket.socket()
    listening.bind(("127.0.0.1", 0))
    config = uvicorn.Config(
        Starlette(routes=[WebSocketRoute("/", endpoint), *routes]),
        lifespan="off",
        log_config=None,
        timeout_graceful_shutdown=3,
        **protocols(limits),
        **options,
    )
    server = Server(uvicorn.Server(config), listening.getsockname()[1])
    running = asyncio.create_task(server.uvicorn._serve(sockets=[listening]))
    await until(lambda: server.uvicorn.started)
    try:
        yield server
    finally:
        server.uvicorn.should_exit = True
        await running
        listening.close()


class Server:
    """Where it listens, and its inside."""

    def __init__(self, server: uvicorn.Server, port: int) -> None:
        self.uvicorn = server
        self.port = port

    @property
    def url(self) -> str:
        return f"ws://127.0.0.1:{self.port}/"

    @property
    def connections(self) -> int:
        return len(self.uvicorn.server_state.connections)

    @property
    def tasks(self) -> int:
        return len(self.uvicorn.server_state.tasks)

    async def dial(self, path: str = "/", **headers: str) -> Raw:
        """A client before its request."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        return Raw(reader, writer)

    async def open(self) -> Raw:
        """A client that was accepted."""
        raw = await self.dial()
        raw.request()
        assert (await raw.answer()).startswith(b"HTTP/1.1 101 ")
        return raw


class Raw:
    """One connection."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer

    def request(self, **changes: str | None) -> None:
        """Asks to open a socket; `changes` by header with underscores, None leaves one out."""
        headers: dict[str, str | None] = {
            "host": "here",
            "upgrade": "websocket",
            "connection": "keep-alive, Upgrade",
            "sec-websocket-key": "dGhlIHNhbXBsZSBub25jZQ==",
            "sec-websocket-version": "13",
        }
        headers |= {name.replace("_", "-"): value for name, value in changes.items()}
        lines = [f"{name}: {value}\r\n" for name, value in headers.items() if value is not None]
        self.raw(f"GET / HTTP/1.1\r\n{''.join(lines)}\r\n".encode())

    async def answer(self) -> bytes:
        """The head of the answer."""
        return await asyncio.wait_for(self.reader.readuntil(b"\r\n\r\n"), SECONDS)

    def raw(self, data: bytes) -> None:
        self.writer.write(data)

    def send(self, opcode: int, payload: bytes = b"", **head: Any) -> None:
        self.raw(frame(opcode, payload, **head))

    async def bytewise(self, data: bytes) -> None:
        """Sends byte by byte, each read by itself."""
        for index in range(len(data)):
            self.raw(data[index : index + 1])
            await self.writer.drain()
            await asyncio.sleep(0)

    async def read(self) -> tuple[int, bytes]:
        """Opcode and payload of the next frame; whole and unmasked it must be."""
        async with asyncio.timeout(SECONDS):
            first, size = await self.reader.readexactly(2)
            assert first & 0xF0 == 0x80
            assert size < 128
            if size > 125:
                wide = 2 if size == 126 else 8
                size = int.from_bytes(await self.reader.readexactly(wide), "big")
            return first & 0xF, await self.reader.readexactly(size)

    async def closed(self) -> tuple[int | None, str]:
        """The close frame that comes before anything else but answers, and then the end."""
        opcode, payload = await self.read()
        while opcode != CLOSE:
            opcode, payload = await self.read()
        self.send(CLOSE, payload)
        await self.ended()
        if not payload:
            return None, ""
        return unpack("!H", payload[:2])[0], payload[2:].decode()

    async def ended(self) -> None:
        """The server ends the connection, in good order."""
        async with asyncio.timeout(SECONDS):
            assert await self.reader.read(1) == b""
        self.hang_up()

    def hang_up(self) -> None:
        self.writer.close()

    def vanish(self) -> None:
        self.writer.transport.abort()
        self.writer.close()


# RFC 6455's own example; a random one would give each worker of a parallel run other test ids.
MASK = bytes.fromhex("37fa213d")


def frame(
    opcode: int,
    payload: bytes = b"",
    *,
    fin: bool = True,
    reserved: int = 0,
    masked: bool = True,
    size: int | None = None,
) -> bytes:
    """A client's frame; `size` says something else than there is."""
    said = len(payload) if size is None else size
    head = bytes([fin << 7 | reserved << 4 | opcode])
    bit = masked << 7
    if said < 126:
        head += bytes([bit | said])
    elif said < 65536:
        head += pack("!BH", bit | 126, said)
    else:
        head += pack("!BQ", bit | 127, said)
    if not masked:
        return head + payload
    mask = MASK
    return head + mask + bytes(byte ^ mask[i % 4] for i, byte in enumerate(payload))


async def echo(websocket: WebSocket) -> None:
    """Sends back what it gets."""
    await websocket.accept()
    while (message := await websocket.receive())["type"] == "websocket.receive":
        if message.get("text") is not None:
            await websocket.send_text(message["text"])
        else:
            await websocket.send_bytes(message["bytes"])
