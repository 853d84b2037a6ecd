"""asyncio's loop, which by itself takes in a whole crowd before anybody else has a turn."""

from __future__ import annotations

import asyncio
from typing import Any

AT_ONCE = 32
"""So many connections are taken in before everybody else in the process has a turn."""


class FairLoop(asyncio.SelectorEventLoop):
    """A loop whose servers let the crowd wait in the kernel's queue, not all others."""

    async def create_server(self, *args: Any, backlog: int = 100, **options: Any) -> Any:
        """As in asyncio, where `backlog` is the length of the queue and of one turn as well."""
        server = await super().create_server(*args, backlog=min(backlog, AT_ONCE), **options)
        for listening in server.sockets:
            with listening.dup() as queue:
                queue.listen(backlog)
        return server
