"""The alarm signal that interrupts code which holds the event loop for too long."""

from __future__ import annotations

import signal
import threading
import time

# As `signal.getsignal`, without the search for a name of what is found.
from _signal import getsignal  # type: ignore[import-not-found]
from types import FrameType
from typing import NamedTuple


class Blocked(BaseException):
    """Raised in code that blocks the event loop. No `except Exception` may swallow it."""


class Earlier(NamedTuple):
    """What an alarm took the place of: a timer (seconds), seen when; and what it was due for."""

    left: float
    every: float
    since: float
    due: float | None


_NONE = Earlier(0.0, 0.0, 0.0, None)


class Alarm:
    """Set before a step of an application's code, and cleared after it.

    Its handler stays, and so does its timer once it runs, since putting them there costs more
    than most steps: what rings too early for a step is set anew, and what rings when none is
    under way is handed to the handler that was there before. A timer of somebody else's is
    given back with the end of the step.
    """

    def __init__(self) -> None:
        self._handler = self._ring
        self._before: object = None
        self._due: float | None = None
        """When the step that is under way has held the loop for too long; on `time.monotonic`."""
        self._rings_at = 0.0
        """Up to when our own timer runs."""
        self._can_ring = hasattr(signal, "SIGALRM")
        self._main = threading.main_thread().ident

    def set(self, seconds: float) -> Earlier | None:
        """Raises `Blocked` in the main thread after `seconds`; elsewhere it does nothing.

        Steps may lie within each other, where an application's call leads to another's.
        """
        if not self._can_ring or threading.get_ident() != self._main:
            return None
        now = time.monotonic()
        before, self._due = self._due, now + seconds
        if getsignal(signal.SIGALRM) is not self._handler:
            self._take_over()
        elif now < self._rings_at <= self._due:
            return _NONE if before is None else Earlier(0.0, 0.0, 0.0, before)
        left, every = signal.setitimer(signal.ITIMER_REAL, seconds)
        is_ours, self._rings_at = now < self._rings_at, self._due
        if not left or is_ours:
            return Earlier(0.0, 0.0, 0.0, before)
        return Earlier(left, every, now, before)

    def clear(self, earlier: Earlier | None) -> None:
        """Ends what `set` began; an earlier timer goes on where it was."""
        if earlier is None:
            return
        self._due = earlier.due
        if earlier.left:
            left = earlier.left - (time.monotonic() - earlier.since)
            signal.setitimer(signal.ITIMER_REAL, max(left, 0.001), earlier.every)
            self._rings_at = 0.0

    def rest(self) -> None:
        """Takes back the timer that still runs, when no step is to follow.

        While the interpreter ends nobody handles the signal any more, and it would end the
        process by itself.
        """
        if self._due is None and time.monotonic() < self._rings_at:
            signal.setitimer(signal.ITIMER_REAL, 0.0)
            self._rings_at = 0.0

    def _take_over(self) -> None:
        # Of two alarms the second hands on to whom the first does, and never in a circle.
        now = getsignal(signal.SIGALRM)
        owner = getattr(now, "__self__", None)
        self._before = owner._before if isinstance(owner, Alarm) else now
        signal.signal(signal.SIGALRM, self._handler)
        self._rings_at = 0.0

    def _ring(self, number: int, frame: FrameType | None) -> None:
        is_ours, self._rings_at = bool(self._rings_at), 0.0
        if self._due is not None:
            left = self._due - time.monotonic()
            if left <= 0:
                raise Blocked
            self._rings_at = self._due
            signal.setitimer(signal.ITIMER_REAL, left)
        elif not is_ours and callable(self._before):
            self._before(number, frame)
