"""Sockets that are read and written to many in one go have nothing to do with each other."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Awaitable, Callable, Sequence

from host.realtime.wire.batch import AT_ONCE, send_all
from host.realtime.wire.direct import DirectTransport
from host.realtime.wire.loop import FairLoop
from tests.realtime.evening import until

MUCH = 8 * 2**20


class Heard(asyncio.Protocol):
    """Keeps what it hears; `then` is called with it."""

    def __init__(self, then: Callable[[Heard, bytes], None]) -> None:
        self.then = then
        self.data = bytearray()
        self.is_lost = False
        self.transport: DirectTransport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, DirectTransport)
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        self.data += data
        self.then(self, data)

    def connection_lost(self, exc: Exception | None) -> None:
        self.is_lost = True


Check = Callable[[Sequence[Heard], Sequence[socket.socket]], Awaitable[None]]


def met(number: int, check: Check, then: Callable[[Heard, bytes], None]) -> None:
    """Runs `check` on the connections of so many clients, on the host's loop."""

    async def main() -> None:
        loop = asyncio.get_running_loop()
        loop.set_exception_handler(lambda _, told: None)
        made: list[Heard] = []

        def make() -> Heard:
            made.append(Heard(then))
            return made[-1]

        server = await loop.create_server(make, "127.0.0.1", 0)
        clients = []
        for count in range(1, number + 1):
            client = socket.create_connection(server.sockets[0].getsockname())
            client.setblocking(False)
            clients.append(client)
            await until(lambda: len(made) == count and hasattr(made[-1], "transport"))  # noqa: B023
        await check(made, clients)
        for one in made:
            if not one.is_lost:
                one.transport.abort()
        for client in clients:
            client.close()
        await until(lambda: all(one.is_lost for one in made))
        server.close()
        await server.wait_closed()

    loop = FairLoop()
    try:
        loop.run_until_complete(main())
    finally:
        loop.close()


def nothing(one: Heard, data: bytes) -> None:
    pass


async def all_of(client: socket.socket, size: int) -> bytes:
    loop = asyncio.get_running_loop()
    got = bytearray()
    while len(got) < size:
        got += await loop.sock_recv(client, 2**20)
    return bytes(got)


def test_one_who_reads_nothing_and_one_who_is_gone_keep_nobody_else_from_what_is_sent() -> None:
    async def check(made: Sequence[Heard], clients: Sequence[socket.socket]) -> None:
        made[1].transport.write(b"x" * MUCH)
        # The system has heard that this one is gone, and the loop has not.
        clients[2].setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        clients[2].close()
        made[3].transport.abort()
        frames = [b"%d" % number for number in range(5)]
        send_all([one.transport for one in made], frames)
        assert await all_of(clients[0], 1) == b"0"
        assert await all_of(clients[4], 1) == b"4"
        assert (await all_of(clients[1], MUCH + 1))[-1:] == b"1"
        await until(lambda: made[2].is_lost and made[3].is_lost)
        assert not any(made[number].is_lost for number in (0, 1, 4))

    met(5, check, nothing)


def test_what_a_socket_takes_in_part_comes_whole_and_in_order() -> None:
    async def check(made: Sequence[Heard], clients: Sequence[socket.socket]) -> None:
        large, more = b"a" * MUCH, b"b" * MUCH
        transports = [one.transport for one in made]
        send_all(transports, [large, b"small"])
        send_all(transports, [more, b" too"])
        assert await all_of(clients[1], 9) == b"small too"
        assert await all_of(clients[0], 2 * MUCH) == large + more

    met(2, check, nothing)


def test_of_many_who_speak_at_once_each_is_heard() -> None:
    async def check(made: Sequence[Heard], clients: Sequence[socket.socket]) -> None:
        for number, client in enumerate(clients):
            client.send(b"%d" % number)
        await until(lambda: all(one.data for one in made))
        assert [bytes(one.data) for one in made] == [b"%d" % n for n in range(len(made))]

    met(AT_ONCE + 6, check, nothing)


def test_who_is_closed_by_another_s_message_is_heard_no_more_and_a_failure_is_its_own() -> None:
    everybody: list[Heard] = []

    def close_others(one: Heard, data: bytes) -> None:
        if data == b"fail":
            raise LookupError
        if data == b"close":
            for other in everybody:
                if other is not one:
                    other.transport.close()

    async def check(made: Sequence[Heard], clients: Sequence[socket.socket]) -> None:
        everybody.extend(made[:2])
        clients[2].send(b"fail")
        clients[3].send(b"good")
        clients[0].send(b"close")
        clients[1].send(b"close")
        await until(lambda: made[2].is_lost and bool(made[3].data))
        await until(lambda: made[0].is_lost or made[1].is_lost)
        for _ in range(20):
            await asyncio.sleep(0)
        # Whichever came first closed the other, which said nothing any more.
        assert sorted(bytes(one.data) for one in made[:2]) == [b"", b"close"]
        assert made[3].data == b"good"
        assert not made[3].is_lost

    met(4, check, close_others)
