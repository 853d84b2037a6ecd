"""Plain requests, which need no HTTP library: read in one look, answered in one write.

Plain is what nearly every client sends: HTTP/1.1, one whole request in one piece, a body of a
stated length or none. Whatever is otherwise, in the least, is for the library to read and to
refuse.
"""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import Callable
from http import HTTPStatus
from typing import Any, NamedTuple
from urllib.parse import unquote

from uvicorn.protocols.http.flow_control import FlowControl

log = logging.getLogger("uvicorn.error")

LARGEST_HEAD = 8_192
_HEAD = re.compile(
    rb"(GET|POST|PUT|PATCH|DELETE) (/[!-~]*) HTTP/1\.1\r\n"
    rb"((?:[!#$%&'*+\-.^_`|~0-9A-Za-z]+:[\t -~\x80-\xff]*\r\n)+)"
)
_UNSENDABLE = re.compile(rb"[\x00-\x08\x0a-\x1f\x7f]")
# They say something about the connection, or about where the request ends.
_NOT_PLAIN = frozenset(
    (b"connection", b"transfer-encoding", b"expect", b"upgrade", b"te", b"trailer")
)
_STATUS = {
    status.value: b"HTTP/1.1 %d %s\r\n" % (status.value, status.phrase.encode())
    for status in HTTPStatus
}
_WITHOUT_BODY = frozenset((204, 304))

Headers = list[tuple[bytes, bytes]]


class PlainRequest(NamedTuple):
    """The parts of a request. Names of headers are in lower case."""

    method: str
    raw_path: bytes
    query: bytes
    headers: Headers
    body: bytes


def read_plain(data: bytes) -> PlainRequest | None:
    """The request that `data` is, wholly and beyond doubt; else None."""
    end = data.find(b"\r\n\r\n", 0, LARGEST_HEAD)
    if end < 0:
        return None
    found = _HEAD.fullmatch(data, 0, end + 2)
    if found is None:
        return None
    method, target, lines = found.groups()
    headers: Headers = []
    hosts, length = 0, None
    for line in lines[:-2].split(b"\r\n"):
        name, _, value = line.partition(b":")
        name, value = name.lower(), value.strip(b" \t")
        if name in _NOT_PLAIN and (name != b"connection" or value.lower() != b"keep-alive"):
            return None
        if name == b"host":
            hosts += 1
        elif name == b"content-length":
            if length is not None or not value.isdigit() or len(value) > 9:
                return None
            length = int(value)
        headers.append((name, value))
    body = data[end + 4 :]
    if hosts != 1 or len(body) != (length or 0) or b"#" in target:
        return None
    path, _, query = target.partition(b"?")
    return PlainRequest(method.decode(), path, query, headers, body)


def scope_of(
    request: PlainRequest, root_path: str, base: dict[str, Any], state: dict[str, Any]
) -> dict[str, Any]:
    """The ASGI scope of a request; `base` is what all of the connection have."""
    raw_path = request.raw_path
    path = raw_path.decode()
    return {
        **base,
        "http_version": "1.1",
        "method": request.method,
        "root_path": root_path,
        "path": root_path + (unquote(path) if "%" in path else path),
        "raw_path": root_path.encode() + raw_path,
        "query_string": request.query,
        "headers": request.headers,
        "state": state.copy(),
    }


class PlainCycle:
    """A plain request and its answer, as uvicorn's own cycles are to their protocol."""

    def __init__(
        self,
        scope: dict[str, Any],
        body: bytes,
        transport: asyncio.Transport,
        flow: FlowControl,
        default_headers: Headers,
        on_response: Callable[[], None],
    ) -> None:
        """`on_response` is called when the answer is complete."""
        self.scope = scope
        self.body = bytearray()
        self.message_event = asyncio.Event()
        self.disconnected = False
        self.keep_alive = True
        self.response_complete = False
        self._request: bytes | None = body
        self._transport = transport
        self._flow = flow
        self._default_headers = default_headers
        self._on_response = on_response
        self._head: bytes | None = None
        self._begun = False
        self._chunked = False
        self._left = 0

    async def run_asgi(self, app: Any) -> None:
        """Has the application answer; what it leaves undone ends the connection."""
        try:
            await app(self.scope, self.receive, self.send)
        except BaseException as error:
            log.error("Exception in ASGI application\n", exc_info=error)
        if not self.response_complete and not self.disconnected:
            if not self._begun:
                self._transport.write(
                    _STATUS[500] + b"content-length: 0\r\nconnection: close\r\n\r\n"
                )
            self._transport.close()

    async def receive(self) -> dict[str, Any]:
        """ASGI: the body, and then, when it comes to that, that the client has gone."""
        if self._request is not None:
            body, self._request = self._request, None
            return {"type": "http.request", "body": body, "more_body": False}
        if not self.disconnected and not self.response_complete:
            await self.message_event.wait()
        return {"type": "http.disconnect"}

    async def send(self, message: Any) -> None:
        """ASGI: the head waits for the first of the body, and both go together."""
        if self._flow.write_paused and not self.disconnected:
            await self._flow.drain()
        if self.disconnected:
            return
        kind = message["type"]
        if kind == "http.response.start" and not self._begun and self._head is None:
            self._head = self._made(message["status"], list(message.get("headers", ())))
        elif (
            kind == "http.response.body"
            and not self.response_complete
            and (self._begun or self._head is not None)
        ):
            self._write(message.get("body", b""), message.get("more_body", False))
        else:
            raise RuntimeError(f"The ASGI message {kind!r} has no place here.")

    def _made(self, status: int, given: Headers) -> bytes:
        lines = [_STATUS.get(status) or b"HTTP/1.1 %d \r\n" % status]
        length = None
        closes = chunked = False
        for name, value in (*self._default_headers, *given):
            if _UNSENDABLE.search(name) or _UNSENDABLE.search(value):
                raise RuntimeError("A header of the answer holds what no header may.")
            name = name.lower()
            if name == b"content-length":
                length = int(value)
            elif name == b"transfer-encoding":
                chunked = value.lower() == b"chunked"
            elif name == b"connection":
                closes = b"close" in value.lower()
            lines += (name, b": ", value, b"\r\n")
        if closes:
            self.keep_alive = False
        elif not self.keep_alive:
            lines.append(b"connection: close\r\n")
        if length is None and status not in _WITHOUT_BODY:
            if not chunked:
                lines.append(b"transfer-encoding: chunked\r\n")
            self._chunked = True
        self._left = length or 0
        if status in _WITHOUT_BODY:
            self._left = 0
        lines.append(b"\r\n")
        return b"".join(lines)

    def _write(self, body: bytes, more: bool) -> None:
        pieces = []
        if self._head is not None:
            pieces.append(self._head)
            self._head, self._begun = None, True
        if self._chunked:
            if body:
                pieces += (b"%x\r\n" % len(body), body, b"\r\n")
            if not more:
                pieces.append(b"0\r\n\r\n")
        else:
            self._left -= len(body)
            if self._left < 0 or (self._left and not more):
                # The client cannot tell where this ends and another answer begins.
                self.keep_alive = False
                self._transport.abort()
                raise RuntimeError("The answer is not as long as its Content-Length says.")
            pieces.append(body)
        self._transport.write(b"".join(pieces) if len(pieces) > 1 else pieces[0])
        if not more:
            self.response_complete = True
            self.message_event.set()
            if not self.keep_alive:
                self._transport.close()
            self._on_response()
