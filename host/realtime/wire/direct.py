"""The way of a message from the system to its protocol, without a turn of the loop in between.

asyncio makes of each socket that is ready an entry in a list, of that a callback in a queue, and
then runs the queue: for a short message more than it takes to read it. Here the selector itself
reads what the servers' connections have, many in one go, and tells the loop of all others only.
"""

from __future__ import annotations

import asyncio
import math
import selectors
import socket
from asyncio.constants import _SendfileMode
from asyncio.selector_events import _SelectorSocketTransport  # type: ignore[attr-defined]
from asyncio.trsock import TransportSocket
from collections.abc import Callable, Sequence
from typing import Any

from host.realtime.wire.batch import read_all
from host.realtime.wire.reading import READ_BYTES

AT_ONCE = 256
"""From so many connections is read before all that is waiting in the process has a turn."""

if hasattr(selectors, "EpollSelector"):
    import select

    class DirectSelector(selectors.EpollSelector):
        """An epoll that reads for those who watch for something to read.

        `watch` and `unwatch` are for readers only; writers of the same sockets are registered as
        ever.
        """

        def __init__(self) -> None:
            super().__init__()
            self._epoll: select.epoll = self._selector  # type: ignore[attr-defined]
            self._watching: dict[int, DirectTransport] = {}

        def watch(self, fd: int, transport: DirectTransport) -> None:
            """Reads for the transport whenever there is something to be read."""
            if fd in self._watching:
                return
            if fd in self.get_map():
                self._epoll.modify(fd, select.EPOLLIN | select.EPOLLOUT)
            else:
                self._epoll.register(fd, select.EPOLLIN)
            self._watching[fd] = transport

        def unwatch(self, fd: int) -> bool:
            """Reads no more; False where nobody watched."""
            if self._watching.pop(fd, None) is None:
                return False
            try:
                if fd in self.get_map():
                    self._epoll.modify(fd, select.EPOLLOUT)
                else:
                    self._epoll.unregister(fd)
            except OSError:
                pass  # It was closed meanwhile, and is watched no more for that.
            return True

        def register(self, fileobj: Any, events: int, data: Any = None) -> selectors.SelectorKey:
            """As in `selectors`; of one who watches only the writing."""
            is_watching = fileobj in self._watching
            if is_watching:
                self._epoll.unregister(fileobj)
            key = super().register(fileobj, events, data)
            if is_watching:
                self._epoll.modify(key.fd, select.EPOLLIN | select.EPOLLOUT)
            return key

        def unregister(self, fileobj: Any) -> selectors.SelectorKey:
            """As in `selectors`; who watches goes on."""
            key = super().unregister(fileobj)
            if key.fd in self._watching:
                self._epoll.register(key.fd, select.EPOLLIN)
            return key

        def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
            """Reads what can be read, and tells of the others as in `selectors`."""
            if timeout is None:
                timeout = -1
            elif timeout > 0:
                # The system counts in milliseconds; to wake too early would be to wake twice.
                timeout = math.ceil(timeout * 1e3) * 1e-3
            else:
                timeout = 0
            try:
                found = self._epoll.poll(timeout, AT_ONCE)
            except InterruptedError:
                return []
            watching = self._watching
            readable, others = [], []
            for fd, event in found:
                transport = watching.get(fd)
                if transport is None:
                    others.append((fd, event))
                    continue
                if event & ~select.EPOLLOUT:
                    readable.append(transport)
                if event != select.EPOLLIN:
                    others.append((fd, event))
            if readable:
                read_all(readable)
            return self._others(others) if others else []

        def _others(
            self, found: Sequence[tuple[int, int]]
        ) -> list[tuple[selectors.SelectorKey, int]]:
            ready = []
            keys = self._fd_to_key  # type: ignore[attr-defined]
            for fd, event in found:
                key = keys.get(fd)
                if key is not None:
                    events = 0
                    if event & ~select.EPOLLIN:
                        events |= selectors.EVENT_WRITE
                    if event & ~select.EPOLLOUT:
                        events |= selectors.EVENT_READ
                    ready.append((key, events & key.events))
            return ready

else:  # pragma: no cover
    DirectSelector = None  # type: ignore[assignment, misc]


class DirectTransport(_SelectorSocketTransport):  # type: ignore[misc]
    """asyncio's transport for a socket, which a `DirectSelector` calls. Small while it is idle."""

    max_size = READ_BYTES
    _extra: dict[str, Any]
    _sock: Any
    _closing: bool
    _protocol: Any
    _buffer: Any
    _conn_lost: int
    _eof: bool
    _read_ready_cb: Any
    _start_tls_compatible = False
    _sendfile_compatible = _SendfileMode.UNSUPPORTED

    def __init__(
        self,
        loop: Any,
        sock: socket.socket,
        protocol: asyncio.BaseProtocol,
        waiter: Any = None,
        extra: Any = None,
        server: Any = None,
    ) -> None:
        super().__init__(loop, sock, protocol, waiter, extra, server)
        # asyncio makes ready what is hardly ever asked for.
        self._peername = self._extra["peername"]
        self._extra = _NOTHING
        loop._transports.pop(self._sock_fd, None)

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        """`socket`, `sockname` and `peername`, as in asyncio; of one that is closed the last."""
        if name == "peername":
            return self._peername
        sock: socket.socket | None = self._sock
        if name not in ("socket", "sockname") or sock is None:
            return default
        if name == "socket":
            return TransportSocket(sock)
        try:
            return sock.getsockname()
        except OSError:
            return None

    def set_protocol(self, protocol: asyncio.BaseProtocol) -> None:
        """The one that gets what is read from now on."""
        super().set_protocol(protocol)
        if isinstance(protocol, asyncio.Protocol):
            self._read_ready_cb = None

    def _add_reader(self, fd: int, callback: Callable[[], None], *_: Any) -> None:
        if self.is_reading():
            self._loop.direct.watch(fd, self)

    def write(self, data: bytes) -> None:
        """As in asyncio, where most is sent at once and whole."""
        if not self._buffer and not self._conn_lost and not self._eof and data:
            try:
                sent = self._sock.send(data)
            except (BlockingIOError, InterruptedError):
                pass
            except (SystemExit, KeyboardInterrupt):
                raise
            except BaseException as error:
                self._fatal_error(error, "Fatal write error on socket transport")
                return
            else:
                if sent == len(data):
                    return
                data = data[sent:]
        super().write(data)


_NOTHING: dict[str, Any] = {}
