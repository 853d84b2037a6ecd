"""Many sockets read, or written to, in one go.

A system call on a socket pushes most of what Python had in the processor's caches out of them, so
that whatever runs between two of them costs a multiple of what it costs by itself. Here a number
of calls follow each other without a line of Python in between: what is to be sent is collected
before, and what was read is looked at afterwards.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from itertools import repeat
from socket import socket
from typing import Any, Protocol

from host.realtime.wire.reading import READ_BYTES

AT_ONCE = 64
"""So many sockets are read before what they said is looked at: up to 4 MB of it."""

# Straight to the system's call: the class `socket` adds nothing to these two.
_recv: Any = socket.recv
_send: Any = socket.send


class Read(Protocol):
    """A transport that is read by `read_all`."""

    _sock: Any
    _closing: bool
    _protocol: Any
    _read_ready_cb: Any

    def _read_ready(self) -> None: ...

    def _read_ready__on_eof(self) -> None: ...

    def _fatal_error(self, exc: BaseException, message: str) -> None: ...


class Sent(Protocol):
    """A transport that is written to by `send_all`."""

    _sock: Any
    _buffer: Any
    _conn_lost: int
    _eof: bool

    def write(self, data: bytes) -> None: ...


def read_all(transports: Sequence[Read]) -> None:
    """Reads from each what is there, and hands it to its protocol. Raises no Exception."""
    for start in range(0, len(transports), AT_ONCE):
        _read(transports[start : start + AT_ONCE])


def _read(transports: Sequence[Read]) -> None:
    # One before may have closed those after it.
    some = [one for one in transports if one._read_ready_cb is None and not one._closing]
    if len(some) < len(transports):
        for one in transports:
            if one._read_ready_cb is not None and not one._closing:
                one._read_ready()
    found: list[Any] = []
    _call(map(_recv, [one._sock for one in some], repeat(READ_BYTES)), found)
    moment = time.monotonic()
    for one, data in zip(some, found, strict=True):
        # Somebody else's message may have closed it meanwhile.
        if one._closing:
            continue
        if not data:
            one._read_ready__on_eof()
        elif type(data) is bytes:
            protocol = one._protocol
            try:
                if isinstance(protocol, Dated):
                    protocol.data_read(data, moment)
                else:
                    protocol.data_received(data)
            except (SystemExit, KeyboardInterrupt):
                raise
            except BaseException as error:
                one._fatal_error(error, "Fatal error: protocol.data_received() call failed.")
        elif not isinstance(data, BlockingIOError | InterruptedError):
            one._fatal_error(data, "Fatal read error on socket transport")


class Dated:
    """A protocol that is also told when its data were read."""

    __slots__ = ()

    def data_read(self, data: bytes, moment: float) -> None:
        """As `data_received`; the moment is the monotonic clock's."""
        raise NotImplementedError


def send_all(transports: Sequence[Sent], frames: Sequence[bytes]) -> None:
    """Sends to each its frame; what a socket does not take is its transport's to keep."""
    clear = [not (one._buffer or one._conn_lost or one._eof) for one in transports]
    if not all(clear):
        for one, frame, is_clear in zip(transports, frames, clear, strict=True):
            if not is_clear:
                one.write(frame)
        pairs = [
            pair
            for pair, is_clear in zip(zip(transports, frames, strict=True), clear, strict=True)
            if is_clear
        ]
        transports, frames = [one for one, _ in pairs], [frame for _, frame in pairs]
    sent: list[Any] = []
    _call(map(_send, [one._sock for one in transports], frames), sent)
    if sent != [*map(len, frames)]:
        for one, frame, size in zip(transports, frames, sent, strict=True):
            if size != len(frame):
                # It meets an error again, and knows what to do about it.
                one.write(frame[size:] if type(size) is int else frame)


def _call(calls: Iterator[Any], results: list[Any]) -> None:
    """Adds what each call gives to `results`, or the error that it raises."""
    while True:
        try:
            results.extend(calls)
        except (SystemExit, KeyboardInterrupt):
            raise
        except BaseException as error:
            results.append(error)
        else:
            return
