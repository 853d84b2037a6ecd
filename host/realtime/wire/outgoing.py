"""What goes out of one socket: at once, or at the loop's next wake-up with all that is waiting."""

from __future__ import annotations

import asyncio
import time

from host.realtime.wire.direct import DirectTransport
from host.realtime.wire.drain import Drain
from host.realtime.wire.frames import TEXT, server_frame
from host.realtime.wire.written import Written

QUEUE_BYTES = 65536
"""So much is written without waiting for the loop's next wake-up."""

# Plain numbers, because they are compared for every client of every event. FAILING: they broke
# the protocol, and what they said before is answered first. LEAVING: all is said, and what still
# comes in is dropped.
HANDSHAKE, OPEN, CLOSING, FAILING, LEAVING, LOST = range(6)


class Noted(list[bytes]):
    """Frames that are waiting, of which it shall be known when they were written."""

    __slots__ = ("_seqs", "_written")

    def __init__(self, frames: list[bytes], written: Written) -> None:
        super().__init__(frames)
        self._written = written
        self._seqs: list[int] = []

    def mark(self, seq: int) -> None:
        """One of them is the frame of this event."""
        self._seqs.append(seq)

    def note(self) -> None:
        """They are being written."""
        moment = time.monotonic()
        for seq in self._seqs:
            self._written.note(seq, moment)


class Outgoing(asyncio.Protocol):
    """The writing half of a socket, whose state the other half keeps."""

    __slots__ = (
        "_answers_now",
        "_drain",
        "_is_choked",
        "_queued",
        "_state",
        "_transport",
        "_waiting",
    )

    def __init__(self, drain: Drain) -> None:
        self._drain = drain
        self._state = HANDSHAKE
        self._waiting: bytes | list[bytes] | None = None
        self._queued = 0
        self._is_choked = False
        self._answers_now = False
        """Whether the next frame is an answer to all that was read."""
        self._transport: asyncio.Transport

    @property
    def buffered(self) -> int:
        """How many bytes are waiting to be written; a single frame counts once it is written."""
        return self._queued + self._transport.get_write_buffer_size()

    def offer_text(self, text: bytes, most: int) -> bool:
        """Sends one text message at the loop's next wake-up, with all that is waiting.

        False, and nothing is sent, where more than `most` bytes are waiting already, or more than
        its share of what may wait in the whole process.
        """
        if self._state != OPEN:
            return True
        # The transport has said so if there is more than a little in it.
        if self._is_choked and self.buffered > min(most, self._drain.share):
            return False
        waiting = self._waiting
        if self._answers_now and waiting is None:
            self._answers_now = False
            self._waiting = server_frame(TEXT, text)
            self._drain.answer(self)
            return True
        drain = self._drain
        frame = drain.text_frame if text is drain.text else drain.frame_text(text)
        if waiting is not None:
            self._queue(waiting, frame)
            return True
        self._waiting = frame
        line = drain.last
        if line and frame is drain.frame:
            # What `add` does for all but the first.
            line.append(self)
        else:
            drain.add(self, frame)
        return True

    def offer_noted(self, text: bytes, most: int, seq: int, written: Written) -> bool:
        """As `offer_text`; it is noted in `written` when this frame of `seq` was written."""
        if self._state != OPEN:
            return True
        self._answers_now = False
        waiting = self._waiting
        if waiting is None:
            if not self.offer_text(text, most):
                return False
            waiting = self._waiting
            assert waiting is not None
            self._note_in(written, waiting).mark(seq)
            return True
        noted = waiting if isinstance(waiting, Noted) else self._note_in(written, waiting)
        noted.mark(seq)
        return self.offer_text(text, most)

    def _note_in(self, written: Written, waiting: bytes | list[bytes]) -> Noted:
        frames = waiting if isinstance(waiting, list) else [waiting]
        self._queued = sum(map(len, frames))
        self._waiting = noted = Noted(frames, written)
        return noted

    def send_text(self, text: bytes) -> None:
        """The same without a bound."""
        self.send_frame(self._drain.frame_text(text))

    def send_frame(self, frame: bytes) -> None:
        """Sends a whole server frame in the same way."""
        if self._state == OPEN:
            waiting = self._waiting
            if waiting is None:
                self._waiting = frame
                self._drain.add(self, frame)
            else:
                self._queue(waiting, frame)

    def _queue(self, waiting: bytes | list[bytes], frame: bytes) -> None:
        if isinstance(waiting, list):
            waiting.append(frame)
        else:
            self._waiting = [waiting, frame]
            self._queued = len(waiting)
        self._queued += len(frame)
        if self._queued > QUEUE_BYTES:
            self.flush()

    def gather(self, transports: list[DirectTransport], frames: list[bytes]) -> None:
        """Adds its transport and what is waiting for it; other transports are written to now."""
        waiting, transport = self._waiting, self._transport
        if type(waiting) is bytes and type(transport) is DirectTransport and self._state < LEAVING:
            self._waiting = None
            transports.append(transport)
            frames.append(waiting)
        else:
            self.flush()

    def flush(self) -> None:
        """Hands what is waiting to the transport."""
        waiting = self._waiting
        if waiting is not None:
            self._waiting = None
            if isinstance(waiting, list):
                self._queued = 0
                if type(waiting) is Noted:
                    waiting.note()
                waiting = self._drain.join(waiting)
            if self._state < LEAVING:
                self._transport.write(waiting)

    def write(self, data: bytes) -> None:
        """Writes now, after what is waiting."""
        self.flush()
        if self._state < LEAVING:
            self._transport.write(data)

    def choke(self, is_choked: bool) -> None:
        """Whether the client keeps up with what is written."""
        if is_choked is not self._is_choked:
            self._is_choked = is_choked
            self._drain.choked(1 if is_choked else -1)

    def forget(self) -> None:
        """Drops what was not handed to the transport."""
        self._waiting = None
        self._queued = 0
