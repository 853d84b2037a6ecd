"""The host's own loop keeps every promise of asyncio's transports."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable

from host.realtime.wire.direct import DirectTransport
from host.realtime.wire.loop import FairLoop
from tests.realtime.evening import until

MUCH = 8 * 2**20


class Kept(asyncio.Protocol):
    """Keeps what it hears, and how it was told to write."""

    def __init__(self) -> None:
        self.heard = bytearray()
        self.told: list[str] = []
        self.transport: asyncio.Transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        if data == b"fail":
            raise LookupError
        self.heard += data

    def pause_writing(self) -> None:
        self.told.append("pause")

    def resume_writing(self) -> None:
        self.told.append("resume")

    def connection_lost(self, exc: Exception | None) -> None:
        self.told.append("lost")


def served(check: Callable[[Kept, socket.socket], object]) -> None:
    """Runs `check` on one accepted connection and its client, on the host's loop."""

    async def main() -> None:
        made: list[Kept] = []

        def make() -> Kept:
            made.append(Kept())
            return made[-1]

        loop = asyncio.get_running_loop()
        loop.set_exception_handler(lambda _, told: None)
        server = await loop.create_server(make, "127.0.0.1", 0)
        with socket.create_connection(server.sockets[0].getsockname()) as client:
            client.setblocking(False)
            await until(lambda: bool(made and hasattr(made[0], "transport")))
            await check(made[0], client)  # type: ignore[misc]
            made[0].transport.abort()
            await until(lambda: "lost" in made[0].told)
        server.close()
        await server.wait_closed()

    loop = FairLoop()
    try:
        loop.run_until_complete(main())
    finally:
        loop.close()


def test_what_a_server_accepts_is_read_directly_and_tells_whose_it_is() -> None:
    async def check(kept: Kept, client: socket.socket) -> None:
        transport = kept.transport
        if asyncio.get_running_loop().direct is not None:  # type: ignore[attr-defined]
            assert isinstance(transport, DirectTransport)
        assert transport.get_extra_info("peername") == client.getsockname()
        assert transport.get_extra_info("sockname") == client.getpeername()
        assert transport.get_extra_info("socket").fileno() > 0
        assert transport.get_extra_info("sslcontext", "none") == "none"
        client.send(b"a word")
        await until(lambda: kept.heard == b"a word")
        transport.close()
        await until(lambda: "lost" in kept.told)
        assert transport.get_extra_info("peername") == client.getsockname()
        assert transport.get_extra_info("socket") is None

    served(check)


def test_nothing_is_read_while_reading_is_paused_and_all_of_it_afterwards() -> None:
    async def check(kept: Kept, client: socket.socket) -> None:
        client.send(b"one")
        await until(lambda: kept.heard == b"one")
        kept.transport.pause_reading()
        kept.transport.pause_reading()
        client.send(b"two")
        for _ in range(20):
            await asyncio.sleep(0)
        assert kept.heard == b"one"
        kept.transport.resume_reading()
        await until(lambda: kept.heard == b"onetwo")

    served(check)


def test_much_is_written_as_the_other_side_takes_it_while_reading_goes_on() -> None:
    async def check(kept: Kept, client: socket.socket) -> None:
        loop = asyncio.get_running_loop()
        kept.transport.write(b"x" * MUCH)
        assert kept.told == ["pause"]
        client.send(b"still here")
        await until(lambda: kept.heard == b"still here")
        kept.transport.pause_reading()
        got = 0
        while got < MUCH:
            got += len(await loop.sock_recv(client, 2**20))
        await until(lambda: kept.told == ["pause", "resume"])
        kept.transport.resume_reading()
        client.send(b" and here")
        await until(lambda: kept.heard == b"still here and here")
        kept.transport.write(b"the end")
        assert await loop.sock_recv(client, 100) == b"the end"

    served(check)


def test_a_protocol_that_fails_loses_its_own_connection_only() -> None:
    async def check(kept: Kept, client: socket.socket) -> None:
        client.send(b"fail")
        await until(lambda: kept.told == ["lost"])
        assert await asyncio.get_running_loop().sock_recv(client, 100) == b""

    served(check)


def test_one_who_hangs_up_is_noticed_with_writing_under_way() -> None:
    async def check(kept: Kept, client: socket.socket) -> None:
        kept.transport.write(b"x" * MUCH)
        client.close()
        await until(lambda: kept.told == ["pause", "lost"])

    served(check)
