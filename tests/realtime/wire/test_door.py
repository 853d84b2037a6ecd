"""Only a request that is a plain one for a socket, beyond doubt, goes past the HTTP library."""

from __future__ import annotations

import pytest

from host.realtime.wire.handshake import NotAccepted, Request, read_plain

PLAIN = (
    b"GET /realtime?a=b HTTP/1.1\r\nHost: here\r\nUpgrade: WebSocket\r\n"
    b"Connection: keep-alive, Upgrade\r\nSec-WebSocket-Version: 13\r\n"
    b"Cookie: a=b\r\nCookie: c=d\r\nX-Empty:\r\n"
    b"Sec-WebSocket-Protocol: chat ,\tmore\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
)


def test_what_browsers_send_is_plain() -> None:
    assert read_plain(PLAIN) is not None


@pytest.mark.parametrize(
    ("old", "new"),
    [(b"", b""), (b"keep-alive, ", b""), (b"Host: here", b"Host:\t here "), (b"?a=b", b"")],
)
def test_it_is_read_as_any_request_for_a_socket_is(old: bytes, new: bytes) -> None:
    data = PLAIN.replace(old, new) if old else PLAIN
    plain, read = read_plain(data), Request.parse(data)
    assert plain == read
    assert plain is not None
    assert (plain.accept_key, plain.subprotocols) == (read.accept_key, ["chat", "more"])


@pytest.mark.parametrize(
    ("old", "new", "status"),
    [
        (b"Version: 13", b"Version: 8", 426),
        (b"Version: 13", b"Version: 13\r\nSec-WebSocket-Version: 13", 426),
        (b"Upgrade: WebSocket", b"Upgrade: h2c", 426),
        (b"keep-alive, Upgrade", b"close", 426),
        (b"ZQ==", b"ZQ=", 400),
        (b"ZQ==", b"Z!==", 400),
        (b"dGhlIHNhbXBsZSBub25jZQ==", b"a2V5", 400),
        (b"Sec-WebSocket-Key: ", b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==, ", 400),
    ],
)
def test_what_is_refused_is_not_plain(old: bytes, new: bytes, status: int) -> None:
    assert old in PLAIN
    data = PLAIN.replace(old, new)
    assert read_plain(data) is None
    with pytest.raises(NotAccepted) as refused:
        Request.parse(data)
    assert refused.value.status == status


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"GET", b"POST"),
        (b"/realtime", b"http://here/realtime"),
        (b"/realtime?", b"/real time?"),
        (b"HTTP/1.1", b"HTTP/1.0"),
        (b"Host: here\r\n", b""),
        (b"Host: here", b"Host: here\r\nHost: there"),
        (b"Host: here", b"Host: here\r\nContent-Length: 5"),
        (b"Host: here", b"Host: here\r\nTransfer-Encoding : chunked"),
        (b"Host: here", b"Host: here\r\nExpect: 100-continue"),
        (b"Host: here", b"Host: here\r\n folded"),
        (b"Host: here", b"Host: he\0re"),
        (b"Host: here", b"Host: he\nre"),
        (b"Host: here", b"Host: here\r\nno colon"),
        (b"Host: here", b"Host : here"),
        (b"Upgrade: WebSocket\r\n", b""),
        (b"keep-alive, Upgrade", b"keep-alive"),
        (b"\r\n\r\n", b"\r\n"),
        (b"==\r\n\r\n", b"==\r\n\r\n\x81"),
    ],
)
def test_anything_else_is_left_to_the_library(old: bytes, new: bytes) -> None:
    assert old in PLAIN
    assert read_plain(PLAIN.replace(old, new)) is None
