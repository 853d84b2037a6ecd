"""Only a request that is a plain one for a socket, beyond doubt, goes past the HTTP library."""

from __future__ import annotations

import pytest

from host.realtime.wire.door import LARGEST_HEAD, is_plain_upgrade

PLAIN = (
    b"GET /realtime?a=b HTTP/1.1\r\nHost: here\r\nUpgrade: WebSocket\r\n"
    b"Connection: keep-alive, Upgrade\r\nSec-WebSocket-Key: a2V5\r\n\r\n"
)


def test_what_browsers_send_is_plain() -> None:
    assert is_plain_upgrade(PLAIN)


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
        (b"a2V5", b"a" * LARGEST_HEAD),
        (b"\r\n\r\n", b"\r\n"),
        (b"a2V5\r\n\r\n", b"a2V5\r\n\r\n\x81"),
    ],
)
def test_anything_else_is_left_to_the_library(old: bytes, new: bytes) -> None:
    assert old in PLAIN
    assert not is_plain_upgrade(PLAIN.replace(old, new))
