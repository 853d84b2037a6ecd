"""How fast one process brings what can wait: by its figure, and slower where it is busy.

A hall of ten thousand must not hold up a draw. Every step of a call waits for its turn in the
process, so what counts is how late the process comes to what is due.
"""

from __future__ import annotations

IN_TIME = 0.004
"""Seconds by which somebody who slept wakes up late where nothing else is to be done."""
LEAST = 0.1
"""And no slower than by this factor: what is told arrives, however busy the evening."""
MEMORY = 0.8
"""How much of what was seen before still counts at each look."""
AT_ONCE = 0.5
"""Seconds of which the share may be begun together, after a rest."""


class Pace:
    """A share that fills up with time. `now` is the time of the process's loop, in seconds."""

    def __init__(self, a_second: float) -> None:
        """`a_second`: how many may begin while the process has nothing else to do."""
        self._a_second = a_second
        self._most = max(1.0, a_second * AT_ONCE)
        self._share = self._most
        self._at = 0.0
        self._late = 0.0

    def seen(self, late: float) -> None:
        """By so many seconds somebody who had slept was late."""
        self._late = MEMORY * self._late + (1 - MEMORY) * max(0.0, late)

    def free(self, now: float) -> int:
        """How many may begin now."""
        self._share = min(self._most, self._share + (now - self._at) * self._rate)
        self._at = now
        return int(self._share)

    def took(self, many: int) -> None:
        """So many have begun."""
        self._share -= many

    def wait(self) -> float:
        """Seconds until there is another."""
        return max(0.0, 1 - self._share) / self._rate

    @property
    def _rate(self) -> float:
        return self._a_second * max(LEAST, min(1.0, IN_TIME / max(self._late, IN_TIME)))
