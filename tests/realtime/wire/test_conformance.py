"""What RFC 6455 asks of a server, byte by byte. The Autobahn suite beside the tests asks more."""

from __future__ import annotations

from collections.abc import AsyncIterator
from struct import pack

import pytest
import pytest_asyncio

from host.realtime.wire.limits import WireLimits
from tests.realtime.evening import until
from tests.realtime.wire.serving import (
    BINARY,
    CLOSE,
    PING,
    PONG,
    TEXT,
    Server,
    echo,
    frame,
    serving,
)

pytestmark = pytest.mark.asyncio(loop_scope="module")

LARGEST = 100_000


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def server() -> AsyncIterator[Server]:
    async with serving(echo, WireLimits(fragments=50), ws_max_size=LARGEST) as running:
        yield running


@pytest.mark.parametrize("size", [0, 1, 125, 126, 127, 65535, 65536, LARGEST])
async def test_messages_of_every_length_come_back(server: Server, size: int) -> None:
    client = await server.open()
    for opcode in (TEXT, BINARY):
        client.send(opcode, b"a" * size)
        assert await client.read() == (opcode, b"a" * size)
    client.hang_up()


async def test_a_message_may_come_byte_by_byte(server: Server) -> None:
    client = await server.open()
    text = "Grüße, 世界 🎉".encode()
    await client.bytewise(frame(TEXT, text) + frame(PING, b"x") + frame(BINARY, b"\0\xff"))
    assert await client.read() == (TEXT, text)
    assert await client.read() == (PONG, b"x")
    assert await client.read() == (BINARY, b"\0\xff")
    client.hang_up()


async def test_messages_that_come_together_come_back_in_order(server: Server) -> None:
    client = await server.open()
    client.raw(b"".join(frame(TEXT, b"%d" % number) for number in range(500)))
    assert [(await client.read())[1] for _ in range(500)] == [b"%d" % n for n in range(500)]
    client.hang_up()


async def test_pings_are_answered_between_the_fragments_of_a_message(server: Server) -> None:
    client = await server.open()
    euro = "€".encode()
    client.send(TEXT, b"a" + euro[:1], fin=False)
    client.send(PING, b"still there?")
    client.send(0, euro[1:2], fin=False)
    client.send(0, b"", fin=False)
    client.send(PONG, b"nobody asked")
    client.send(0, euro[2:] + b"z")
    assert await client.read() == (PONG, b"still there?")
    assert await client.read() == (TEXT, b"a" + euro + b"z")
    client.hang_up()


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (frame(TEXT, b"a", masked=False), 1002),
        (frame(TEXT, b"a", reserved=1), 1002),
        (frame(TEXT, b"a", reserved=4), 1002),
        (frame(PING, b"a", reserved=2), 1002),
        (frame(3), 1002),
        (frame(7), 1002),
        (frame(11), 1002),
        (frame(15), 1002),
        (frame(PING, b"a" * 126), 1002),
        (frame(PING, fin=False), 1002),
        (frame(CLOSE, fin=False), 1002),
        (frame(0, b"a"), 1002),
        (frame(0, b"a", fin=False), 1002),
        (frame(TEXT, b"a", fin=False) + frame(TEXT, b"a"), 1002),
        (frame(TEXT, b"a", fin=False) + frame(BINARY, b"a" * 200), 1002),
        (b"\x82\xff" + b"\xff" * 8, 1002),
        (frame(TEXT, b"\xff"), 1007),
        (frame(TEXT, b"\xed\xa0\x80" + b"a" * 200), 1007),
        (frame(TEXT, b"a" * 300 + b"\xc3"), 1007),
        (frame(TEXT, b"\xc3", fin=False) + frame(0, b"a", fin=False), 1007),
        (frame(TEXT, b"\xc3", fin=False) + frame(0), 1007),
        (frame(TEXT, b"a\xff", size=500), 1007),
        (frame(BINARY, size=LARGEST + 1), 1009),
        (frame(BINARY, size=100 * 2**20), 1009),
        (frame(BINARY, b"a" * LARGEST, fin=False) + frame(0, b"a"), 1009),
        (frame(TEXT, fin=False) + frame(0, fin=False) * 50, 1008),
        (frame(CLOSE, b"\x03"), 1002),
        (frame(CLOSE, pack("!H", 1000) + b"\xff"), 1007),
    ],
)
async def test_a_violation_closes_with_its_code(server: Server, data: bytes, code: int) -> None:
    client = await server.open()
    client.raw(frame(TEXT, b"before") + data + frame(TEXT, b"after"))
    assert await client.read() == (TEXT, b"before")
    assert (await client.closed())[0] == code


@pytest.mark.parametrize("code", [1000, 1001, 1003, 1007, 1011, 1012, 1014, 3000, 4999])
async def test_a_goodbye_is_answered_with_its_own_code(server: Server, code: int) -> None:
    client = await server.open()
    client.send(CLOSE, pack("!H", code) + b"bye")
    assert await client.closed() == (code, "")


@pytest.mark.parametrize("code", [0, 999, 1004, 1005, 1006, 1015, 1016, 2999, 5000, 65535])
async def test_codes_that_must_not_be_sent_are_refused(server: Server, code: int) -> None:
    client = await server.open()
    client.send(CLOSE, pack("!H", code))
    assert (await client.closed())[0] == 1002


async def test_a_goodbye_without_a_code_is_answered_alike(server: Server) -> None:
    client = await server.open()
    client.send(CLOSE)
    client.send(TEXT, b"too late")
    assert await client.closed() == (None, "")


async def test_a_client_that_vanishes_leaves_nothing_behind(server: Server) -> None:
    client = await server.open()
    client.send(TEXT, b"half a mess", fin=False)
    client.vanish()
    await until(lambda: not server.connections and not server.tasks)


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"sec_websocket_key": None}, 400),
        ({"sec_websocket_key": "short"}, 400),
        ({"sec_websocket_key": "dGhlIHNhbXBsZSBub25jZQ==, dGhlIHNhbXBsZSBub25jZQ=="}, 400),
        ({"sec_websocket_version": "8"}, 426),
        ({"sec_websocket_version": None}, 426),
    ],
)
async def test_a_request_that_is_none_is_refused(
    server: Server, changes: dict[str, str | None], status: int
) -> None:
    client = await server.dial()
    client.request(**changes)
    head = await client.answer()
    assert head.startswith(b"HTTP/1.1 %d " % status)
    assert (b"sec-websocket-version: 13" in head) == ("sec_websocket_version" in changes)
    client.hang_up()


async def test_compression_is_not_agreed_to(server: Server) -> None:
    client = await server.dial()
    client.request(sec_websocket_extensions="permessage-deflate; client_max_window_bits")
    head = await client.answer()
    assert head.startswith(b"HTTP/1.1 101 ")
    assert b"s3pPLMBiTxaQ9kYGzzhZRbK+xOo=" in head
    assert b"extensions" not in head.lower()
    client.hang_up()
