"""A socket's way is measured by the server's own pings, and by nothing that a client makes up."""

from __future__ import annotations

import os
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from starlette.websockets import WebSocket

from host.realtime.linked import MeasuredConnection
from host.realtime.wire.link import link_of
from host.realtime.wire.measuring import MOST_OPEN, SAMPLES, WINDOW_SECONDS, Measured
from host.realtime.wire.written import KEPT, Written
from tests.realtime.evening import until
from tests.realtime.wire.serving import PING, PONG, TEXT, Raw, frame, serving


class Wall:
    """A socket to which pings are written."""

    def __init__(self) -> None:
        self.payloads: list[bytes] = []

    def write(self, frame: bytes) -> None:
        assert frame[0] == 0x80 | PING
        self.payloads.append(frame[2:])


@pytest.fixture
def wall() -> Wall:
    return Wall()


@pytest.fixture
def measured(wall: Wall) -> Measured:
    return Measured(wall)


def asked(measured: Measured, wall: Wall, now: float) -> bytes:
    measured.ping(now)
    return wall.payloads[-1]


def test_the_figures_are_those_of_the_kept_samples(measured: Measured, wall: Wall) -> None:
    assert measured.path(0.0) is None
    for number, taken in enumerate((0.3, 0.1, 0.2)):
        at = number * 2.0
        measured.answered(asked(measured, wall, at), at + taken)
    path = measured.path(5.0)
    assert path is not None
    assert path.least == pytest.approx(0.1)
    assert path.latest == pytest.approx(0.2)
    assert path.spread == pytest.approx(0.1)
    assert path.age == pytest.approx(0.8)
    assert path.samples == 3


def test_only_the_newest_samples_of_the_last_minute_count(measured: Measured, wall: Wall) -> None:
    measured.answered(asked(measured, wall, 0.0), 0.01)
    for number in range(SAMPLES):
        at = 2.0 + number
        measured.answered(asked(measured, wall, at), at + 0.5)
    path = measured.path(20.0)
    assert path is not None
    assert (path.samples, path.least) == (SAMPLES, pytest.approx(0.5))
    assert measured.path(20.0 + WINDOW_SECONDS) is None


def test_who_does_not_answer_is_not_asked_for_ever(measured: Measured, wall: Wall) -> None:
    for number in range(MOST_OPEN + 3):
        measured.ping(float(number))
    assert len(wall.payloads) == MOST_OPEN
    assert len(set(wall.payloads)) == MOST_OPEN
    # Who was away may answer only the newest, and is asked again.
    measured.answered(wall.payloads[-1], 10.0)
    measured.answered(wall.payloads[0], 10.0)
    path = measured.path(10.0)
    assert path is not None
    assert path.samples == 1
    asked(measured, wall, 11.0)
    assert len(wall.payloads) == MOST_OPEN + 1


def test_of_what_was_written_the_newest_is_remembered() -> None:
    written = Written()
    for seq in range(KEPT + 2):
        written.note(seq, seq / 10)
    assert [written.heard(seq) for seq in (0, 1, 2, KEPT + 1)] == [
        None,
        None,
        0.2,
        pytest.approx((KEPT + 1) / 10),
    ]


class Clockmaker:
    """Takes a socket over, and keeps when its messages arrived."""

    def __init__(self, websocket: WebSocket) -> None:
        link = link_of(websocket.scope)
        assert link is not None
        self.link = link
        self.connection = MeasuredConnection(link)
        self.arrived: list[float] = []

    def message_received(self, message: str | bytes, arrived: float | None = None) -> None:
        self.arrived.append(self.connection.arrived if arrived is None else arrived)

    def writing_resumed(self) -> None: ...

    def connection_closed(self, code: int, reason: str) -> None: ...

    @property
    def samples(self) -> int:
        path = self.connection.path
        return path.samples if path else 0


@asynccontextmanager
async def a_measured_client() -> AsyncIterator[tuple[Raw, Clockmaker]]:
    made: list[Clockmaker] = []

    async def endpoint(websocket: WebSocket) -> None:
        await websocket.accept()
        made.append(Clockmaker(websocket))
        made[0].link.take_over(made[0])

    async with serving(endpoint) as server:
        client = await server.open()
        await until(lambda: bool(made))
        yield client, made[0]
        client.hang_up()


async def test_the_first_ping_comes_at_once_and_only_its_own_pong_counts_and_once() -> None:
    async with a_measured_client() as (client, maker):
        opcode, payload = await client.read()
        assert (opcode, len(payload)) == (PING, 16)
        made_up = payload[:8] + os.urandom(8)
        client.send(PONG, made_up)
        client.send(TEXT, b"after the false one")
        await until(lambda: len(maker.arrived) == 1)
        assert maker.samples == 0
        client.send(PONG, payload)
        client.send(PONG, payload)
        client.send(TEXT, b"after the true one")
        await until(lambda: len(maker.arrived) == 2)
        assert maker.samples == 1
        # The next comes by itself, and what was seen before is no answer to it.
        opcode, second = await client.read()
        assert opcode == PING
        client.send(PONG, payload)
        client.send(TEXT, b"replayed")
        await until(lambda: len(maker.arrived) == 3)
        assert maker.samples == 1
        client.send(PONG, second)
        await until(lambda: maker.samples == 2)


async def test_a_message_has_the_moment_when_it_was_read_however_long_it_waits() -> None:
    async with a_measured_client() as (client, maker):
        client.raw(frame(TEXT, b"one") + frame(TEXT, b"two"))
        await until(lambda: len(maker.arrived) == 2)
        assert maker.arrived[0] == maker.arrived[1]
        maker.link.pause_reading()
        client.raw(frame(TEXT, b"three"))
        before = time.monotonic()
        maker.link.resume_reading()
        await until(lambda: len(maker.arrived) == 3)
        assert before <= maker.arrived[2] <= time.monotonic()


DURABLE = b'{"event":"quiz:phase","roomId":"r","seq":7,"prev":6,"data":{},"at":"now"}'


async def test_what_is_written_is_noted_when_it_is_and_not_when_it_was_sent() -> None:
    async with a_measured_client() as (client, maker):
        await client.read()
        connection = maker.connection
        connection.send_frame(b'{"event":"quiz:count","roomId":"r","data":{"seq":8},"at":"now"}')
        connection.send_frame(DURABLE)
        assert connection.heard(7) is None
        sent = time.monotonic()
        frames = [await client.read(), await client.read()]
        assert frames[1] == (TEXT, DURABLE)
        heard = connection.heard(7)
        assert heard is not None
        assert sent <= heard <= time.monotonic()
        assert connection.heard(8) is None
        # Whatever else makes the socket write, the moment is the true one.
        connection.send_frame(DURABLE.replace(b":7", b":9"))
        before = time.monotonic()
        connection._link.flush()
        noted = connection.heard(9)
        assert noted is not None
        assert before <= noted <= time.monotonic()
