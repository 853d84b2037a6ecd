"""From one process to all: on memory, on a real Redis and on a real PostgreSQL."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest

from host.errors import ConfigurationError, Unavailable
from host.realtime.channels import Channels
from host.realtime.over_postgres import PostgresTransport
from host.realtime.over_redis import RedisTransport
from host.realtime.transport import TransportLost
from tests.realtime.evening import until
from tests.servers.postgresql import PostgreSQL
from tests.servers.process import Server
from tests.servers.redis import Redis

SHARED = ["redis", "postgresql"]
TRIES = 5


@pytest.fixture
def server(request: pytest.FixtureRequest) -> Server:
    found: Server = request.getfixturevalue(request.param)
    return found


def address(server: Server) -> str:
    if isinstance(server, Redis):
        return server.url
    assert isinstance(server, PostgreSQL)
    return server.url("postgres").replace("postgresql+asyncpg", "postgres")


@asynccontextmanager
async def channels(url: str, **options: Any) -> AsyncIterator[Channels]:
    opened = Channels(url, **options)
    await opened.start()
    try:
        yield opened
    finally:
        await opened.stop()


class Heard:
    """What one listener received, and how often it was asked to look for what it missed."""

    def __init__(self) -> None:
        self.payloads: list[bytes] = []
        self.resyncs = 0
        self.gate: asyncio.Event | None = None

    async def receive(self, payload: bytes) -> None:
        if self.gate is not None:
            await self.gate.wait()
        self.payloads.append(payload)

    async def resync(self) -> None:
        self.resyncs += 1


def test_an_unknown_scheme_stops_the_start() -> None:
    with pytest.raises(ConfigurationError, match="carrier-pigeon"):
        Channels("carrier-pigeon://loft")


async def test_what_is_published_is_heard_in_order() -> None:
    async with channels("memory://") as both:
        heard = Heard()
        await both.listen("room:1", heard.receive, heard.resync)
        for n in range(100):
            await both.publish("room:1", b"%d" % n)
            await both.publish("room:2", b"elsewhere")
        await until(lambda: len(heard.payloads) == 100)
        assert heard.payloads == [b"%d" % n for n in range(100)]
        assert heard.resyncs == 0


async def test_a_queue_that_runs_over_is_told_of_and_kept_small() -> None:
    async with channels("memory://", queue_size=10) as both:
        heard = Heard()
        heard.gate = asyncio.Event()
        await both.listen("room:1", heard.receive, heard.resync)
        for n in range(500):
            await both.publish("room:1", b"%d" % n)
            await asyncio.sleep(0)
        heard.gate.set()
        await until(lambda: heard.payloads and heard.payloads[-1] == b"499")
        assert heard.resyncs == 1
        assert len(heard.payloads) < 20


async def test_a_listener_that_fails_once_hears_the_next_message() -> None:
    async with channels("memory://") as both:
        heard: list[bytes] = []

        async def receive(payload: bytes) -> None:
            if payload == b"bad":
                raise ValueError(payload)
            heard.append(payload)

        await both.listen("room:1", receive, Heard().resync)
        await both.publish("room:1", b"bad")
        await both.publish("room:1", b"good")
        await until(lambda: heard == [b"good"])


async def test_a_closed_listener_hears_nothing_and_its_channel_can_be_heard_again() -> None:
    async with channels("memory://") as both:
        for _ in range(3):
            heard = Heard()
            listener = await both.listen("room:1", heard.receive, heard.resync)
            with pytest.raises(ValueError, match="already"):
                await both.listen("room:1", heard.receive, heard.resync)
            await both.publish("room:1", b"x")
            await until(lambda heard=heard: heard.payloads == [b"x"])
            await listener.close()


@pytest.mark.parametrize("server", SHARED, indirect=True)
async def test_processes_that_share_a_server_hear_each_other(server: Server) -> None:
    async with channels(address(server)) as one, channels(address(server)) as other:
        heard = [Heard() for _ in range(20)]
        # All at once: broadcaster by itself would lose all but one.
        await asyncio.gather(
            *(other.listen(f"room:{n}", h.receive, h.resync) for n, h in enumerate(heard))
        )
        for n in range(20):
            await one.publish(f"room:{n}", f'{{"grüß":{n}}}'.encode())
        await until(lambda: all(len(h.payloads) == 1 for h in heard))
        assert heard[7].payloads == ['{"grüß":7}'.encode()]
        assert not any(h.resyncs for h in heard)


@pytest.mark.parametrize("server", SHARED, indirect=True)
async def test_a_server_that_is_killed_and_comes_back_is_heard_again(server: Server) -> None:
    async with channels(address(server)) as one, channels(address(server)) as other:
        first, second = Heard(), Heard()
        await other.listen("room:1", first.receive, first.resync)
        await other.listen("room:2", second.receive, second.resync)
        await one.publish("room:1", b"before")
        await until(lambda: first.payloads == [b"before"])
        server.kill()
        await until(lambda: not one.healthy and not other.healthy)
        with pytest.raises(Unavailable):
            await one.publish("room:1", b"meanwhile")
        late = Heard()
        await other.listen("room:3", late.receive, late.resync)
        await asyncio.to_thread(server.start)
        await until(lambda: one.healthy and other.healthy, 30)
        await until(lambda: first.resyncs and second.resyncs and late.resyncs)
        for channel in ("room:1", "room:2", "room:3"):
            await one.publish(channel, b"after")
        await until(lambda: all(h.payloads[-1:] == [b"after"] for h in (first, second, late)))
        assert b"meanwhile" not in first.payloads


@pytest.mark.parametrize("server", SHARED, indirect=True)
async def test_a_host_starts_also_while_the_server_is_away(server: Server) -> None:
    server.kill()
    async with channels(address(server)) as opened:
        assert not opened.healthy
        heard = Heard()
        await opened.listen("room:1", heard.receive, heard.resync)
        await asyncio.to_thread(server.start)
        await until(lambda: heard.resyncs, 30)
        await opened.publish("room:1", b"at last")
        await until(lambda: heard.payloads == [b"at last"])


class HalfOpen:
    """A transport that never comes to the end of connecting."""

    largest = None

    def __init__(self) -> None:
        self.connecting = asyncio.Event()
        self.disconnected = False

    async def connect(self) -> None:
        self.connecting.set()
        await asyncio.Event().wait()

    async def disconnect(self) -> None:
        self.disconnected = True


async def test_a_host_that_stops_while_it_connects_leaves_nothing_open(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    half = HalfOpen()
    monkeypatch.setattr("host.realtime.channels.transport_for", {"redis://nowhere": half}.get)
    opened = Channels("redis://nowhere")
    starting = asyncio.create_task(opened.start())
    await half.connecting.wait()
    await opened.stop()
    assert half.disconnected
    starting.cancel()
    await asyncio.wait([starting])


async def test_what_is_too_large_for_postgresql_goes_as_a_pointer(postgresql: PostgreSQL) -> None:
    async with channels(address(postgresql)) as both:
        heard = Heard()
        await both.listen("room:1", heard.receive, heard.resync)
        await both.publish("room:1", b"x" * 20_000, pointer=b"look")
        await both.publish("room:1", b"y" * 7999)
        await until(lambda: heard.payloads == [b"look", b"y" * 7999])
        with pytest.raises(Unavailable):
            await both.publish("room:1", b"x" * 20_000)


@pytest.mark.parametrize("kind", SHARED)
async def test_a_server_that_falls_silent_is_noticed(
    kind: str, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    server: Server = request.getfixturevalue(kind)
    make: Callable[..., Any] = RedisTransport if kind == "redis" else PostgresTransport
    async with _deaf_relay(server.port) as relay:
        url = address(server).replace(f":{server.port}", f":{relay.port}")
        # More than once: where the machine stands still, a server is as good as silent.
        for _ in range(TRIES):
            transport = make(url, silence=0.2)
            await transport.connect()
            said, receiving = relay.said, asyncio.create_task(transport.receive())
            await until(lambda: relay.said > said + 3 or receiving.done())  # noqa: B023
            if not receiving.done():
                break
            receiving.exception()
            await transport.disconnect()
        assert not receiving.done(), "a server that answers is not lost"
        try:
            # Else a question that is under way is waited for as long as in earnest.
            monkeypatch.setattr("host.realtime.over_postgres.PATIENCE", 0.5)
            relay.deaf = True
            await asyncio.wait([receiving], timeout=30)
            assert receiving.done()
            assert isinstance(receiving.exception(), TransportLost | OSError | TimeoutError)
        finally:
            await transport.disconnect()


class Relay:
    """What stands between a test and a server; `said` is how often the server said something."""

    def __init__(self) -> None:
        self.port = 0
        self.said = 0
        self.deaf = False


@asynccontextmanager
async def _deaf_relay(port: int) -> AsyncIterator[Relay]:
    """A relay that stops passing anything on, without closing: a cable that was pulled."""
    relay = Relay()
    tasks: set[asyncio.Task[None]] = set()

    async def pass_on(
        reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, back: bool
    ) -> None:
        try:
            while data := await reader.read(65536):
                relay.said += back
                if not relay.deaf:
                    writer.write(data)
        finally:
            writer.transport.abort()

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if relay.deaf:
            writer.transport.abort()
            return
        theirs, ours = await asyncio.open_connection("127.0.0.1", port)
        tasks.add(asyncio.create_task(pass_on(reader, ours, back=False)))
        tasks.add(asyncio.create_task(pass_on(theirs, writer, back=True)))

    listening = await asyncio.start_server(connected, "127.0.0.1", 0)
    relay.port = listening.sockets[0].getsockname()[1]
    try:
        yield relay
    finally:
        listening.close()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await listening.wait_closed()
