"""What uvicorn is given: `uvicorn.Config(app, **protocols())`."""

from __future__ import annotations

import asyncio
from typing import Any

from uvicorn.config import Config
from uvicorn.server import ServerState

from host.realtime.wire.door import HTTPServer
from host.realtime.wire.drain import Drain
from host.realtime.wire.heartbeat import Heartbeat
from host.realtime.wire.limits import WireLimits
from host.realtime.wire.measuring import Measuring
from host.realtime.wire.opening import Served
from host.realtime.wire.protocol import WireProtocol


def protocols(limits: WireLimits | None = None) -> dict[str, Any]:
    """The options `ws` and `http` of a `uvicorn.Config`; may be sent to another process."""
    limits = limits or WireLimits()
    return {"ws": WireServer(limits), "http": HTTPServer(limits)}


class WireServer:
    """Makes the protocols of one server. Heeds uvicorn's `ws_max_size`, `ws_max_queue` and pings.

    `ws_per_message_deflate` is left aside: frames are built once for all, and uncompressed.
    """

    def __init__(self, limits: WireLimits | None = None) -> None:
        self._limits = limits or WireLimits()
        self._served: Served | None = None

    def __call__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> WireProtocol:
        """A protocol for one connection."""
        if self._served is None or self._served.state is not server_state:
            every, within = config.ws_ping_interval, config.ws_ping_timeout
            heartbeat = Heartbeat(every, within) if every else None
            drain = Drain(self._limits.unread)
            self._served = Served(
                config, server_state, app_state, self._limits, drain, heartbeat, Measuring()
            )
        return WireProtocol(self._served)
