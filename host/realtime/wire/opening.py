"""The application's call for one socket, and what all sockets of a server share."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote

from uvicorn.config import Config
from uvicorn.server import ServerState

from host.realtime.beginning import Beginner
from host.realtime.wire.drain import Drain
from host.realtime.wire.handshake import Request
from host.realtime.wire.heartbeat import Heartbeat
from host.realtime.wire.limits import WireLimits
from host.realtime.wire.link import EXTENSION
from host.realtime.wire.measuring import Measuring
from host.realtime.wire.session import Session, Socket


@dataclass(frozen=True, slots=True)
class Served:
    """What the sockets of one server share."""

    config: Config
    state: ServerState
    app_state: dict[str, Any]
    limits: WireLimits
    drain: Drain
    heartbeat: Heartbeat | None
    measuring: Measuring
    beginner: Beginner = field(default_factory=Beginner)

    @property
    def largest(self) -> int:
        """The most bytes that a message may have."""
        return self.config.ws_max_size

    @property
    def connections(self) -> set[Any]:
        """Those for which uvicorn waits when it stops."""
        return self.state.connections


class Opening:
    """Lasts as long as the application's call."""

    def __init__(
        self, socket: Socket, served: Served, request: Request, transport: asyncio.Transport
    ) -> None:
        self._served = served
        scope = _scope(socket, served, request, transport)
        self.session = Session(socket, request, scope, served.config.ws_max_queue)
        self._resumed = asyncio.Event()

    def start(self, on_end: Callable[[], None]) -> None:
        """Calls the application; what it has to wait for, uvicorn waits for when it stops."""
        served = self._served
        headers = list(served.state.default_headers)
        task = served.beginner.begin(self.session.run(served.config.loaded_app, headers))
        if task is None:
            on_end()
            return

        def ended(task: asyncio.Task[None]) -> None:
            served.state.tasks.discard(task)
            on_end()

        served.state.tasks.add(task)
        task.add_done_callback(ended)

    async def wait_until_resumed(self) -> None:
        """Waits for the next `writing_resumed`."""
        self._resumed.clear()
        await self._resumed.wait()

    def writing_resumed(self) -> None:
        """The client has caught up, or is gone."""
        self._resumed.set()


def _scope(
    socket: Socket, served: Served, request: Request, transport: asyncio.Transport
) -> dict[str, Any]:
    path, _, query = request.target.partition(b"?")
    root = served.config.root_path
    return {
        "type": "websocket",
        "asgi": {"version": served.config.asgi_version, "spec_version": "2.4"},
        "http_version": "1.1",
        "scheme": "wss" if transport.get_extra_info("sslcontext") else "ws",
        "server": _address(transport.get_extra_info("sockname")),
        "client": _address(transport.get_extra_info("peername")),
        "root_path": root,
        "path": root + (unquote(path.decode("ascii")) if b"%" in path else path.decode("ascii")),
        "raw_path": root.encode("ascii") + path,
        "query_string": query,
        "headers": request.headers,
        "subprotocols": request.subprotocols,
        "state": served.app_state.copy(),
        "extensions": {"websocket.http.response": {}, EXTENSION: {"link": socket}},
    }


def _address(name: Any) -> tuple[str, int] | None:
    # The name of a Unix socket is a text.
    return (str(name[0]), int(name[1])) if isinstance(name, tuple) and len(name) >= 2 else None
