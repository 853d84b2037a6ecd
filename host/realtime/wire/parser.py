"""Frames as clients send them (RFC 6455, section 5), out of the bytes that come in."""

from __future__ import annotations

import codecs
from struct import unpack_from

from host.realtime.wire.frames import (
    BINARY,
    CLOSE,
    CONTINUATION,
    FIN,
    LARGEST_CONTROL,
    NO_CODE,
    NOT_TEXT,
    POLICY,
    PONG,
    PROTOCOL_ERROR,
    TEXT,
    TOO_LARGE,
    is_close_code,
)

try:
    from websockets.speedups import apply_mask
except ImportError:  # The extension is not built everywhere.
    from websockets.utils import apply_mask

MASKED = 0x80
RESERVED = 0x70
WHOLE_TEXT = FIN | TEXT

Heard = tuple[int, str | bytes]
"""An opcode with its payload: a str for TEXT, bytes for the others; never CONTINUATION."""

_utf8 = codecs.getincrementaldecoder("utf-8")


class Violation(Exception):
    """What came in is against the protocol or the limits: `code` and `reason` close the socket."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason


def close_of(payload: bytes) -> tuple[int, str]:
    """Code and reason of a close frame's payload; raises `Violation`."""
    if not payload:
        return NO_CODE, ""
    if len(payload) == 1:
        raise Violation(PROTOCOL_ERROR, "half a close code")
    code: int = unpack_from("!H", payload)[0]
    if not is_close_code(code):
        raise Violation(PROTOCOL_ERROR, "no such close code")
    try:
        return code, payload[2:].decode()
    except UnicodeDecodeError:
        raise Violation(NOT_TEXT, "the reason is not UTF-8") from None


def short_text(data: bytes) -> str | None:
    """The message, where that is all of the data: a short text in one piece, as most are."""
    size = len(data) - 6
    if not 0 <= size < 126 or data[0] != WHOLE_TEXT or data[1] != MASKED + size:
        return None
    try:
        return apply_mask(data[6:], data[2:6]).decode()
    except UnicodeDecodeError:
        return None


