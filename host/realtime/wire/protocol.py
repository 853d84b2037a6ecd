"""One socket on its transport: frames in, frames out, and the ways in which it ends."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from functools import partial
from typing import cast

from host.realtime.wire.frames import (
    ABNORMAL,
    CLOSE,
    FAILED,
    PING,
    PONG,
    RESTARTING,
    close_frame,
    server_frame,
)
from host.realtime.wire.handshake import NotAccepted, Request, refusal
from host.realtime.wire.link import Receiver
from host.realtime.wire.opening import Opening, Served
from host.realtime.wire.parser import Parser, Violation, close_of

log = logging.getLogger("festoon.realtime")

QUEUE_BYTES = 65536
"""So much is written without waiting for the loop's next wake-up."""


# Plain numbers, because they are compared for every client of every event. FAILING: they broke
# the protocol, and what they said before is answered first. LEAVING: all is said, and what still
# comes in is dropped.
_HANDSHAKE, _OPEN, _CLOSING, _FAILING, _LEAVING, _LOST = range(6)


class WireProtocol(asyncio.Protocol):
    """A `FrameLink`, and what uvicorn wants of a WebSocket protocol. Small while it is idle."""

    __slots__ = (
        "__weakref__",
        "_deadline",
        "_drain",
        "_is_choked",
        "_is_paused",
        "_opening",
        "_owed_pong",
        "_parser",
        "_queued",
        "_receiver",
        "_served",
        "_state",
        "_transport",
        "_waiting",
    )

    def __init__(self, served: Served) -> None:
        self._served = served
        self._drain = served.drain
        self._state = _HANDSHAKE
        self._parser = Parser(served.config.ws_max_size, served.limits.fragments)
        self._opening: Opening | None = None
        self._receiver: Receiver | None = None
        self._waiting: bytes | list[bytes] | None = None
        self._queued = 0
        self._is_paused = False
        self._is_choked = False
        self._owed_pong: bytes | None = None
        self._deadline: asyncio.TimerHandle | None = None
        self._transport: asyncio.Transport

    # What the transport calls.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """The request follows at once."""
        self._transport = cast(asyncio.Transport, transport)
        self._served.connections.add(self)

    def connection_lost(self, exc: Exception | None) -> None:
        """Nothing comes or goes any more."""
        self._state = _LOST
        self._served.connections.discard(self)
        self._set_deadline(None)
        self._end(ABNORMAL, "")
        if self._opening is not None:
            self._opening.writing_resumed()
            self._opening = None

    def eof_received(self) -> None:
        """The other side writes no more; the transport closes when it has written what waits."""
        if _OPEN <= self._state <= _FAILING:
            self.flush()
            self._state = _LEAVING
            self._end(ABNORMAL, "")
        self._set_deadline(self._served.limits.linger)

    def pause_writing(self) -> None:
        """The client does not keep up."""
        self._is_choked = True

    def resume_writing(self) -> None:
        """It has taken most of what was waiting."""
        self._is_choked = False
        if self._owed_pong is not None:
            owed, self._owed_pong = self._owed_pong, None
            self.write(owed)
        if self._opening is not None:
            self._opening.writing_resumed()
        if self._receiver is not None:
            self._receiver.writing_resumed()

    def data_received(self, data: bytes) -> None:
        """What the client sent."""
        if self._state > _CLOSING:
            return
        if self._state != _HANDSHAKE:
            self._parser.feed(data)
            self._read()
        elif self._opening is None:
            self._open(data)
        else:
            # It speaks before it was answered: one read is kept, the rest waits outside.
            self._parser.feed(data)
            self._transport.pause_reading()

    def shutdown(self) -> None:
        """The server stops: goodbye with 1012."""
        if self._state != _HANDSHAKE:
            self._fail(RESTARTING, "")
        elif self._opening is not None:
            self._opening.session.refuse(500)
        else:
            self._transport.close()

    # Opening.

    def _open(self, data: bytes) -> None:
        try:
            request = Request.parse(data)
        except NotAccepted as why:
            self.write(refusal(why.status, why.headers, f"{why}\n".encode()))
            self.finish()
            return
        except ValueError:
            self.write(refusal(400, (), b"This is no request.\n"))
            self.finish()
            return
        self._opening = Opening(self, self._served, request, self._transport)
        self._receiver = self._opening.session
        self._opening.start(self._opening_ended)

    def _opening_ended(self) -> None:
        self._opening = None

    def opened(self) -> None:
        """The application accepted: messages may come."""
        if self._state == _HANDSHAKE:
            self._state = _OPEN
            if self._served.heartbeat is not None:
                self._served.heartbeat.add(self)
            self._resume()

    def take_over(self, receiver: Receiver) -> None:
        """Messages go to `receiver`, and the application's call may return."""
        assert self._opening is not None, "only the application that was called may take over"
        is_alive = self._state in (_OPEN, _FAILING)
        self._receiver = receiver if is_alive else None
        self._opening.session.hand_over(receiver)

    # Reading.

    def pause_reading(self) -> None:
        """Lets the client wait."""
        self._is_paused = True
        if self._state <= _CLOSING:
            self._transport.pause_reading()

    def resume_reading(self) -> None:
        """Goes on, not before the caller has returned."""
        if self._is_paused:
            self._is_paused = False
            asyncio.get_running_loop().call_soon(self._resume)

    def _resume(self) -> None:
        if not self._is_paused and self._state != _LOST:
            self._read()
            if not self._is_paused:
                self._transport.resume_reading()

    def _read(self) -> None:
        parser = self._parser
        left = self._served.limits.events
        try:
            while not self._is_paused and _OPEN <= self._state <= _CLOSING:
                heard = parser.next()
                if heard is None:
                    return
                opcode, payload = heard
                if opcode >= CLOSE:
                    assert isinstance(payload, bytes)
                    self._control(opcode, payload)
                elif self._receiver is not None:
                    self._receiver.message_received(payload)
                left -= 1
                if not left and not self._is_paused:
                    # Many small frames in one read: everybody else has a turn in between.
                    self.pause_reading()
                    self.resume_reading()
                    return
        except Violation as violation:
            self._refuse(violation)
        except Exception:
            log.exception("a message could not be taken")
            self._fail(FAILED, "")

    def _control(self, opcode: int, payload: bytes) -> None:
        if opcode == PING:
            pong = server_frame(PONG, payload)
            if self._is_choked:
                # Pings of one who reads nothing must not pile up: the newest answer is enough.
                self._owed_pong = pong
            else:
                self.write(pong)
        elif opcode == PONG:
            if self._served.heartbeat is not None:
                self._served.heartbeat.answered(self, payload)
        else:
            code, reason = close_of(payload)
            if self._state == _OPEN:
                self.write(close_frame(code))
            self._end(code, reason)
            self.finish()

    # Writing.

    @property
    def buffered(self) -> int:
        """How many bytes are waiting to be written; a single frame counts once it is written."""
        return self._queued + self._transport.get_write_buffer_size()

    def offer_text(self, text: bytes, most: int) -> bool:
        """Sends one text message at the loop's next wake-up, with all that is waiting.

        False, and nothing is sent, where more than `most` bytes are waiting already.
        """
        if self._state != _OPEN:
            return True
        # The transport has said so if there is more than a little in it.
        if self._is_choked and self.buffered > most:
            return False
        drain = self._drain
        frame = drain.text_frame if text is drain.text else drain.frame_text(text)
        waiting = self._waiting
        if waiting is None:
            self._waiting = frame
            drain.add(self, frame)
        else:
            self._queue(waiting, frame)
        return True

    def send_text(self, text: bytes) -> None:
        """The same without a bound."""
        self.send_frame(self._drain.frame_text(text))

    def send_frame(self, frame: bytes) -> None:
        """Sends a whole server frame in the same way."""
        if self._state == _OPEN:
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

    def flush(self) -> None:
        """Hands what is waiting to the transport."""
        waiting = self._waiting
        if waiting is not None:
            self._waiting = None
            if isinstance(waiting, list):
                self._queued = 0
                waiting = self._drain.join(waiting)
            if self._state < _LEAVING:
                self._transport.write(waiting)

    def write(self, data: bytes) -> None:
        """Writes now, after what is waiting."""
        self.flush()
        if self._state < _LEAVING:
            self._transport.write(data)

    def forget(self) -> None:
        """Drops what was not handed to the transport."""
        self._waiting = None
        self._queued = 0

    async def writable(self) -> None:
        """Waits while the client does not take what was written."""
        while self._is_choked and self._state != _LOST and self._opening is not None:
            await self._opening.wait_until_resumed()

    # Ending.

    def close(self, code: int, reason: str = "") -> None:
        """Says goodbye, and waits a while for the answer."""
        if self._state == _OPEN:
            frame = close_frame(code, reason)
            self.write(frame)
            self._state = _CLOSING
            self._set_deadline(self._served.limits.close)
            self._end(code, reason)
            if self._is_paused:
                # The answer must be heard, and nobody minds the messages before it.
                self.resume_reading()
        elif self._state == _FAILING:
            self._fail(code, reason)

    def went_silent(self) -> None:
        """The heartbeat has had no answer."""
        self._fail(FAILED, "keepalive ping timeout")

    def finish(self) -> None:
        """Ends the connection when all is written, without cutting off what was written.

        To close a socket with something unread in it would make the kernel drop what the
        other side has not yet read, the close frame first of all.
        """
        if self._state >= _LEAVING:
            return
        self._state = _LEAVING
        self._set_deadline(self._served.limits.linger)
        if self._transport.can_write_eof() and not self._transport.is_closing():
            self._transport.write_eof()
            self._transport.resume_reading()
        else:
            self._transport.close()

    def _refuse(self, violation: Violation) -> None:
        fail = partial(self._fail, violation.code, violation.reason)
        session = self._opening.session if self._opening is not None else None
        if self._state == _OPEN and session is not None and session is self._receiver:
            self._state = _FAILING
            self._set_deadline(self._served.limits.linger, fail)
            session.when_idle(fail)
        else:
            fail()

    def _fail(self, code: int, reason: str) -> None:
        if self._state in (_OPEN, _FAILING):
            self.write(close_frame(code, reason))
        self._end(code, reason)
        self.finish()

    def _end(self, code: int, reason: str) -> None:
        if self._served.heartbeat is not None:
            self._served.heartbeat.remove(self)
        receiver, self._receiver = self._receiver, None
        if receiver is not None:
            receiver.connection_closed(code, reason)

    def _set_deadline(self, seconds: float | None, then: Callable[[], None] | None = None) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None
        if seconds is not None:
            loop = asyncio.get_running_loop()
            self._deadline = loop.call_later(seconds, then or self._transport.abort)
