"""Frames as the server writes them (RFC 6455, section 5): whole, unmasked, without extensions."""

from __future__ import annotations

from struct import pack

CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG = 0x0, 0x1, 0x2, 0x8, 0x9, 0xA
FIN = 0x80
LARGEST_CONTROL = 125

NO_CODE = 1005
"""Stands for a close frame without a code; never sent."""
ABNORMAL = 1006
"""Stands for a connection that ended without a close frame; never sent."""
PROTOCOL_ERROR, NOT_TEXT, POLICY, TOO_LARGE, FAILED, RESTARTING = 1002, 1007, 1008, 1009, 1011, 1012

_TEXT_HEADS = tuple(bytes((FIN | TEXT, size)) for size in range(126))
_SENDABLE = frozenset({1000, 1001, 1002, 1003, *range(1007, 1015)})


def is_close_code(code: int) -> bool:
    """Whether a close frame may carry this code (RFC 6455, section 7.4, and IANA's list)."""
    return code in _SENDABLE or 3000 <= code <= 4999


def server_frame(opcode: int, payload: bytes) -> bytes:
    """One whole frame, the same bytes for every client."""
    size = len(payload)
    if size < 126:
        return (_TEXT_HEADS[size] if opcode == TEXT else bytes((FIN | opcode, size))) + payload
    if size < 65536:
        return pack("!BBH", FIN | opcode, 126, size) + payload
    return pack("!BBQ", FIN | opcode, 127, size) + payload


def close_frame(code: int, reason: str = "") -> bytes:
    """A close frame; a reason that is too long is cut. `NO_CODE` gives one without a code.

    Raises ValueError for a code that must not be sent.
    """
    if code == NO_CODE:
        return server_frame(CLOSE, b"")
    if not is_close_code(code):
        raise ValueError(f"{code} is no code that a close frame may carry")
    said = reason.encode()[: LARGEST_CONTROL - 2].decode(errors="ignore").encode()
    return server_frame(CLOSE, pack("!H", code) + said)
