"""A real server on a free port, and clients that talk to it over real sockets."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import orjson
import uvicorn
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from host.realtime.wire.server import protocols
from host.testing.host import Person, TestHost, running_host
from tests.realtime.evening import until


class Place:
    """A host that is served."""

    def __init__(self, host: TestHost, url: str) -> None:
        self.host = host
        self.url = url

    @property
    def socket_url(self) -> str:
        return self.url.replace("http", "ws", 1)


@asynccontextmanager
async def served(*, engine: str = "festoon", **values: Any) -> AsyncIterator[Place]:
    """A running host under uvicorn, in the test's own loop, with its own sockets or uvicorn's."""
    listening = socket.socket()
    listening.bind(("127.0.0.1", 0))
    url = f"http://127.0.0.1:{listening.getsockname()[1]}"
    async with (
        running_host(**{"public_url": url, **values}) as host,
        serving(host, listening, engine) as place,
    ):
        yield place


@asynccontextmanager
async def serving(
    host: TestHost, listening: socket.socket, engine: str = "festoon"
) -> AsyncIterator[Place]:
    """A host that runs already, under uvicorn at a bound socket, which is closed at the end."""
    config = uvicorn.Config(
        host.host.asgi,
        lifespan="off",
        log_config=None,
        **(protocols() if engine == "festoon" else {"ws": engine}),
        ws_per_message_deflate=False,
    )
    server = uvicorn.Server(config)
    server.install_signal_handlers = lambda: None  # type: ignore[attr-defined]
    running = asyncio.create_task(server._serve(sockets=[listening]))
    await until(lambda: server.started)
    try:
        yield Place(host, f"http://127.0.0.1:{listening.getsockname()[1]}")
    finally:
        server.should_exit = True
        await running
        listening.close()


class Phone:
    """A client's socket: what came, and a way to ask."""

    def __init__(self, link: ClientConnection) -> None:
        self.link = link
        self.frames: list[dict[str, Any]] = []
        self.acks: dict[int | str | None, dict[str, Any]] = {}
        self.code: int | None = None
        self._number = 0
        self._reader = asyncio.create_task(self._read())

    async def _read(self) -> None:
        try:
            async for message in self.link:
                frame = orjson.loads(message)
                if "ack" in frame:
                    self.acks[frame["ack"]] = frame
                else:
                    self.frames.append(frame)
        except ConnectionClosed:
            pass
        self.code = self.link.close_code

    @property
    def seqs(self) -> list[int]:
        return [frame["seq"] for frame in self.frames if "seq" in frame]

    def named(self, event: str) -> list[dict[str, Any]]:
        return [frame for frame in self.frames if frame["event"] == event]

    async def ask(self, action: str, **data: Any) -> dict[str, Any]:
        """The whole answer to an action."""
        self._number += 1
        number = self._number
        await self.raw(orjson.dumps({"id": number, "action": action, "data": data}).decode())
        await until(lambda: number in self.acks or self.code is not None)
        return self.acks[number]

    async def raw(self, text: str | bytes) -> None:
        await self.link.send(text)

    async def closed(self) -> int:
        """The code with which the server closed."""
        await until(lambda: self.code is not None)
        assert self.code is not None
        return self.code

    async def hang_up(self) -> None:
        await self.link.close()
        await self._reader


@asynccontextmanager
async def phone(
    place: Place, path: str = "/realtime", *, token: str | None = None, **options: Any
) -> AsyncIterator[Phone]:
    """A socket, signed in by `token` where there is one."""
    link = await connect(place.socket_url + path, compression=None, **options)
    client = Phone(link)
    try:
        if token is not None:
            answer = await client.ask("auth", token=token)
            assert "data" in answer, answer
        yield client
    finally:
        await client.hang_up()


async def cookie_of(place: Place, person: Person) -> str:
    """The cookie of a browser in which the person is signed in."""
    services = place.host.host.services
    actor = await services.identity.authenticate(person.token or "")
    async with services.core.db.write() as connection:
        sessions = services.identity._sessions
        assert actor.user is not None
        web = await sessions.open_with_cookie(connection, actor.user, "a test")
    return f"festoon_session={web.cookie}"
