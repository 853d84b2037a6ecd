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


class NotAccepted(Exception):
    """The request is none for a WebSocket; answer with `status`."""

    def __init__(self, status: int, reason: str, headers: Iterable[Header] = ()) -> None:
        super().__init__(reason)
        self.status = status
        self.reason = reason
        self.headers = tuple(headers)


@dataclass(frozen=True, slots=True)
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
        found = (value for header, value in self.headers if header == name)
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


def acceptance(request: Request, headers: Iterable[Header], subprotocol: str | None) -> bytes:
    """The answer that opens the socket; raises ValueError for impossible headers."""
    own = [
        (b"upgrade", b"websocket"),
        (b"connection", b"Upgrade"),
        (b"sec-websocket-accept", request.accept_key),
    ]
    if subprotocol:
        own.append((b"sec-websocket-protocol", subprotocol.encode("latin-1")))
    return _head(101, [*own, *headers])


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
    try:
        phrase = HTTPStatus(status).phrase.encode()
    except ValueError:
        phrase = b""
    lines = [b"HTTP/1.1 %d %s\r\n" % (status, phrase)]
    for name, value in headers:
        if not _NAME.fullmatch(name) or _BREAKS.search(value):
            raise ValueError(f"{name!r} is no header that can be sent")
        lines += (name, b": ", value, b"\r\n")
    lines.append(b"\r\n")
    return b"".join(lines)
