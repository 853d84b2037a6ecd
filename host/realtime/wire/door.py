"""The first words of a connection: a plain request for a socket needs no HTTP library."""

from __future__ import annotations

import asyncio
from typing import Any, cast

from uvicorn.config import Config
from uvicorn.server import ServerState

from host.realtime.wire.handshake import Request, read_plain
from host.realtime.wire.http import PromptHTTP
from host.realtime.wire.limits import WireLimits
from host.realtime.wire.lobby import Lobby
from host.realtime.wire.protocol import WireProtocol
from host.realtime.wire.reading import read_little

LARGEST_HEAD = 16_384
"""A request with a longer head is looked at by the HTTP library, which knows what to say to it."""


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
        if not is_full and config.ws_protocol_class is not None and len(data) <= LARGEST_HEAD:
            request = read_plain(data)
            if request is not None:
                if deadline is not None:
                    deadline.cancel()
                self._open(request, data)
                return
        http = PromptHTTP(
            config, self._state, self._app_state, lobby=self._lobby, deadline=deadline
        )
        self._transport.set_protocol(http)
        http.connection_made(self._transport)
        http.data_received(data)

    def _open(self, request: Request, data: bytes) -> None:
        make = cast(Any, self._config.ws_protocol_class)
        socket = make(self._config, self._state, self._app_state)
        socket.connection_made(self._transport)
        self._transport.set_protocol(socket)
        if isinstance(socket, WireProtocol):
            socket.ask(request)
        else:
            socket.data_received(data)

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
