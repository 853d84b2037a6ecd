"""Connections that speak HTTP: bounded in number, in time, and in what they leave unread."""

from __future__ import annotations

import asyncio
import json
import re
from itertools import count

import pytest
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from host.realtime.wire.limits import WireLimits
from tests.realtime.evening import goes_by, until
from tests.realtime.wire.serving import Raw, Server, echo, serving

GET = b"GET / HTTP/1.1\r\nhost: here\r\n\r\n"


async def answer(request: Request) -> PlainTextResponse:
    """As long as the client likes, and with no interest in what it sends."""
    return PlainTextResponse("x" * int(request.query_params.get("bytes", "2")))


ROUTES = [Route("/", answer, methods=["GET", "POST"])]


async def get(server: Server) -> bytes:
    client = await server.dial()
    client.raw(GET)
    head = await client.answer()
    client.hang_up()
    return head


async def test_the_oldest_who_says_nothing_makes_way_for_one_more() -> None:
    async with serving(echo, WireLimits(half_open=3), ROUTES) as server:
        silent = [await server.dial() for _ in range(3)]
        await until(lambda: server.connections == 3)
        assert b" 200 " in await get(server)
        await silent[0].ended()
        for client in silent[1:]:
            client.raw(GET)
            assert b" 200 " in await client.answer()
            client.hang_up()


async def test_whoever_means_it_gets_in_however_many_do_not() -> None:
    async with serving(echo, WireLimits(half_open=20), ROUTES) as server:
        flood = asyncio.create_task(_flood(server))
        for _ in range(20):
            client = await server.open()
            client.vanish()
            assert b" 200 " in await get(server)
            assert server.connections < 40
        flood.cancel()
        await asyncio.wait([flood])


async def _flood(server: Server) -> None:
    kept = []
    try:
        for number in count():
            kept.append(await server.dial())
            if number % 10 == 0:
                await asyncio.sleep(0.001)
    finally:
        for client in kept:
            client.vanish()


@pytest.mark.parametrize("upgrade", [True, False])
async def test_a_full_process_says_so_and_when_to_come_back(upgrade: bool) -> None:
    async with serving(echo, WireLimits(connections=2), ROUTES) as server:
        first, second = await server.open(), await server.open()
        late = await server.dial()
        if upgrade:
            late.request()
        else:
            late.raw(GET)
        head = await late.answer()
        assert head.startswith(b"HTTP/1.1 503 ")
        assert b"retry-after: 5\r\n" in head.lower()
        assert b"Try again" in await late.reader.read()
        late.hang_up()
        first.vanish()
        await until(lambda: server.connections == 1)
        assert b" 200 " in await get(server)
        second.vanish()


@pytest.mark.asyncio(loop_factories=["own loop"])
async def test_a_body_that_nobody_waits_for_does_not_hold_the_connection() -> None:
    async with serving(echo, WireLimits(), ROUTES, timeout_keep_alive=600) as server:
        client = await server.dial()
        client.raw(b"POST / HTTP/1.1\r\nhost: here\r\ncontent-length: 1000\r\n\r\n")
        assert b" 200 " in await client.answer()
        sending = asyncio.create_task(_dribble(client))
        goes_by(WireLimits.body + WireLimits.grace)
        await until(lambda: server.connections == 0)
        sending.cancel()
        await asyncio.wait([sending])
        client.vanish()


async def _dribble(client: Raw) -> None:
    while True:
        client.raw(b"x")
        await asyncio.sleep(0.05)


@pytest.mark.asyncio(loop_factories=["own loop"])
async def test_a_body_that_comes_in_time_leaves_the_connection_open() -> None:
    async with serving(echo, WireLimits(), ROUTES, timeout_keep_alive=600) as server:
        client = await server.dial()
        client.raw(b"POST / HTTP/1.1\r\nhost: here\r\ncontent-length: 2\r\n\r\nx")
        client.raw(b"x" + GET)
        for _ in range(2):
            assert b" 200 " in await client.answer()
            assert await client.reader.readexactly(2) == b"xx"
        goes_by(2 * (WireLimits.body + WireLimits.grace))
        await asyncio.sleep(0.01)
        client.raw(GET)
        assert b" 200 " in await client.answer()
        client.hang_up()


@pytest.mark.asyncio(loop_factories=["own loop"])
async def test_an_answer_that_is_not_read_is_dropped_and_one_read_slowly_is_not() -> None:
    size = 20_000_000
    async with serving(echo, WireLimits(), ROUTES, timeout_keep_alive=600) as server:
        deaf, slow = await server.dial(), await server.dial()
        for client in (deaf, slow):
            client.raw(b"GET /?bytes=%d HTTP/1.1\r\nhost: here\r\n\r\n" % size)
            await client.answer()
        read = 0
        while read < size:
            some = await slow.reader.read(200_000)
            assert some, "it reads, if slowly"
            read += len(some)
            goes_by(WireLimits.stall / 100)
            await asyncio.sleep(0)
        goes_by(WireLimits.stall)
        await until(lambda: server.connections == 1)
        slow.raw(GET)
        assert b" 200 " in await slow.answer()
        deaf.vanish()
        slow.hang_up()


@pytest.mark.parametrize(
    "sent", [b"this is no request\r\n\r\n", b"GET /?q=" + b"x" * 20_000 + b" HTTP/1.1\r\n\r\n"]
)
async def test_what_is_no_request_is_refused_in_the_contracts_words(sent: bytes) -> None:
    """a client may always parse a JSON body"""
    async with serving(echo, None, ROUTES) as server:
        client = await server.dial()
        client.raw(sent)
        head = await client.answer()
        assert head.startswith(b"HTTP/1.1 400 ")
        assert b"x-request-id" in head.lower()
        body = json.loads(await client.reader.readexactly(length_of(head)))
        assert body["error"]["code"] == "MALFORMED_REQUEST"
        client.hang_up()


def length_of(head: bytes) -> int:
    found = re.search(rb"content-length: (\d+)", head, re.IGNORECASE)
    assert found is not None
    return int(found[1])