class Parser:
    """Takes bytes with `feed`; `next` gives what they hold, message by message.

    A message that comes in one piece is cut out of what was read. Any other is unmasked and
    checked piece by piece as it comes, so that a message which can't become good is refused
    early, and what is kept is never more than the message so far.
    """

    __slots__ = (
        "_at",
        "_fin",
        "_fragments",
        "_in_frame",
        "_kind",
        "_left",
        "_mask",
        "_message",
        "_most_bytes",
        "_most_fragments",
        "_text",
        "fed_at",
        "unread",
    )

    def __init__(self, most_bytes: int, most_fragments: int) -> None:
        """The bounds are those of one message."""
        self._most_bytes = most_bytes
        self._most_fragments = most_fragments
        self.unread = b""
        """What was fed and may hold more; empty where `next` would give nothing."""
        self.fed_at = 0.0
        """When that was read, as whoever feeds says."""
        self._at = 0
        self._kind = CONTINUATION
        """TEXT or BINARY while a message is under way that did not come in one piece."""
        self._message: bytearray | None = None
        self._text: codecs.IncrementalDecoder | None = None
        self._fragments = 0
        self._in_frame = False
        self._fin = False
        self._left = 0
        self._mask = b""

    @property
    def is_at_rest(self) -> bool:
        """Whether it has nothing to remember."""
        return not self.unread and self._kind == CONTINUATION

    def feed(self, data: bytes) -> None:
        """Takes what was read; get out what it completes with `next` before feeding more."""
        if self._at < len(self.unread):
            data = self.unread[self._at :] + data
        self.unread = data
        self._at = 0

    def next(self) -> Heard | None:
        """The next message or control frame, None until more comes; raises `Violation`.

        After a `Violation` the parser is of no more use.
        """
        while True:
            if self._in_frame:
                heard = self._go_on()
                if heard is not None or self._left:
                    return heard
                continue
            data, at = self.unread, self._at
            if len(data) - at < 2:
                return None
            first, second = data[at], data[at + 1]
            # What nearly all messages of a browser are: a short text in one piece.
            if first == WHOLE_TEXT and MASKED <= second < 254 and self._kind == CONTINUATION:
                body = at + 6
                end = body + second - MASKED
                if end <= len(data) and second - MASKED <= self._most_bytes:
                    text = apply_mask(data[body:end], data[at + 2 : body])
                    if end == len(data):
                        self.unread, self._at = b"", 0
                    else:
                        self._at = end
                    return TEXT, _decoded(text)
            if first & RESERVED:
                raise Violation(PROTOCOL_ERROR, "reserved bits are set")
            if not second & MASKED:
                raise Violation(PROTOCOL_ERROR, "a client must mask its frames")
            if first & 0x8:
                return self._control(first, second - MASKED)
            heard, goes_on = self._begin(first, second - MASKED)
            if heard is not None or not goes_on:
                return heard

    def _control(self, first: int, size: int) -> Heard | None:
        opcode = first & 0xF
        if opcode > PONG:
            raise Violation(PROTOCOL_ERROR, "no such opcode")
        if size > LARGEST_CONTROL or not first & FIN:
            raise Violation(PROTOCOL_ERROR, "a control frame is short and whole")
        body = self._at + 6
        if body + size > len(self.unread):
            return None
        payload = apply_mask(self.unread[body : body + size], self.unread[body - 4 : body])
        self._consume(body + size)
        if opcode == CLOSE:
            close_of(payload)
        return opcode, payload

    def _begin(self, first: int, size: int) -> tuple[Heard | None, bool]:
        """Reads the head of a data frame; whether there is more to be done with it now."""
        opcode = first & 0xF
        if opcode > BINARY:
            raise Violation(PROTOCOL_ERROR, "no such opcode")
        if (opcode == CONTINUATION) != (self._kind != CONTINUATION):
            raise Violation(PROTOCOL_ERROR, "fragments out of order")
        data, at = self.unread, self._at + 2
        if size >= 126:
            wide = 2 if size == 126 else 8
            if len(data) < at + wide:
                return None, False
            size = int.from_bytes(data[at : at + wide], "big")
            at += wide
        if size >> 63:
            raise Violation(PROTOCOL_ERROR, "no such length")
        if size + len(self._message or b"") > self._most_bytes:
            raise Violation(TOO_LARGE, "the message is too large")
        body = at + 4
        if len(data) < body:
            return None, False
        if opcode != CONTINUATION and first & FIN and body + size <= len(data):
            payload = apply_mask(data[body : body + size], data[at:body])
            self._consume(body + size)
            return (opcode, _decoded(payload) if opcode == TEXT else payload), True
        if opcode != CONTINUATION:
            self._kind = opcode
            self._message = bytearray()
            self._text = _utf8() if opcode == TEXT else None
        self._fragments += 1
        if self._fragments > self._most_fragments:
            raise Violation(POLICY, "too many fragments")
        self._in_frame = True
        self._fin = bool(first & FIN)
        self._left = size
        self._mask = data[at:body]
        self._consume(body)
        return None, True

    def _go_on(self) -> Heard | None:
        """Takes what there is of the payload; the message, if that was its end."""
        assert self._message is not None
        piece = self.unread[self._at : self._at + self._left]
        size = len(piece)
        self._consume(self._at + size)
        self._left -= size
        ends = self._fin and not self._left
        if size:
            piece = apply_mask(piece, self._mask)
            turned = size % 4
            self._mask = self._mask[turned:] + self._mask[:turned]
            self._message += piece
        if self._text is not None:
            try:
                self._text.decode(piece, ends)
            except UnicodeDecodeError:
                raise Violation(NOT_TEXT, "the text is not UTF-8") from None
        self._in_frame = bool(self._left)
        if not ends:
            return None
        kind, message = self._kind, self._message
        self._kind, self._message, self._text, self._fragments = CONTINUATION, None, None, 0
        return kind, message.decode() if kind == TEXT else bytes(message)

    def _consume(self, end: int) -> None:
        if end == len(self.unread):
            # An idle connection keeps nothing of what it read last.
            self.unread, end = b"", 0
        self._at = end


def _decoded(payload: bytes) -> str:
    try:
        return payload.decode()
    except UnicodeDecodeError:
        raise Violation(NOT_TEXT, "the text is not UTF-8") from None
