"""The way of a message from the system to its protocol, without a turn of the loop in between.

asyncio makes of each socket that is ready an entry in a list, of that a callback in a queue, and
then runs the queue: for a short message more than it takes to read it. Here the selector itself
reads what the servers' connections have, and tells the loop of all others only.
"""

from __future__ import annotations

import asyncio
import math
import selectors
import socket
from asyncio.constants import _SendfileMode
from asyncio.selector_events import _SelectorSocketTransport  # type: ignore[attr-defined]
from asyncio.trsock import TransportSocket
from collections.abc import Callable
from typing import Any

AT_ONCE = 256
"""From so many connections is read before all that is waiting in the process has a turn."""

if hasattr(selectors, "EpollSelector"):
    import select

    class DirectSelector(selectors.EpollSelector):
        """An epoll that calls those who watch for something to read.

        `watch` and `unwatch` are for readers only; writers of the same sockets are registered as
        ever.
        """

        def __init__(self) -> None:
            super().__init__()
            self._epoll: select.epoll = self._selector  # type: ignore[attr-defined]
            self._watching: dict[int, Callable[[], None]] = {}

        def watch(self, fd: int, read: Callable[[], None]) -> None:
            """Calls `read`, which must not raise, whenever there is something to be read."""
            if fd in self._watching:
                return
            if fd in self.get_map():
                self._epoll.modify(fd, select.EPOLLIN | select.EPOLLOUT)
            else:
                self._epoll.register(fd, select.EPOLLIN)
            self._watching[fd] = read

        def unwatch(self, fd: int) -> bool:
            """Calls no more; False where nobody watched."""
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
            watching, keys = self._watching, self._fd_to_key  # type: ignore[attr-defined]
            ready = []
            for fd, event in found:
                read = watching.get(fd)
                if read is not None:
                    if event == select.EPOLLIN:
                        read()
                        continue
                    if event & ~select.EPOLLOUT:
                        read()
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

    _extra: dict[str, Any]
    _sock: Any
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
            self._loop.direct.watch(fd, callback)

    def _read_ready(self) -> None:
        if self._read_ready_cb is not None:
            super()._read_ready()
            return
        if self._conn_lost:
            return
        try:
            data = self._sock.recv(self.max_size)
        except (BlockingIOError, InterruptedError):
            return
        except (SystemExit, KeyboardInterrupt):
            raise
        except BaseException as error:
            self._fatal_error(error, "Fatal read error on socket transport")
            return
        if not data:
            self._read_ready__on_eof()
            return
        try:
            self._protocol.data_received(data)
        except (SystemExit, KeyboardInterrupt):
            raise
        except BaseException as error:
            self._fatal_error(error, "Fatal error: protocol.data_received() call failed.")

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
