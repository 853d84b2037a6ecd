"""How long a socket's round trip takes, by pings of the server's own, which no page can delay.

A pong counts where it repeats a ping that is still open, and once: the ping carries chance that
nobody can know who has not received it. So a client can make its way look longer than it is, by
answering late, and never shorter.
"""

from __future__ import annotations

import asyncio
import heapq
import os
import random
import time
from array import array
from itertools import count
from struct import pack
from typing import Protocol

from host.contract import Path
from host.realtime.wire.frames import PING, server_frame
from host.realtime.wire.written import Written

EVERY_SECONDS = 2.0
JITTER = 0.2
"""Each pause is longer or shorter by up to this part, so that a hall does not keep step."""
SAMPLES = 16
WINDOW_SECONDS = 60.0
"""So many samples are kept, and none that is older."""
MOST_OPEN = 4
"""A client that has so many pings to answer gets no more until it does."""
PAYLOAD_BYTES = 16
LEAST_PAUSE = 0.02


class Pinged(Protocol):
    """A socket whose way is measured."""

    def write(self, frame: bytes) -> None:
        """Sends the ping at once."""
        ...


class Measured:
    """What is known of one socket's way: samples of its round trip, and what was written when."""

    __slots__ = ("_at", "_open", "_place", "_rounds", "socket", "written")

    def __init__(self, socket: Pinged) -> None:
        self.socket: Pinged | None = socket
        self.written = Written()
        self._open: dict[bytes, float] = {}
        self._at = array("d")
        self._rounds = array("d")
        self._place = 0

    def path(self, now: float) -> Path | None:
        """The samples of the last minute in five figures; None where there are none."""
        kept = sorted(
            taken
            for at, taken in zip(self._at, self._rounds, strict=True)
            if now - at <= WINDOW_SECONDS
        )
        if not kept:
            return None
        newest = self._place - 1
        return Path(
            least=kept[0],
            latest=self._rounds[newest],
            spread=kept[len(kept) // 2] - kept[0],
            samples=len(kept),
            age=now - self._at[newest],
        )

    def ping(self, now: float) -> None:
        """Asks, unless there is enough to be answered already."""
        if self.socket is not None and len(self._open) < MOST_OPEN:
            payload = pack("!d", now) + os.urandom(PAYLOAD_BYTES - 8)
            self._open[payload] = now
            self.socket.write(server_frame(PING, payload))

    def answered(self, payload: bytes, now: float) -> None:
        """A pong; what was not asked, or was answered before, means nothing."""
        asked = self._open.get(payload)
        if asked is None:
            return
        # Who is behind may answer only the newest of several.
        for older in list(self._open):
            del self._open[older]
            if older == payload:
                break
        if len(self._at) < SAMPLES:
            self._at.append(now)
            self._rounds.append(now - asked)
            self._place = len(self._at)
        else:
            self._place %= SAMPLES
            self._at[self._place] = now
            self._rounds[self._place] = now - asked
            self._place += 1


class Measuring:
    """The measured sockets of one server, on one timer."""

    def __init__(self) -> None:
        self.read_at = 0.0
        """When the bytes were read that are being looked at, by the monotonic clock."""
        self._sockets: dict[Pinged, Measured] = {}
        self._due: list[tuple[float, int, Measured]] = []
        self._turns = count()
        self._timer: asyncio.TimerHandle | None = None

    def add(self, socket: Pinged) -> Measured:
        """Begins to measure a socket, with a ping at once."""
        measured = self._sockets.get(socket)
        if measured is None:
            measured = self._sockets[socket] = Measured(socket)
            now = time.monotonic()
            measured.ping(now)
            self._enter(measured, now)
            if self._due[0][2] is measured:
                self._wait(now)
        return measured

    def remove(self, socket: Pinged) -> None:
        """Measures no more; what was measured stays known to who holds it."""
        measured = self._sockets.pop(socket, None)
        if measured is not None:
            measured.socket = None

    def answered(self, socket: Pinged, payload: bytes) -> None:
        """A pong of whichever socket."""
        measured = self._sockets.get(socket)
        if measured is not None:
            measured.answered(payload, self.read_at)

    def _enter(self, measured: Measured, now: float) -> None:
        pause = EVERY_SECONDS * random.uniform(1 - JITTER, 1 + JITTER)  # noqa: S311
        heapq.heappush(self._due, (now + pause, next(self._turns), measured))

    def _wait(self, now: float) -> None:
        if self._timer is not None:
            self._timer.cancel()
        pause = max(LEAST_PAUSE, self._due[0][0] - now)
        self._timer = asyncio.get_running_loop().call_later(pause, self._beat)

    def _beat(self) -> None:
        self._timer = None
        due = self._due
        now = time.monotonic()
        while due and due[0][0] <= now:
            measured = heapq.heappop(due)[2]
            if measured.socket is not None:
                # Of its own moment: those before it in this turn took a while.
                measured.ping(time.monotonic())
                self._enter(measured, now)
        if due:
            self._wait(now)
