"""The time that a request's body may take."""

from __future__ import annotations

import asyncio

import orjson

from tests.realtime.evening import until
from tests.realtime.live import Place, served

HEAD = (
    b"POST /api/v1/auth/guest HTTP/1.1\r\nhost: here\r\n"
    b"content-type: application/json\r\ncontent-length: %d\r\n\r\n"
)
BODY = b'{"name": "Nina"}'


class Heard(asyncio.Protocol):
    """All that comes back over a connection, up to its end. asyncio's streams forget what they
    have when the other side closes while something is still sent to it.
    """

    def __init__(self) -> None:
        self.data = b""
        self.is_over = False

    def data_received(self, data: bytes) -> None:
        self.data += data

    def connection_lost(self, exc: Exception | None) -> None:
        self.is_over = True

    @property
    def is_whole(self) -> bool:
        """Whether an answer has come after which the connection stays."""
        head = self.data.partition(b"\r\n\r\n")
        return bool(head[1]) and b"connection: close" not in head[0].lower()


async def say(place: Place, *pieces: bytes, every: float = 0.0) -> bytes:
    """What the host answers until it ends the connection, or to the whole of the body."""
    port = int(place.url.rpartition(":")[2])
    loop = asyncio.get_running_loop()
    transport, heard = await loop.create_connection(Heard, "127.0.0.1", port)
    for piece in pieces:
        transport.write(piece)
        await asyncio.sleep(every)
    await until(lambda: heard.is_over or heard.is_whole)
    transport.close()
    return heard.data


async def test_a_body_that_does_not_come_is_refused_in_words_and_the_connection_closed() -> None:
    async with served(limits="body_seconds=0.3") as place:
        answer = await say(place, HEAD % 1000)
        head, _, body = answer.partition(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 408 ")
        assert b"x-request-id" in head.lower()
        error = orjson.loads(body)["error"]
        assert error["code"] == "REQUEST_TIMEOUT"
        assert "within 0.3 s" in error["message"]


async def test_a_body_that_comes_byte_by_byte_has_no_more_time_than_any_other() -> None:
    async with served(limits="body_seconds=0.3") as place:
        answer = await say(place, HEAD % 1000, *[b" "] * 9, every=0.05)
        assert answer.startswith(b"HTTP/1.1 408 ")


async def test_a_slow_body_that_comes_in_time_is_taken() -> None:
    async with served(limits="body_seconds=30") as place:
        pieces = [BODY[at : at + 4] for at in range(0, len(BODY), 4)]
        answer = await say(place, HEAD % len(BODY), *pieces, every=0.05)
        assert b" 201 " in answer.splitlines()[0] or b" 200 " in answer.splitlines()[0]
