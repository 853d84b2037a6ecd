"""What is waiting to be written, written once per client and wake-up of the loop."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Iterable
from typing import Protocol

from host.realtime.wire.batch import send_all
from host.realtime.wire.direct import DirectTransport
from host.realtime.wire.frames import TEXT, server_frame

log = logging.getLogger("festoon.realtime")

SLICE = 256
"""How many clients are written to before everybody else in the process has a turn."""
RUN = 64
"""How many clients of one room are written to before those of another have their turn."""

UNREAD_BYTES = 128 * 2**20
"""How many bytes may wait for all those together who do not keep up."""
LEAST_SHARE = 2**16
"""So many may wait for each of them, however many there are."""


class Waiting(Protocol):
    """One that has something to write."""

    def gather(self, transports: list[DirectTransport], frames: list[bytes]) -> None:
        """Adds its transport and what it has to write, or writes it now."""
        ...


class Drain:
    """Writes for all sockets of a server, in slices, fair among rooms.

    Clients that wait for the same frame stand in one line. The lines take turns, so that a
    hall of thousands does not hold up a room of ten. A client that gets more frames while it
    stands in line gets all of them in one write.

    `share` is how many bytes may wait for each of those who do not keep up, all of whom have
    `unread` bytes between them, but never less than what is written without waiting.
    """

    def __init__(self, unread: int = UNREAD_BYTES) -> None:
        self._unread = unread
        self._choked = 0
        self.share = unread
        self._lines: deque[deque[Waiting]] = deque()
        self.last: deque[Waiting] = deque()
        """The line that is joined for `frame`."""
        self.frame: bytes | None = None
        self._is_due = False
        self._answering: list[Waiting] = []
        self._joined_from: list[bytes] | None = None
        self._joined = b""
        self.text: bytes | None = None
        """The text that was framed last, and its frame."""
        self.text_frame = b""

    def choked(self, more: int) -> None:
        """So many more, or less, do not keep up."""
        self._choked += more
        self.share = max(LEAST_SHARE, self._unread // max(1, self._choked))

    def frame_text(self, text: bytes) -> bytes:
        """A text as a frame; the same object for the same object, one after the other."""
        if text is not self.text:
            self.text = text
            self.text_frame = server_frame(TEXT, text)
        return self.text_frame

    def add(self, waiting: Waiting, frame: bytes) -> None:
        """One who had nothing to write has `frame` to write now."""
        if frame is not self.frame:
            self.frame = frame
            if len(self.last) >= RUN:
                self.last = deque()
        if not self.last:
            self._lines.append(self.last)
            if not self._is_due:
                self._is_due = True
                asyncio.get_running_loop().call_soon(self._write)
        self.last.append(waiting)

    def answer(self, waiting: Waiting) -> None:
        """One who had nothing to write has an answer to write, before all lines."""
        answering = self._answering
        if not answering:
            asyncio.get_running_loop().call_soon(self._answer)
        answering.append(waiting)

    def join(self, frames: list[bytes]) -> bytes:
        """The frames as one piece; the same object for the same frames, one after the other."""
        if frames != self._joined_from:
            self._joined_from = frames
            self._joined = b"".join(frames)
        return self._joined

    def _answer(self) -> None:
        answering, self._answering = self._answering, []
        _write(answering)

    def _write(self) -> None:
        lines = self._lines
        left = SLICE
        while lines and left > 0:
            line = lines.popleft()
            turn = min(RUN, len(line))
            left -= turn
            _write([line.popleft() for _ in range(turn)])
            if line:
                lines.append(line)
        self._joined_from, self._joined = None, b""
        if lines:
            asyncio.get_running_loop().call_soon(self._write)
        else:
            self._is_due = False
            self.frame = None


def _write(some: Iterable[Waiting]) -> None:
    transports: list[DirectTransport] = []
    frames: list[bytes] = []
    for one in some:
        try:
            one.gather(transports, frames)
        except Exception:
            # One socket's failure must not leave all others unwritten.
            log.exception("a socket could not be written to")
    send_all(transports, frames)
