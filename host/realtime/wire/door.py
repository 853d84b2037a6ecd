"""The first words of a connection: a plain request for a socket needs no HTTP library."""

from __future__ import annotations

import asyncio
import re
from typing import Any, cast

from uvicorn.config import Config
from uvicorn.server import ServerState

from host.realtime.wire.http import PromptHTTP
from host.realtime.wire.limits import WireLimits
from host.realtime.wire.lobby import Lobby
from host.realtime.wire.reading import read_little

LARGEST_HEAD = 16_384
"""A request with a longer head is looked at by the HTTP library, which knows what to say to it."""

_HEAD = re.compile(
    rb"GET /[!-~]* HTTP/1\.1\r\n(?:[!#$%&'*+\-.^_`|~0-9A-Za-z]+:[\t -~\x80-\xff]*\r\n)+\r\n"
)
_ASKS = re.compile(rb"\r\nconnection:[^\r]*\bupgrade\b")
_NOT_PLAIN = re.compile(rb"\r\n(?:content-length|transfer-encoding|expect)[ \t]*:")


def is_plain_upgrade(data: bytes) -> bool:
    """Whether this is one whole request for a WebSocket, beyond doubt and without a body."""
    if not data.endswith(b"\r\n\r\n") or len(data) > LARGEST_HEAD or not _HEAD.fullmatch(data):
        return False
    lower = data.lower()
    return (
        b"\r\nupgrade: websocket\r\n" in lower
        and lower.count(b"\r\nhost:") == 1
        and _ASKS.search(lower) is not None
        and _NOT_PLAIN.search(lower) is None
    )


class HTTPServer:
    """Makes the protocols of one server's connections, which share a lobby."""

    def __init__(self, limits: WireLimits) -> None:
        self._limits = limits
        self._of: tuple[ServerState, Lobby] | None = None

    def __call__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> Door:
        """A protocol for one connection."""
        if self._of is None or self._of[0] is not server_state:
            self._of = server_state, Lobby(server_state, self._limits)
        return Door(config, server_state, app_state, self._of[1])


class Door(asyncio.Protocol):
    """Shows a connection to the sockets or to HTTP, as it asks for."""

    __slots__ = (
        "__weakref__",
        "_app_state",
        "_config",
        "_deadline",
        "_lobby",
        "_state",
        "_transport",
    )

    def __init__(
        self, config: Config, state: ServerState, app_state: dict[str, Any], lobby: Lobby
    ) -> None:
        self._config = config
        self._state = state
        self._app_state = app_state
        self._lobby = lobby
        self._transport: asyncio.Transport
        self._deadline: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Somebody has connected, and is expected to ask."""
        self._transport = cast(asyncio.Transport, transport)
        read_little(transport)
        self._state.connections.add(self)  # type: ignore[arg-type]
        self._lobby.enter(self)
        self._lobby.expect_head(self)
        loop = asyncio.get_running_loop()
        self._deadline = loop.call_later(self._lobby.limits.handshake, self.cut_off)

    def connection_lost(self, exc: Exception | None) -> None:
        """They are gone, without having asked."""
        self._leave()
        if self._deadline is not None:
            self._deadline.cancel()

    def data_received(self, data: bytes) -> None:
        """What they want, or the beginning of it."""
        config = self._config
        is_full = self._lobby.is_full
        self._leave()
        deadline, self._deadline = self._deadline, None
        if not is_full and config.ws_protocol_class is not None and is_plain_upgrade(data):
            if deadline is not None:
                deadline.cancel()
            socket = cast(Any, config.ws_protocol_class)(config, self._state, self._app_state)
            socket.connection_made(self._transport)
            self._transport.set_protocol(socket)
            socket.data_received(data)
            return
        http = PromptHTTP(
            config, self._state, self._app_state, lobby=self._lobby, deadline=deadline
        )
        self._transport.set_protocol(http)
        http.connection_made(self._transport)
        http.data_received(data)

    def shutdown(self) -> None:
        """The server stops."""
        self._transport.close()

    # What the lobby asks.

    @property
    def unwritten(self) -> int:
        """How many bytes of answers the other side has not taken: there are none."""
        return 0

    def cut_off(self) -> None:
        """Ends the connection at once."""
        self._transport.abort()

    def _leave(self) -> None:
        self._lobby.leave(self)
        self._state.connections.discard(self)
