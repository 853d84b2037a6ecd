"""Clients that mean no good: memory stays bounded, and the others notice nothing."""

from __future__ import annotations

import asyncio
import os
import socket
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from random import Random

import pytest
from starlette.websockets import WebSocket
from websockets.asyncio.client import connect

from host.realtime.linked import LinkedConnection
from host.realtime.wire.limits import WireLimits
from host.realtime.wire.link import FrameLink, link_of
from tests.realtime.evening import goes_by, until
from tests.realtime.wire.serving import CLOSE, PING, TEXT, Raw, Server, frame, serving

BOUND = 300_000
PAUSE = 0.25
"""No client may wait longer than this for an answer, in seconds, on a busy machine."""


class Talker:
    """What the hub's connections are built from, with an echo instead of a conversation."""

    def __init__(self, link: FrameLink) -> None:
        self.link = link
        self.connection = LinkedConnection(link, buffer_bytes=BOUND)
        self.ended: tuple[int, str] | None = None

    def message_received(self, message: str | bytes, arrived: float | None = None) -> None:
        self.connection.send_frame(str(message).encode())

    def writing_resumed(self) -> None:
        self.connection.writing_resumed()

    def connection_closed(self, code: int, reason: str) -> None:
        self.ended = (code, reason)
        self.connection.lost()


class Hall:
    """A server, its sockets, and one good client that asks all the time."""

    def __init__(self, server: Server, talkers: list[Talker]) -> None:
        self.server = server
        self.talkers = talkers
        self.longest = 0.0
        """Between a question and its answer, in seconds of this thread's own work: a machine that
        does something else meanwhile makes nobody wait here.
        """


@asynccontextmanager
async def hall(limits: WireLimits | None = None) -> AsyncIterator[Hall]:
    talkers: list[Talker] = []

    async def endpoint(websocket: WebSocket) -> None:
        await websocket.accept()
        link = link_of(websocket.scope)
        assert link is not None
        talker = Talker(link)
        talkers.append(talker)
        link.take_over(talker)

    async with serving(endpoint, limits, ws_max_size=65536) as server:
        place = Hall(server, talkers)
        good = asyncio.create_task(_ask(place))
        await until(lambda: talkers)
        yield place
        good.cancel()
        await asyncio.wait([good])
        assert good.cancelled(), good.exception()


async def _ask(place: Hall) -> None:
    async with connect(place.server.url, compression=None) as client:
        while True:
            asked = time.thread_time()
            await client.send("anybody?")
            assert await client.recv() == "anybody?"
            place.longest = max(place.longest, time.thread_time() - asked)
            await asyncio.sleep(0.005)


