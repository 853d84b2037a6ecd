"""asyncio's loop with a shorter way to what comes in, and fair to those who are there already."""

from __future__ import annotations

import asyncio
from typing import Any, cast

from host.realtime.wire.direct import DirectSelector, DirectTransport
from host.realtime.wire.reading import read_little

AT_ONCE = 32
"""So many connections are taken in before everybody else in the process has a turn."""


class FairLoop(asyncio.SelectorEventLoop):
    """A loop whose servers let the crowd wait in the kernel's queue, not all others.

    Connections that a server accepts are read as soon as the selector tells of them, where the
    system has one that can; all else goes asyncio's way.
    """

    def __init__(self) -> None:
        self.direct = DirectSelector() if DirectSelector is not None else None
        super().__init__(self.direct)

    async def create_server(self, *args: Any, backlog: int = 100, **options: Any) -> Any:
        """As in asyncio, where `backlog` is the length of the queue and of one turn as well."""
        server = await super().create_server(*args, backlog=min(backlog, AT_ONCE), **options)
        for listening in server.sockets:
            with listening.dup() as queue:
                queue.listen(backlog)
        return server

    # What asyncio calls, in all of its versions so far.

    def _accept_connection(
        self,
        make: Any,
        listening: Any,
        sslcontext: Any = None,
        server: Any = None,
        backlog: int = 100,
        *more: Any,
    ) -> None:
        if self.direct is not None and sslcontext is None:
            # A task for each, as asyncio has, is for the greeting of TLS only.
            for _ in range(backlog):
                try:
                    sock, address = listening.accept()
                except (BlockingIOError, InterruptedError, ConnectionAbortedError):
                    return
                except OSError:
                    break  # It knows what to do about it.
                sock.setblocking(False)
                DirectTransport(self, sock, make(), None, {"peername": address}, server)
            else:
                return
        cast(Any, super())._accept_connection(make, listening, sslcontext, server, backlog, *more)

    def _make_socket_transport(
        self,
        sock: Any,
        protocol: Any,
        waiter: Any = None,
        *,
        extra: Any = None,
        server: Any = None,
    ) -> asyncio.Transport:
        if self.direct is None or server is None:
            make = cast(Any, super())._make_socket_transport
            made = make(sock, protocol, waiter, extra=extra, server=server)
            read_little(made)
            return cast(asyncio.Transport, made)
        return DirectTransport(self, sock, protocol, waiter, extra, server)

    def _remove_reader(self, fd: Any) -> bool:
        if self.direct is not None and self.direct.unwatch(fd):
            return True
        return cast(bool, cast(Any, super())._remove_reader(fd))
