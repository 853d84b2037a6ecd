"""A socket as an ASGI application sees it: one call, events to receive and to send."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable, MutableMapping
from enum import Enum, auto
from typing import Any, Protocol

from uvicorn.protocols.utils import ClientDisconnected

from host.realtime.wire.frames import ABNORMAL, BINARY, FAILED, TEXT, server_frame
from host.realtime.wire.handshake import Request, acceptance, refusal
from host.realtime.wire.link import FrameLink, Receiver

Message = MutableMapping[str, Any]
Application = Callable[[Any, Any, Any], Awaitable[None]]

QUEUE_BYTES = 65536
"""A client waits when so much of what it sent was not yet received."""

ARRIVED = "festoon.arrived"
"""In an event: when its message was read."""

log = logging.getLogger("uvicorn.error")


class Socket(FrameLink, Protocol):
    """The protocol under a session."""

    def opened(self) -> None:
        """The socket was accepted; messages may come."""
        ...

    def write(self, data: bytes) -> None:
        """Writes after what is waiting."""
        ...

    def finish(self) -> None:
        """Ends the connection when all is written."""
        ...

    async def writable(self) -> None:
        """Waits while the client does not take what was written."""
        ...


class _Stage(Enum):
    ASKED = auto()
    DENIED = auto()
    OPEN = auto()
    TAKEN = auto()
    OVER = auto()


class Session:
    """From the request to the last event, or until somebody takes the socket over."""

    def __init__(self, socket: Socket, request: Request, scope: Message, queue: int) -> None:
        """At most about `queue` messages wait for the application."""
        self._socket = socket
        self._request = request
        self._scope = scope
        self._most = queue
        self._stage = _Stage.ASKED
        self._events: deque[Message] = deque([{"type": "websocket.connect"}])
        self._size = 0
        self._is_paused = False
        self._news = asyncio.Event()
        self._is_waiting = False
        self._on_idle: Callable[[], None] | None = None
        self._end: Message | None = None
        self._denial: tuple[int, list[tuple[bytes, bytes]], bytearray] | None = None

    @property
    def is_open(self) -> bool:
        """Whether the application has accepted the socket."""
        return self._stage in (_Stage.OPEN, _Stage.TAKEN)

    async def run(self, app: Application, headers: list[tuple[bytes, bytes]]) -> None:
        """Calls the application; `headers` go with an acceptance. Never raises an Exception."""

        async def send(message: Message) -> None:
            await self.send(message, headers)

        try:
            await app(self._scope, self.receive, send)
        except ClientDisconnected:
            pass
        except BaseException as error:
            log.exception("Exception in ASGI application\n")
            self._abandon("the application failed", FAILED)
            if not isinstance(error, Exception):
                raise
        else:
            if self._stage is _Stage.ASKED and self._end is None:
                log.error("ASGI callable returned without completing handshake.")
            self._abandon("", 1000)

    def _abandon(self, reason: str, code: int) -> None:
        if self._stage in (_Stage.ASKED, _Stage.DENIED):
            self.refuse(500)
        elif self._stage is _Stage.OPEN:
            self._socket.close(code, reason)

    def refuse(self, status: int) -> None:
        """Answers the request with an error instead of the application."""
        if self._stage in (_Stage.ASKED, _Stage.DENIED):
            self._stage = _Stage.OVER
            body = b"Internal Server Error" if status == 500 else b""
            self._socket.write(refusal(status, (), body))
            self._socket.finish()

    # What the application calls.

    async def receive(self) -> Message:
        """The next event; after the end the end again, however often it is asked for."""
        while not self._events:
            if self._on_idle is not None:
                self._on_idle()
            if self._end is not None:
                return self._end
            if self._stage is _Stage.TAKEN:
                raise RuntimeError("This socket was taken over; its messages go elsewhere.")
            self._news.clear()
            self._is_waiting = True
            try:
                await self._news.wait()
            finally:
                self._is_waiting = False
        event = self._events.popleft()
        self._size -= _weight(event)
        if self._is_paused and not self._events:
            self._is_paused = False
            self._socket.resume_reading()
        return event

    async def send(self, message: Message, headers: list[tuple[bytes, bytes]]) -> None:
        """Takes one event of the application; raises `ClientDisconnected` after the end."""
        await self._socket.writable()
        if self._end is not None and self._stage is not _Stage.OVER:
            raise ClientDisconnected
        kind = message["type"]
        match self._stage, kind:
            case _Stage.ASKED, "websocket.accept":
                given = [(n.lower(), v) for n, v in message.get("headers") or ()]
                self._socket.write(
                    acceptance(self._request, [*headers, *given], message.get("subprotocol"))
                )
                self._stage = _Stage.OPEN
                # A hall would be thousands of lines that say nothing.
                self._log("[accepted]", logging.DEBUG)
                self._socket.opened()
            case _Stage.ASKED, "websocket.close":
                self._log("403")
                self.refuse(403)
                self._finish(ABNORMAL)
            case _Stage.ASKED, "websocket.http.response.start":
                if not 200 <= message["status"] < 600:
                    raise RuntimeError(f"{message['status']} is no status of an answer.")
                self._log(message["status"])
                self._stage = _Stage.DENIED
                self._denial = (message["status"], list(message.get("headers", ())), bytearray())
            case _Stage.DENIED, "websocket.http.response.body":
                self._deny(message)
            case _Stage.OPEN, "websocket.send":
                text, data = message.get("text"), message.get("bytes")
                if data is not None:
                    self._socket.write(server_frame(BINARY, data))
                elif text is not None:
                    self._socket.write(server_frame(TEXT, text.encode()))
            case _Stage.OPEN, "websocket.close":
                code, reason = message.get("code", 1000), message.get("reason") or ""
                self._socket.close(code, reason)
                self._stage = _Stage.OVER
            case _:
                raise RuntimeError(f"Unexpected ASGI message '{kind}' at this stage.")

    def _deny(self, message: Message) -> None:
        assert self._denial is not None
        status, headers, body = self._denial
        body += message.get("body", b"")
        if not message.get("more_body", False):
            self._socket.write(refusal(status, headers, bytes(body)))
            self._stage = _Stage.OVER
            self._socket.finish()
            self._finish(ABNORMAL)

    # What the socket calls.

    def message_received(self, message: str | bytes, arrived: float | None = None) -> None:
        """Keeps a message until the application asks for it."""
        event: Message = {"type": "websocket.receive"}
        event[ARRIVED] = self._socket.arrived if arrived is None else arrived
        event["text" if isinstance(message, str) else "bytes"] = message
        self._size += len(message)
        self._events.append(event)
        self._news.set()
        if not self._is_paused and (len(self._events) >= self._most or self._size > QUEUE_BYTES):
            self._is_paused = True
            self._socket.pause_reading()

    def writing_resumed(self) -> None:
        """Whoever sends waits for it at the socket."""

    def connection_closed(self, code: int, reason: str) -> None:
        """The last event for the application."""
        self._finish(code, reason)

    def when_idle(self, then: Callable[[], None]) -> None:
        """Calls `then` when the application has received all there is and asks for more."""
        if self._is_waiting and not self._events:
            then()
        else:
            self._on_idle = then

    def hand_over(self, receiver: Receiver) -> None:
        """Gives what was not received to who takes the socket over."""
        self._stage = _Stage.TAKEN
        events, self._events = self._events, deque()
        for event in events:
            text = event.get("text")
            if event["type"] == "websocket.receive":
                message = event["bytes"] if text is None else text
                receiver.message_received(message, event[ARRIVED])
        if self._end is not None:
            receiver.connection_closed(self._end["code"], self._end["reason"])
        elif self._on_idle is not None:
            self._on_idle()
        elif self._is_paused:
            self._socket.resume_reading()

    def _finish(self, code: int, reason: str = "") -> None:
        self._on_idle = None
        if self._end is None:
            self._end = {"type": "websocket.disconnect", "code": code, "reason": reason}
            self._news.set()

    def _log(self, answer: object, level: int = logging.INFO) -> None:
        log.log(level, '%s - "WebSocket %s" %s', self._scope["client"], self._scope["path"], answer)


def _weight(event: Message) -> int:
    return len(event.get("text") or event.get("bytes") or ())
