"""Leaving a service out that keeps failing, so that nobody waits for what does not come.

A circuit breaker (M. Nygard, Release It!, 2007) for each service in each process: after some
failures in a row it opens, and the service is asked nothing. When its pause is over one call goes
through as a probe; it closes by an answer, and opens for twice as long by another failure.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum

from host.apps.remote.problems import LeftOut

OPENS_AFTER = 10
"""Failures in a row."""
FIRST_PAUSE, LONGEST_PAUSE = 15.0, 240.0
"""Seconds."""


class Change(Enum):
    """What an answer, or the want of one, made of the service's standing."""

    NONE = "none"
    OPENED = "opened"
    CLOSED = "closed"


@dataclass
class _Circuit:
    failures: int = 0
    open: bool = False
    pause: float = FIRST_PAUSE
    until: float = 0.0
    probing: bool = False
    proven: bool = False


class Breaker:
    """The standing of services with this process."""

    def __init__(self, clock: Callable[[], float], *, opens_after: int = OPENS_AFTER) -> None:
        """`clock` gives seconds that never go back."""
        self._clock = clock
        self._opens_after = opens_after
        self._circuits: dict[str, _Circuit] = {}

    def enter(self, app_id: str) -> None:
        """Before a call. Raises `LeftOut` where none is to be made.

        Each call that was let in must come out by `passed`, `failed` or `undecided`.
        """
        circuit = self._circuits.setdefault(app_id, _Circuit())
        if not circuit.open:
            return
        left = circuit.until - self._clock()
        if left > 0 or circuit.probing:
            raise LeftOut(left)
        circuit.probing = True

    def passed(self, app_id: str) -> Change:
        """The service answered. CLOSED also for its first answer in this process: another one,
        that lives no more, may have told people that it failed.
        """
        circuit = self._circuits.setdefault(app_id, _Circuit())
        first = circuit.open or not circuit.proven
        self._circuits[app_id] = _Circuit(proven=True)
        return Change.CLOSED if first else Change.NONE

    def failed(self, app_id: str) -> Change:
        """The service did not answer, or not in a way that can be used."""
        circuit = self._circuits.setdefault(app_id, _Circuit())
        circuit.failures += 1
        if circuit.open and circuit.probing:
            circuit.pause = min(circuit.pause * 2, LONGEST_PAUSE)
        elif circuit.open or circuit.failures < self._opens_after:
            return Change.NONE
        opened = not circuit.open
        circuit.open, circuit.probing = True, False
        circuit.until = self._clock() + circuit.pause
        return Change.OPENED if opened else Change.NONE

    def undecided(self, app_id: str) -> None:
        """The call said nothing about the service: it was given up here."""
        self._circuits.setdefault(app_id, _Circuit()).probing = False

    def left_out(self, app_id: str) -> bool:
        """Whether the service is asked nothing now, but for a probe."""
        circuit = self._circuits.get(app_id)
        return circuit is not None and circuit.open

    def forget(self, app_id: str) -> None:
        """Begins anew with a service: what was known of it holds no longer."""
        self._circuits.pop(app_id, None)
