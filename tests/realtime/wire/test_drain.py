"""What waits is written once per client and wake-up, in slices, and fairly among rooms."""

from __future__ import annotations

import asyncio
from typing import Any

from starlette.websockets import WebSocket

from host.realtime.wire.direct import DirectTransport
from host.realtime.wire.drain import RUN, SLICE, Drain
from host.realtime.wire.link import FrameLink, link_of
from tests.realtime.evening import until
from tests.realtime.wire.serving import TEXT, frame, serving


class Waiting:
    def __init__(self, name: str, written: list[str]) -> None:
        self.name = name
        self.written = written

    def gather(self, transports: list[DirectTransport], frames: list[bytes]) -> None:
        self.written.append(self.name)


async def test_a_small_room_does_not_wait_for_a_large_one() -> None:
    drain, written = Drain(), list[str]()
    for _ in range(5000):
        drain.add(Waiting("hall", written), b"to the hall")
    small = b"to the small room"
    for _ in range(10):
        drain.add(Waiting("small", written), small)
    await until(lambda: len(written) == 5010)
    places = [place for place, name in enumerate(written) if name == "small"]
    assert len(places) == 10
    assert places[-1] < SLICE


async def test_writing_to_thousands_leaves_turns_to_everybody_else() -> None:
    drain, written = Drain(), list[str]()
    for _ in range(5000):
        drain.add(Waiting("hall", written), b"to the hall")
    seen: list[int] = []
    while len(written) < 5000:
        await asyncio.sleep(0)
        seen.append(len(written))
    steps = [after - before for before, after in zip([0, *seen], seen, strict=False)]
    assert max(steps) <= SLICE + RUN


async def test_one_who_comes_back_while_the_line_is_written_is_written_again() -> None:
    drain, written = Drain(), list[str]()

    class Again(Waiting):
        def gather(self, transports: list[DirectTransport], frames: list[bytes]) -> None:
            super().gather(transports, frames)
            if len(written) < 3:
                drain.add(self, b"more")

    drain.add(Again("a", written), b"first")
    await until(lambda: len(written) == 3)


def test_the_same_frames_are_joined_once() -> None:
    drain = Drain()
    one, two = b"one", b"two"
    joined = drain.join([one, two])
    assert joined == b"onetwo"
    assert drain.join([one, two]) is joined
    assert drain.join([two, one]) == b"twoone"
    assert drain.frame_text(one) is drain.frame_text(one)


async def test_all_that_was_sent_in_one_wake_up_arrives_in_order_and_in_one_piece() -> None:
    links: list[FrameLink] = []

    class Deaf:
        def message_received(self, message: str | bytes, arrived: float | None = None) -> None:
            for number in range(3):
                links[0].send_text(b"%s %d" % (str(message).encode(), number))

        def writing_resumed(self) -> None: ...

        def connection_closed(self, code: int, reason: str) -> None: ...

    async def endpoint(websocket: WebSocket) -> None:
        await websocket.accept()
        link = link_of(websocket.scope)
        assert link is not None
        links.append(link)
        await websocket.send_text("by ASGI")
        link.send_text(b"by the link")
        await websocket.send_text("by ASGI again")
        link.take_over(Deaf())

    async with serving(endpoint) as server:
        client = await server.open()
        for text in (b"by ASGI", b"by the link", b"by ASGI again"):
            assert await client.read() == (TEXT, text)
        await until(lambda: not server.tasks)
        assert server.connections == 1
        client.raw(frame(TEXT, b"a") + frame(TEXT, b"b"))
        data = await client.reader.read(1000)
        assert data == b"".join(b"\x81\x03%s %d" % (c, n) for c in (b"a", b"b") for n in range(3))
        client.hang_up()


async def test_answers_to_all_that_was_read_are_written_together() -> None:
    links: list[FrameLink] = []
    writes: list[bytes] = []

    class Talkative:
        def message_received(self, message: str | bytes, arrived: float | None = None) -> None:
            for number in range(3):
                assert links[0].offer_text(b"%s %d" % (str(message).encode(), number), 65536)

        def writing_resumed(self) -> None: ...

        def connection_closed(self, code: int, reason: str) -> None: ...

    async def endpoint(websocket: WebSocket) -> None:
        await websocket.accept()
        link = link_of(websocket.scope)
        assert link is not None
        links.append(link)
        transport: Any = link._transport  # type: ignore[attr-defined]
        write = transport.write

        def noting(data: bytes) -> None:
            writes.append(data)
            write(data)

        transport.write = noting
        link.take_over(Talkative())

    def answers(*said: bytes) -> bytes:
        return b"".join(b"\x81\x03" + answer for answer in said)

    async with serving(endpoint) as server:
        client = await server.open()
        await until(lambda: bool(links) and not server.tasks)
        client.raw(frame(TEXT, b"a"))
        await until(lambda: len(writes) == 1)
        client.raw(frame(TEXT, b"b") + frame(TEXT, b"c"))
        await until(lambda: len(writes) == 2)
        assert writes == [
            answers(b"a 0", b"a 1", b"a 2"),
            answers(b"b 0", b"b 1", b"b 2", b"c 0", b"c 1", b"c 2"),
        ]
        assert await client.reader.readexactly(45) == b"".join(writes)
        client.hang_up()
