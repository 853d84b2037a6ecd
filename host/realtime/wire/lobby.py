"""The HTTP connections of one server: who has not said all they want, and who does not read."""

from __future__ import annotations

import asyncio
from typing import Protocol

from uvicorn.server import ServerState

from host.realtime.wire.limits import WireLimits

SLACK = 100
"""So many connections past the most are still answered that there are too many."""


class Guest(Protocol):
    """A connection that speaks HTTP."""

    @property
    def unwritten(self) -> int:
        """How many bytes of answers the other side has not taken."""
        ...

    def cut_off(self) -> None:
        """Ends the connection at once."""
        ...


class Lobby:
    """Bounds what costs a client nothing: to connect and say nothing, to ask and not to read.

    The oldest of those who have not said what they want makes way for one more, and so does the
    oldest with a body to send: who means it is done in a moment, and gets in however many do not.
    """

    def __init__(self, state: ServerState, limits: WireLimits) -> None:
        self.limits = limits
        self._state = state
        self._unread: dict[Guest, tuple[int, float]] = {}
        """For each guest, what was unwritten when this was last looked at closely."""
        self._silent: dict[Guest, None] = {}
        self._slow: dict[Guest, None] = {}
        self._timer: asyncio.TimerHandle | None = None

    @property
    def is_full(self) -> bool:
        """Whether this process has as many connections as it can bear, sockets among them."""
        most = self.limits.connections
        return most is not None and len(self._state.connections) > most

    def enter(self, guest: Guest) -> None:
        """Somebody has connected."""
        self._unread[guest] = (0, 0.0)
        if self._timer is None:
            self._look_later()

    def leave(self, guest: Guest) -> None:
        """They are gone, or speak HTTP no more."""
        self._unread.pop(guest, None)
        self.heard(guest)

    def expect_head(self, guest: Guest) -> None:
        """The head of their request is to come in."""
        most = self.limits.connections
        is_crowded = most is not None and len(self._state.connections) > most + SLACK
        self._silent[guest] = None
        _make_way(self._silent, 0 if is_crowded else self.limits.half_open)

    def expect_body(self, guest: Guest) -> None:
        """It has; the body is to come in."""
        self.heard(guest)
        self._slow[guest] = None
        _make_way(self._slow, self.limits.unfinished)

    def heard(self, guest: Guest) -> None:
        """All of it has."""
        self._silent.pop(guest, None)
        self._slow.pop(guest, None)

    def _look_later(self) -> None:
        loop = asyncio.get_running_loop()
        self._timer = loop.call_later(self.limits.stall / 4, self._look)

    def _look(self) -> None:
        now = asyncio.get_running_loop().time()
        for guest, (before, since) in list(self._unread.items()):
            unwritten = guest.unwritten
            if not unwritten or not before:
                self._unread[guest] = (unwritten, now)
            elif now - since >= self.limits.stall:
                if before - unwritten < self.limits.stall_bytes:
                    guest.cut_off()
                else:
                    self._unread[guest] = (unwritten, now)
        self._timer = None
        if self._unread:
            self._look_later()


def _make_way(waiting: dict[Guest, None], most: int) -> None:
    if len(waiting) > most:
        oldest = next(iter(waiting))
        del waiting[oldest]
        oldest.cut_off()
