"""A server that sends back what it gets. usage: python -m benchmarks.autobahn.echo PORT ENGINE"""

from __future__ import annotations

import sys

import uvicorn
from starlette.applications import Starlette
from starlette.routing import WebSocketRoute
from starlette.websockets import WebSocket

from host.realtime.wire.frames import BINARY, server_frame
from host.realtime.wire.limits import WireLimits
from host.realtime.wire.link import FrameLink, link_of
from host.realtime.wire.server import protocols

OWN, BY_CALLBACK, PEER = "festoon", "festoon-callback", "websockets-sansio"
LARGEST = 64 * 1024 * 1024


async def echo(websocket: WebSocket) -> None:
    """Through ASGI, as any application would."""
    await websocket.accept()
    while (message := await websocket.receive())["type"] == "websocket.receive":
        if message.get("text") is not None:
            await websocket.send_text(message["text"])
        else:
            await websocket.send_bytes(message["bytes"])


class Echo:
    """By the extension, without a task."""

    def __init__(self, link: FrameLink) -> None:
        self._link = link

    def message_received(self, message: str | bytes, arrived: float | None = None) -> None:
        """Sends it back."""
        if isinstance(message, str):
            self._link.send_text(message.encode())
        else:
            self._link.send_frame(server_frame(BINARY, message))

    def writing_resumed(self) -> None:
        """Nobody waits for it."""

    def connection_closed(self, code: int, reason: str) -> None:
        """Nothing to put away."""


async def echo_by_callback(websocket: WebSocket) -> None:
    """Takes the socket over and returns."""
    await websocket.accept()
    link = link_of(websocket.scope)
    assert link is not None
    link.take_over(Echo(link))


def main(port: int, engine: str) -> None:
    """Serves until it is told to stop."""
    endpoint = echo_by_callback if engine == BY_CALLBACK else echo
    # The suite sends messages of 16 MB, and of 4 MB in pieces of 64 bytes.
    own = {
        **protocols(WireLimits(fragments=1_000_000)),
        "loop": "host.realtime.wire.loop:FairLoop",
    }
    uvicorn.run(
        Starlette(routes=[WebSocketRoute("/", endpoint)]),
        port=port,
        ws_max_size=LARGEST,
        ws_per_message_deflate=False,
        log_level="warning",
        **({"ws": engine} if engine == PEER else own),
    )


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2])
