"""One socket on its transport: frames in, frames out, and the ways in which it ends."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from functools import partial
from typing import cast

from host.realtime.wire.batch import Dated
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
from host.realtime.wire.measuring import PAYLOAD_BYTES, Measured
from host.realtime.wire.opening import Opening, Served
from host.realtime.wire.outgoing import CLOSING, FAILING, HANDSHAKE, LEAVING, LOST, OPEN, Outgoing
from host.realtime.wire.parser import Parser, Violation, close_of, short_text
from host.realtime.wire.reading import read_little

log = logging.getLogger("festoon.realtime")


class WireProtocol(Outgoing, Dated):
    """A `FrameLink`, and what uvicorn wants of a WebSocket protocol. Small while it is idle."""

    __slots__ = (
        "__weakref__",
        "_deadline",
        "_dropped",
        "_is_paused",
        "_opening",
        "_owed_pong",
        "_parser",
        "_receiver",
        "_served",
    )

    def __init__(self, served: Served) -> None:
        super().__init__(served.drain)
        self._served = served
        self._parser: Parser | None = None
        self._opening: Opening | None = None
        self._receiver: Receiver | None = None
        self._is_paused = False
        self._dropped = 0
        self._owed_pong: bytes | None = None
        self._deadline: asyncio.TimerHandle | None = None

    # What the transport calls.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """The request follows at once."""
        self._transport = cast(asyncio.Transport, transport)
        read_little(transport)
        self._served.connections.add(self)

    def connection_lost(self, exc: Exception | None) -> None:
        """Nothing comes or goes any more."""
        self._state = LOST
        self.choke(False)
        self._served.connections.discard(self)
        self._set_deadline(None)
        self._end(ABNORMAL, "")
        if self._opening is not None:
            self._opening.writing_resumed()
            self._opening = None

    def eof_received(self) -> None:
        """The other side writes no more; the transport closes when it has written what waits."""
        if OPEN <= self._state <= FAILING:
            self.flush()
            self._state = LEAVING
            self._end(ABNORMAL, "")
        self._set_deadline(self._served.limits.linger)

    def pause_writing(self) -> None:
        """The client does not keep up."""
        self.choke(True)

    def resume_writing(self) -> None:
        """It has taken most of what was waiting."""
        self.choke(False)
        if self._owed_pong is not None:
            owed, self._owed_pong = self._owed_pong, None
            self.write(owed)
        if self._opening is not None:
            self._opening.writing_resumed()
        if self._receiver is not None:
            self._receiver.writing_resumed()

    def data_received(self, data: bytes) -> None:
        """What the client sent."""
        self.data_read(data, time.monotonic())

    def data_read(self, data: bytes, moment: float) -> None:
        """The same of a transport that says when it was read."""
        served = self._served
        served.measuring.read_at = moment
        if self._state == OPEN and self._parser is None and not self._is_paused:
            text = short_text(data)
            receiver = self._receiver
            if text is not None and receiver is not None and len(data) - 6 <= served.largest:
                # Nothing else of this client is there, so its answer need not wait for more.
                self._answers_now = True
                try:
                    receiver.message_received(text, moment)
                except Exception:
                    self._could_not_take()
                finally:
                    self._answers_now = False
                return
        if self._state > CLOSING:
            self._drop(len(data))
        elif self._state != HANDSHAKE:
            self._feed(data)
            self._read()
        elif self._opening is None:
            self._open(data)
        else:
            # It speaks before it was answered: one read is kept, the rest waits outside.
            self._feed(data)
            self._transport.pause_reading()

    def _feed(self, data: bytes) -> None:
        if self._parser is None:
            served = self._served
            self._parser = Parser(served.largest, served.limits.fragments)
        self._parser.feed(data)
        self._parser.fed_at = self._served.measuring.read_at

    def _drop(self, size: int) -> None:
        # Whoever is in the middle of 100 MB has had time enough to hear that it is too much.
        self._dropped += size
        if self._dropped > self._served.limits.dropped and self._state == LEAVING:
            self._transport.abort()

    def shutdown(self) -> None:
        """The server stops: goodbye with 1012."""
        if self._state != HANDSHAKE:
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
        self.ask(request)

    def ask(self, request: Request) -> None:
        """Has the application answer a request that is one for a socket."""
        self._opening = Opening(self, self._served, request, self._transport)
        self._receiver = self._opening.session
        self._opening.start(self._opening_ended)

    def _opening_ended(self) -> None:
        self._opening = None

    def opened(self) -> None:
        """The application accepted: messages may come."""
        if self._state == HANDSHAKE:
            self._state = OPEN
            if self._served.heartbeat is not None:
                self._served.heartbeat.add(self)
            self._resume()

    def take_over(self, receiver: Receiver) -> None:
        """Messages go to `receiver`, and the application's call may return."""
        assert self._opening is not None, "only the application that was called may take over"
        is_alive = self._state in (OPEN, FAILING)
        self._receiver = receiver if is_alive else None
        self._opening.session.hand_over(receiver)

    def measure(self) -> Measured:
        """Begins to measure how long the way is, with a ping at once."""
        return self._served.measuring.add(self)

    # Reading.

    @property
    def arrived(self) -> float:
        """When the message that is being received was read, by the monotonic clock."""
        return self._served.measuring.read_at

    def pause_reading(self) -> None:
        """Lets the client wait."""
        self._is_paused = True
        if self._state <= CLOSING:
            self._transport.pause_reading()

    def resume_reading(self) -> None:
        """Goes on, not before the caller has returned."""
        if self._is_paused:
            self._is_paused = False
            asyncio.get_running_loop().call_soon(self._resume)

    def _resume(self) -> None:
        if not self._is_paused and self._state != LOST:
            self._read()
            if not self._is_paused:
                self._transport.resume_reading()

    def _read(self) -> None:
        parser = self._parser
        if parser is None:
            return
        # What had to wait was read long before.
        self._served.measuring.read_at = parser.fed_at
        left = self._served.limits.events
        try:
            while not self._is_paused and OPEN <= self._state <= CLOSING:
                heard = parser.next()
                if heard is None:
                    if parser.is_at_rest:
                        self._parser = None
                    return
                opcode, payload = heard
                if opcode >= CLOSE:
                    assert isinstance(payload, bytes)
                    self._control(opcode, payload)
                elif self._receiver is not None:
                    self._receiver.message_received(payload)
                if not parser.unread:
                    if parser.is_at_rest:
                        # One who says nothing has nothing kept.
                        self._parser = None
                    return
                left -= 1
                if not left and not self._is_paused:
                    # Many small frames in one read: everybody else has a turn in between.
                    self.pause_reading()
                    self.resume_reading()
                    return
        except Violation as violation:
            self._refuse(violation)
        except Exception:
            self._could_not_take()

    def _could_not_take(self) -> None:
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
            if len(payload) == PAYLOAD_BYTES:
                self._served.measuring.answered(self, payload)
            elif self._served.heartbeat is not None:
                self._served.heartbeat.answered(self, payload)
        else:
            code, reason = close_of(payload)
            if self._state == OPEN:
                self.write(close_frame(code))
            self._end(code, reason)
            self.finish()

    # Writing: see `Outgoing`.

    async def writable(self) -> None:
        """Waits while the client does not take what was written."""
        while self._is_choked and self._state != LOST and self._opening is not None:
            await self._opening.wait_until_resumed()

    # Ending.

    def close(self, code: int, reason: str = "") -> None:
        """Says goodbye, and waits a while for the answer."""
        if self._state == OPEN:
            frame = close_frame(code, reason)
            self.write(frame)
            self._state = CLOSING
            self._set_deadline(self._served.limits.close)
            self._end(code, reason)
            if self._is_paused:
                # The answer must be heard, and nobody minds the messages before it.
                self.resume_reading()
        elif self._state == FAILING:
            self._fail(code, reason)

    def went_silent(self) -> None:
        """The heartbeat has had no answer."""
        self._fail(FAILED, "keepalive ping timeout")

    def finish(self) -> None:
        """Ends the connection when all is written, without cutting off what was written.

        To close a socket with something unread in it would make the kernel drop what the
        other side has not yet read, the close frame first of all.
        """
        if self._state >= LEAVING:
            return
        self._state = LEAVING
        self._set_deadline(self._served.limits.linger)
        if self._transport.can_write_eof() and not self._transport.is_closing():
            self._transport.write_eof()
            self._transport.resume_reading()
        else:
            self._transport.close()

    def _refuse(self, violation: Violation) -> None:
        fail = partial(self._fail, violation.code, violation.reason)
        session = self._opening.session if self._opening is not None else None
        if self._state == OPEN and session is not None and session is self._receiver:
            self._state = FAILING
            self._set_deadline(self._served.limits.linger, fail)
            session.when_idle(fail)
        else:
            fail()

    def _fail(self, code: int, reason: str) -> None:
        if self._state in (OPEN, FAILING):
            self.write(close_frame(code, reason))
        self._end(code, reason)
        self.finish()

    def _end(self, code: int, reason: str) -> None:
        self._served.measuring.remove(self)
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
