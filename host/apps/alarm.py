"""The alarm signal that interrupts code which holds the event loop for too long."""

from __future__ import annotations

import signal
import threading
import time
from types import FrameType
from typing import NamedTuple


class Blocked(BaseException):
    """Raised in code that blocks the event loop. No `except Exception` may swallow it."""


class Earlier(NamedTuple):
    """What an alarm took the place of: a timer (seconds), seen when, and whether it was ours."""

    left: float
    every: float
    since: float
    ours: bool


class Alarm:
    """Set before a step of an application's code, and cleared after it.

    Its handler stays, since putting it there costs more than most steps; what rings when no
    step is under way is handed to the handler that was there before.
    """

    def __init__(self) -> None:
        self._handler = self._ring
        self._before: object = None
        self._is_set = False
        self._can_ring = hasattr(signal, "SIGALRM")

    def set(self, seconds: float) -> Earlier | None:
        """Raises `Blocked` in the main thread after `seconds`; elsewhere it does nothing.

        Steps may lie within each other, where an application's call leads to another's.
        """
        if not self._can_ring or threading.current_thread() is not threading.main_thread():
            return None
        now = signal.getsignal(signal.SIGALRM)
        if now is not self._handler:
            # Of two alarms the second hands on to whom the first does, and never in a circle.
            owner = getattr(now, "__self__", None)
            self._before = owner._before if isinstance(owner, Alarm) else now
            signal.signal(signal.SIGALRM, self._handler)
        was_set, self._is_set = self._is_set, True
        left, every = signal.setitimer(signal.ITIMER_REAL, seconds)
        return Earlier(left, every, time.monotonic() if left else 0.0, was_set)

    def clear(self, earlier: Earlier | None) -> None:
        """Ends what `set` began; an earlier timer goes on where it was."""
        if earlier is None:
            return
        self._is_set = earlier.ours
        if not earlier.left:
            signal.setitimer(signal.ITIMER_REAL, 0)
            return
        left = earlier.left - (time.monotonic() - earlier.since)
        signal.setitimer(signal.ITIMER_REAL, max(left, 0.001), earlier.every)

    def _ring(self, number: int, frame: FrameType | None) -> None:
        if self._is_set:
            raise Blocked
        # Where there was no handler it can only be ours, come a moment after the step's end.
        if callable(self._before):
            self._before(number, frame)
