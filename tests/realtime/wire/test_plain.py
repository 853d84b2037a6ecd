"""What is a plain request, beyond doubt, and what is left to the HTTP library."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import h11
import pytest
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route

from host.realtime.wire.limits import WireLimits
from host.realtime.wire.plain import read_plain
from tests.realtime.wire.serving import Raw, Server, echo, serving

PLAIN = (
    b"GET / HTTP/1.1\r\nhost: here\r\n\r\n",
    b"GET /a%20b?c=%2f&d HTTP/1.1\r\nHost: here\r\nAccept: */*\r\nconnection: Keep-Alive\r\n\r\n",
    b"POST /x HTTP/1.1\r\nhost: here\r\ncontent-length: 2\r\n\r\n{}",
    b"DELETE /x HTTP/1.1\r\nhost: here\r\ncontent-length: 0\r\n\r\n",
    b"PATCH /x HTTP/1.1\r\nhost:here\r\nx:  \t a b \t\r\nx: again\r\nempty:\r\n\r\n",
)
NOT_PLAIN = (
    b"GET / HTTP/1.1\r\nhost: here\r\n",
    b"GET / HTTP/1.1\r\n\r\n",
    b"GET / HTTP/1.0\r\nhost: here\r\n\r\n",
    b"GET / HTTP/1.1\r\nhost: here\r\nhost: there\r\n\r\n",
    b"GET / HTTP/1.1\nhost: here\n\n",
    b"GET / HTTP/1.1\r\nhost: here\r\n folded\r\n\r\n",
    b"GET / HTTP/1.1\r\nhost : here\r\n\r\n",
    b"GET http://here/ HTTP/1.1\r\nhost: here\r\n\r\n",
    b"GET /\x80 HTTP/1.1\r\nhost: here\r\n\r\n",
    b"HEAD / HTTP/1.1\r\nhost: here\r\n\r\n",
    b"GET / HTTP/1.1\r\nhost: here\r\nconnection: close\r\n\r\n",
    b"GET / HTTP/1.1\r\nhost: here\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n",
    b"GET / HTTP/1.1\r\nhost: here\r\nx: a\x00b\r\n\r\n",
    b"GET / HTTP/1.1\r\nhost: here\r\nx: a\rb\r\n\r\n",
    b"POST / HTTP/1.1\r\nhost: here\r\ncontent-length: 2\r\n\r\n{",
    b"POST / HTTP/1.1\r\nhost: here\r\ncontent-length: 2\r\n\r\n{}GET / HTTP/1.1\r\n",
    b"POST / HTTP/1.1\r\nhost: here\r\ncontent-length: 2\r\ncontent-length: 2\r\n\r\n{}",
    b"POST / HTTP/1.1\r\nhost: here\r\ncontent-length: +2\r\n\r\n{}",
    b"POST / HTTP/1.1\r\nhost: here\r\ncontent-length: 2\r\ntransfer-encoding: chunked\r\n\r\n{}",
    b"POST / HTTP/1.1\r\nhost: here\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n",
    b"POST / HTTP/1.1\r\nhost: here\r\nexpect: 100-continue\r\ncontent-length: 2\r\n\r\n{}",
    b"GET / HTTP/1.1\r\nhost: here\r\nx: " + b"a" * 9000 + b"\r\n\r\n",
)


@pytest.mark.parametrize("data", PLAIN)
def test_a_plain_request_is_read_as_the_library_reads_it(data: bytes) -> None:
    library = h11.Connection(h11.SERVER)
    library.receive_data(data)
    head = library.next_event()
    assert isinstance(head, h11.Request)
    body = b""
    while isinstance(event := library.next_event(), h11.Data):
        body += event.data
    read = read_plain(data)
    assert read is not None
    target = read.raw_path + (b"?" + read.query if b"?" in head.target else b"")
    assert (read.method.encode(), target, read.body) == (head.method, head.target, body)
    assert read.headers == [(name.lower(), value) for name, value in head.headers]


@pytest.mark.parametrize("data", NOT_PLAIN)
def test_whatever_is_otherwise_in_the_least_is_left_to_the_library(data: bytes) -> None:
    assert read_plain(data) is None


async def _echoed(request: Request) -> Response:
    return PlainTextResponse(f"{request.url.path}?{request.url.query} {await request.body()!r}")


async def _streamed(request: Request) -> Response:
    async def pieces() -> AsyncIterator[bytes]:
        yield b"one "
        yield b"two"

    return StreamingResponse(pieces())


async def _wrong(request: Request) -> Response:
    answer = PlainTextResponse("short")
    answer.headers["content-length"] = "50"
    return answer


async def _split(request: Request) -> Response:
    answer = PlainTextResponse("two")
    answer.raw_headers.append((b"x-name", b"one\r\nset-cookie: two"))
    return answer


ROUTES = [
    Route("/", _echoed, methods=["GET", "POST"]),
    Route("/streamed", _streamed),
    Route("/wrong", _wrong),
    Route("/split", _split),
]


async def _all_of(server: Server, *pieces: bytes) -> bytes:
    """What comes back until the server has nothing more to say."""
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    for piece in pieces:
        writer.write(piece)
        await writer.drain()
    found = await asyncio.wait_for(reader.read(), 30)
    writer.close()
    return found


def _get(path: bytes, more: bytes = b"") -> bytes:
    return b"GET " + path + b" HTTP/1.1\r\nhost: here\r\n" + more + b"\r\n"


CLOSE = b"connection: close\r\n"


async def test_requests_are_answered_in_turn_however_they_come() -> None:
    async with serving(echo, WireLimits(), ROUTES) as server:
        post = b"POST / HTTP/1.1\r\nhost: here\r\ncontent-length: 2\r\n\r\n{}"
        last = _get(b"/?last", CLOSE)
        for pieces in (
            (_get(b"/?first"), post, last),
            (_get(b"/?first") + post + last,),
            (_get(b"/?first")[:9], _get(b"/?first")[9:] + post[:-1], post[-1:] + last),
        ):
            found = await _all_of(server, *pieces)
            assert found.count(b"HTTP/1.1 200 OK\r\n") == 3
            places = [found.index(said) for said in (b"?first b''", b"? b'{}'", b"?last b''")]
            assert places == sorted(places)


async def test_an_answer_without_a_length_comes_in_chunks() -> None:
    async with serving(echo, WireLimits(), ROUTES) as server:
        found = await _all_of(server, _get(b"/streamed"), _get(b"/", CLOSE))
        assert b"4\r\none \r\n3\r\ntwo\r\n0\r\n\r\n" in found
        assert found.count(b"HTTP/1.1 200 OK\r\n") == 2


async def test_an_answer_that_could_be_taken_for_two_is_not_sent() -> None:
    async with serving(echo, WireLimits(), ROUTES) as server:
        assert b"set-cookie" not in await _all_of(server, _get(b"/split"))
        client: Raw = await server.dial()
        client.raw(_get(b"/wrong"))
        await client.ended()
