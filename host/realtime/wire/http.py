"""uvicorn's HTTP, which by itself waits for ever for a request that does not come."""

from __future__ import annotations

import asyncio
from typing import Any
from uuid import uuid4

import h11
import orjson
from uvicorn.config import Config
from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.server import ServerState

from host.errors import FestoonError, MalformedRequest, Unavailable
from host.realtime.wire.lobby import Lobby
from host.realtime.wire.plain import PlainCycle, PlainRequest, read_plain, scope_of
from host.realtime.wire.reading import read_little

COME_BACK_SECONDS = 5
"""When one who found no place may try again."""


def _refusal(error: FestoonError) -> bytes:
    return orjson.dumps({"error": error.as_json()})


def _headers(body: bytes) -> list[tuple[bytes, bytes]]:
    return [
        (b"connection", b"close"),
        (b"content-type", b"application/json"),
        (b"content-length", b"%d" % len(body)),
    ]


_FULL = _refusal(Unavailable("There are too many connections here just now. Try again soon."))
_FULL_HEADERS = [(b"retry-after", b"%d" % COME_BACK_SECONDS), *_headers(_FULL)]
_UNREADABLE = _refusal(
    MalformedRequest("This is no HTTP request, or its address and headers are too long.")
)


class PromptHTTP(H11Protocol):
    """Cuts off who takes too long over a request, or over reading the answer."""

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
        *,
        lobby: Lobby,
        deadline: asyncio.TimerHandle | None = None,
    ) -> None:
        """`deadline` cuts the connection off unless a whole head is heard before."""
        super().__init__(config, server_state, app_state, _loop)
        self._lobby = lobby
        self._served = self.app
        self._awaited: object = None
        self._deadline = deadline
        self._plain: PlainCycle | None = None
        self._early = b""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Somebody has connected, and is expected to ask."""
        super().connection_made(transport)
        read_little(transport)
        self._lobby.enter(self)
        if self._deadline is None:
            self._look()
        else:
            self._awaited = h11.IDLE
            self._lobby.expect_head(self)

    def connection_lost(self, exc: Exception | None) -> None:
        """They are gone."""
        self._leave()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Some of a request, or all of it."""
        if self._plain is not None or self._early:
            # The next request, before this one has its answer.
            self.flow.pause_reading()
            self._early += data
            return
        self.app = _full if self._lobby.is_full else self._served
        if self.conn.their_state is h11.IDLE and self.conn.our_state is h11.IDLE:
            request = None if self.conn.trailing_data[0] else read_plain(data)
            if request is not None:
                self._answer(request)
                return
        super().data_received(data)
        self._look()

    def _answer(self, request: PlainRequest) -> None:
        self._unset_keepalive_if_required()
        if self._awaited is not None:
            self._expect(None, None)
            self._lobby.heard(self)
        scope = scope_of(request, self.root_path, self._base(), self.app_state)
        defaults = self.server_state.default_headers
        self._plain = cycle = PlainCycle(
            scope, request.body, self.transport, self.flow, defaults, self._answered
        )
        self.cycle = cycle  # type: ignore[assignment]
        task = self.loop.create_task(cycle.run_asgi(self.app))
        task.add_done_callback(self.tasks.discard)
        self.tasks.add(task)

    def _base(self) -> dict[str, Any]:
        asgi = {"version": self.asgi_version, "spec_version": "2.3"}
        ends = {"server": self.server, "client": self.client, "scheme": self.scheme}
        return {"type": "http", "asgi": asgi, **ends}

    def _answered(self) -> None:
        self._plain = None
        self.server_state.total_requests += 1
        if self.transport.is_closing():
            return
        self._unset_keepalive_if_required()
        self.timeout_keep_alive_task = self.loop.call_later(
            self.timeout_keep_alive, self.timeout_keep_alive_handler
        )
        self.flow.resume_reading()
        if self._early:
            # Not from within the answer that goes out.
            self.loop.call_soon(self._go_on)

    def _go_on(self) -> None:
        early, self._early = self._early, b""
        if not self.transport.is_closing():
            self.data_received(early)

    def send_400_response(self, msg: str) -> None:
        """Refuses, in the contract's words, what never becomes a request of the application."""
        request_id = (b"x-request-id", uuid4().hex.encode())
        for piece in (
            h11.Response(
                status_code=400, headers=[request_id, *_headers(_UNREADABLE)], reason=b"Bad Request"
            ),
            h11.Data(data=_UNREADABLE),
            h11.EndOfMessage(),
        ):
            self.transport.write(self.conn.send(piece) or b"")
        self.transport.close()

    def handle_websocket_upgrade(self, event: h11.Request) -> None:
        """From here on the socket's own protocol has the connection."""
        if self._lobby.is_full:
            for piece in (
                h11.Response(status_code=503, headers=_FULL_HEADERS, reason=b"Service Unavailable"),
                h11.Data(data=_FULL),
                h11.EndOfMessage(),
            ):
                self.transport.write(self.conn.send(piece) or b"")
            self.transport.close()
            return
        self._leave()
        super().handle_websocket_upgrade(event)

    # What the lobby asks.

    @property
    def unwritten(self) -> int:
        """How many bytes of answers the other side has not taken."""
        return self.transport.get_write_buffer_size()

    def cut_off(self) -> None:
        """Ends the connection at once."""
        self.transport.abort()

    def _look(self) -> None:
        """Sets the clock on what is to come in next: a head, a body, or nothing."""
        state = self.conn.their_state
        if self._awaited is _SOCKET or self.transport.is_closing():
            return
        limits = self._lobby.limits
        if state is h11.IDLE:
            if self._awaited is not h11.IDLE:
                self._expect(h11.IDLE, limits.handshake)
                self._lobby.expect_head(self)
        elif state is h11.SEND_BODY:
            if self._awaited is not self.cycle:
                self._expect(self.cycle, limits.body + limits.grace)
                self._lobby.expect_body(self)
        elif self._awaited is not None:
            self._expect(None, None)
            self._lobby.heard(self)

    def _expect(self, what: object, seconds: float | None) -> None:
        self._awaited = what
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None
        if seconds is not None:
            self._deadline = self.loop.call_later(seconds, self.cut_off)

    def _leave(self) -> None:
        self._lobby.leave(self)
        self._expect(_SOCKET, None)


_SOCKET = object()


async def _full(scope: Any, receive: Any, send: Any) -> None:
    await send({"type": "http.response.start", "status": 503, "headers": _FULL_HEADERS})
    await send({"type": "http.response.body", "body": _FULL})