def resident() -> int:
    """Bytes of memory that this process holds, both sides of the sockets included."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


@contextmanager
def at_most(megabytes: float) -> Iterator[None]:
    before = resident()
    yield
    grown = (resident() - before) / 2**20
    assert grown < megabytes, f"{grown:.1f} MB more"


async def test_one_who_does_not_read_is_closed_with_4008_and_costs_its_bound() -> None:
    async with hall(WireLimits(close=0.2)) as place:
        client = await place.server.open()
        await until(lambda: len(place.talkers) == 2)
        deaf = place.talkers[1]
        text = b"x" * 1000
        with at_most(20):
            for _ in range(20_000):
                deaf.connection.send_frame(text)
                assert deaf.link.buffered < BOUND + 70_000
                if deaf.connection.closed:
                    break
                await asyncio.sleep(0)
        assert deaf.ended == (4008, "reads too slowly")
        await until(lambda: place.server.connections == 1)
        assert place.longest < PAUSE
        client.vanish()


async def test_one_who_reads_slowly_but_reads_gets_all_and_the_goodbye() -> None:
    async with hall() as place:
        client = await place.server.open()
        await until(lambda: len(place.talkers) == 2)
        slow = place.talkers[1]
        sent = 0
        while not slow.connection.closed:
            slow.connection.send_frame(b"%06d" % sent + b"x" * 3000)
            sent += 1
            await asyncio.sleep(0)
        for number in range(sent - 30):
            _, payload = await client.read()
            assert payload[:6] == b"%06d" % number
        assert (await client.closed())[0] == 4008


async def test_one_who_sends_and_never_reads_is_no_burden() -> None:
    async with hall(WireLimits(close=0.2)) as place:
        client = await place.server.open()
        flood = frame(TEXT, b"x" * 5000) * 50
        with at_most(30), pytest.raises(ConnectionError):
            await _send_for_ever(client, flood)
        assert place.talkers[1].ended == (4008, "reads too slowly")
        assert place.longest < PAUSE


async def _send_for_ever(client: Raw, data: bytes) -> None:
    while True:
        client.raw(data)
        await asyncio.wait_for(client.writer.drain(), 30)


async def test_pings_of_one_who_does_not_read_the_answers_do_not_pile_up() -> None:
    async with hall() as place:
        client = await place.server.open()
        await until(lambda: len(place.talkers) == 2)
        flood = frame(PING, b"x" * 125) * 1000
        with at_most(20):
            for _ in range(100):
                client.raw(flood)
                await client.writer.drain()
        assert place.talkers[1].link.buffered < 200_000
        assert place.longest < PAUSE
        client.vanish()


async def test_a_frame_of_100_mb_is_refused_by_its_head() -> None:
    async with hall() as place:
        client = await place.server.open()
        with at_most(10):
            client.raw(frame(TEXT, b"x" * 1000, size=100 * 2**20))
            assert (await client.closed())[0] == 1009
        assert place.longest < PAUSE


@pytest.mark.parametrize("piece", [b"", b"x"])
async def test_a_bomb_of_tiny_fragments_is_refused(piece: bytes) -> None:
    async with hall() as place:
        client = await place.server.open()
        with at_most(10):
            client.send(TEXT, fin=False)
            client.raw(frame(0, piece, fin=False) * 100_000)
            assert (await client.closed())[0] == 1008
        assert place.longest < PAUSE


async def test_a_flood_of_empty_messages_leaves_the_others_their_turn() -> None:
    async with hall() as place:
        client = await place.server.open()
        flood = frame(TEXT) * 50_000
        reading = asyncio.create_task(_drop(client))
        for _ in range(4):
            client.raw(flood)
            await client.writer.drain()
        client.send(CLOSE)
        await reading
        assert place.talkers[1].ended == (1005, "")
        assert place.longest < PAUSE


async def _drop(client: Raw) -> None:
    while await client.reader.read(2**16):
        pass
    client.hang_up()


@pytest.mark.parametrize(
    "garbage", [Random(7).randbytes(4096), b"GET / HTTP/1.1\r\n\r\n" * 100, b"\0" * 999]
)
async def test_garbage_ends_in_a_close_frame(garbage: bytes) -> None:
    async with hall() as place:
        clients = [await place.server.open() for _ in range(20)]
        for client in clients:
            client.raw(garbage)
        assert {(await client.closed())[0] for client in clients} <= {1002, 1007, 1009}
        await until(lambda: place.server.connections == 1)
        assert place.longest < PAUSE


@pytest.mark.asyncio(loop_factories=["own loop"])
async def test_half_open_handshakes_are_let_go_and_the_others_are_served() -> None:
    async with hall(WireLimits(handshake=60.0)) as place:
        before = resident()
        halves = []
        for number in range(300):
            half = socket.create_connection(("127.0.0.1", place.server.port))
            half.setblocking(False)
            half.send(b"GET / HTTP/1.1\r\nHost: here\r\nUpgr"[: number % 40])
            halves.append(half)
            await asyncio.sleep(0)
        await until(lambda: place.server.connections == 301)
        assert (resident() - before) / 300 < 30_000
        goes_by(60.0)
        await until(lambda: place.server.connections == 1)
        assert place.longest < PAUSE
        for half in halves:
            half.close()


async def test_many_who_do_not_read_share_what_one_alone_may_leave_waiting() -> None:
    async with hall(WireLimits(close=0.2, unread=400_000)) as place:
        clients = [await place.server.open() for _ in range(4)]
        await until(lambda: len(place.talkers) == 5)
        deaf = place.talkers[1:]
        text = b"x" * 1000
        for _ in range(20_000):
            for talker in deaf:
                talker.connection.send_frame(text)
                # A quarter for each of four, and what goes in one piece.
                assert talker.link.buffered < 100_000 + 140_000
            if all(talker.connection.closed for talker in deaf):
                break
            await asyncio.sleep(0)
        assert {talker.ended for talker in deaf} == {(4008, "reads too slowly")}
        await until(lambda: place.server.connections == 1)
        for client in clients:
            client.vanish()
        again = await place.server.open()
        await until(lambda: len(place.talkers) == 6)
        alone = place.talkers[5]
        most = 0
        while not alone.connection.closed:
            alone.connection.send_frame(text)
            most = max(most, alone.link.buffered)
            await asyncio.sleep(0)
        assert most > BOUND
        again.vanish()


async def test_one_in_the_middle_of_100_mb_is_not_heard_to_the_end() -> None:
    async with hall(WireLimits(linger=30, dropped=100_000)) as place:
        client = await place.server.open()
        client.raw(frame(TEXT, b"", size=100 * 2**20))
        with pytest.raises(ConnectionError):
            await _send_for_ever(client, b"x" * 50_000)
        await until(lambda: place.server.connections == 1)
        client.vanish()
