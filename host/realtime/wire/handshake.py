"""The opening handshake (RFC 6455, section 4): what is asked, and the answers."""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from email.utils import formatdate
from http import HTTPStatus

Header = tuple[bytes, bytes]

_MAGIC = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
_BREAKS = re.compile(rb"[\r\n\0]")
_NAME = re.compile(rb"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
_STATUS_LINES = {
    status.value: b"HTTP/1.1 %d %s\r\n" % (status.value, status.phrase.encode())
    for status in HTTPStatus
}


class NotAccepted(Exception):
    """The request is none for a WebSocket; answer with `status`."""

    def __init__(self, status: int, reason: str, headers: Iterable[Header] = ()) -> None:
        super().__init__(reason)
        self.status = status
        self.reason = reason
        self.headers = tuple(headers)


# What browsers send, beyond doubt.
_PLAIN = re.compile(
    rb"GET (/[!-~]*) HTTP/1\.1\r\n((?:[!#$%&'*+\-.^_`|~0-9A-Za-z]+:[\t -~\x80-\xff]*\r\n)+)\r\n"
)
_PLAIN_KEY = re.compile(rb"[A-Za-z0-9+/]{22}==")
_ONCE = (b"host", b"upgrade", b"connection", b"sec-websocket-key", b"sec-websocket-version")
_NOT_PLAIN = frozenset((b"content-length", b"transfer-encoding", b"expect"))


def read_plain(data: bytes) -> Request | None:
    """The request that `data` is, whole, without a body and as it should be; else None.

    None is no verdict: what is otherwise in the least is for `Request.parse`, and for the HTTP
    library before it.
    """
    found = _PLAIN.fullmatch(data)
    if found is None:
        return None
    target, lines = found.groups()
    headers: list[Header] = []
    for line in lines[:-2].split(b"\r\n"):
        name, _, value = line.partition(b":")
        headers.append((name.lower(), value.strip(b" \t")))
    by_name = dict(headers)
    if len(by_name) != len(headers):
        # Some may come twice, and some may not.
        names = [name for name, _ in headers]
        if any(names.count(name) > 1 for name in _ONCE):
            return None
    asked, key = by_name.get(b"connection", b"").lower(), by_name.get(b"sec-websocket-key", b"")
    if (
        b"host" not in by_name
        or by_name.get(b"upgrade", b"").lower() != b"websocket"
        or (asked != b"upgrade" and b"upgrade" not in [part.strip() for part in asked.split(b",")])
        or by_name.get(b"sec-websocket-version") != b"13"
        or not _PLAIN_KEY.fullmatch(key)
        or not _NOT_PLAIN.isdisjoint(by_name)
    ):
        return None
    return Request(target, headers)


@dataclass(slots=True)
class Request:
    """A request to open a socket. Header names are in lower case."""

    target: bytes
    headers: list[Header]

    @classmethod
    def parse(cls, data: bytes) -> Request:
        """Reads what uvicorn's HTTP side hands over: one whole request, written afresh."""
        lines = data.split(b"\r\n\r\n", 1)[0].split(b"\r\n")
        method, target, _ = lines[0].split(b" ")
        headers = []
        for line in lines[1:]:
            name, _, value = line.partition(b":")
            headers.append((name.strip().lower(), value.strip()))
        request = cls(target, headers)
        request._check(method)
        return request

    def values(self, name: bytes) -> list[bytes]:
        """The elements of a header that is a list."""
        found = [value for header, value in self.headers if header == name]
        return [part.strip() for value in found for part in value.split(b",") if part.strip()]

    @property
    def subprotocols(self) -> list[str]:
        """What the client offers to speak, best first."""
        return [name.decode("latin-1") for name in self.values(b"sec-websocket-protocol")]

    @property
    def accept_key(self) -> bytes:
        """What proves to the client that it was understood."""
        (key,) = self.values(b"sec-websocket-key")
        digest = hashlib.sha1(key + _MAGIC, usedforsecurity=False).digest()
        return base64.b64encode(digest)

    def _check(self, method: bytes) -> None:
        if method != b"GET":
            raise NotAccepted(405, "A socket is opened with GET.", [(b"allow", b"GET")])
        if b"websocket" not in [name.lower() for name in self.values(b"upgrade")]:
            raise NotAccepted(426, "This is no WebSocket request.", [(b"upgrade", b"websocket")])
        if b"upgrade" not in [name.lower() for name in self.values(b"connection")]:
            raise NotAccepted(426, "This is no upgrade.", [(b"upgrade", b"websocket")])
        if self.values(b"sec-websocket-version") != [b"13"]:
            version = (b"sec-websocket-version", b"13")
            raise NotAccepted(426, "Version 13 is spoken here.", [version])
        keys = self.values(b"sec-websocket-key")
        try:
            is_good = len(keys) == 1 and len(base64.b64decode(keys[0], validate=True)) == 16
        except binascii.Error:
            is_good = False
        if not is_good:
            raise NotAccepted(400, "One Sec-WebSocket-Key of 16 bytes is needed.")


_SWITCHING = (
    b"HTTP/1.1 101 Switching Protocols\r\n"
    b"upgrade: websocket\r\nconnection: Upgrade\r\nsec-websocket-accept: "
)


def acceptance(request: Request, headers: Iterable[Header], subprotocol: str | None) -> bytes:
    """The answer that opens the socket; raises ValueError for impossible headers."""
    more = list(headers)
    if subprotocol:
        more.insert(0, (b"sec-websocket-protocol", subprotocol.encode("latin-1")))
    lines = [_SWITCHING, request.accept_key, b"\r\n", *_lines(more), b"\r\n"]
    return b"".join(lines)


def refusal(status: int, headers: Iterable[Header], body: bytes) -> bytes:
    """An answer that opens nothing and ends the connection; raises ValueError like `acceptance`."""
    given = list(headers)
    names = {name.lower() for name, _ in given}
    for name, value in (
        (b"date", formatdate(usegmt=True).encode()),
        (b"connection", b"close"),
        (b"content-length", b"%d" % len(body)),
        (b"content-type", b"text/plain; charset=utf-8"),
    ):
        if name not in names:
            given.append((name, value))
    return _head(status, given) + body


def _head(status: int, headers: Iterable[Header]) -> bytes:
    first = _STATUS_LINES.get(status) or b"HTTP/1.1 %d \r\n" % status
    return b"".join([first, *_lines(headers), b"\r\n"])


def _lines(headers: Iterable[Header]) -> list[bytes]:
    lines: list[bytes] = []
    for name, value in headers:
        if not _NAME.fullmatch(name) or _BREAKS.search(value):
            raise ValueError(f"{name!r} is no header that can be sent")
        lines += (name, b": ", value, b"\r\n")
    return lines
