"""Which durable events were written to one socket, and when."""

from __future__ import annotations

from array import array

KEPT = 64
"""So many of the newest are remembered, 16 bytes each."""


class Written:
    """The newest events of one socket, each with its moment by the monotonic clock."""

    __slots__ = ("_moments", "_place", "_seqs")

    def __init__(self) -> None:
        self._seqs = array("q")
        self._moments = array("d")
        self._place = 0

    def note(self, seq: int, moment: float) -> None:
        """The frame of this event was handed to the system."""
        if len(self._seqs) < KEPT:
            self._seqs.append(seq)
            self._moments.append(moment)
        else:
            self._seqs[self._place] = seq
            self._moments[self._place] = moment
            self._place = (self._place + 1) % KEPT

    def heard(self, seq: int) -> float | None:
        """When that was; None for an event that was not written here, or long ago."""
        try:
            return self._moments[self._seqs.index(seq)]
        except ValueError:
            return None
