"""Where a message of a test comes from: a socket that was measured as the test says."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from host.contract import Path


@dataclass(frozen=True)
class Line:
    """A `Source` of the realtime layer, without a socket."""

    name: str
    arrived: float
    path: Path | None
    written: Mapping[int, float] | None
    """When events were written to it, by seq; None: each of them a second before."""
    measured: bool = True

    def heard(self, seq: int) -> float | None:
        """When the frame of an event was written."""
        if not self.measured:
            return None
        return self.arrived - 1.0 if self.written is None else self.written.get(seq)


def a_path(least: float = 0.02) -> Path:
    """The way of somebody in the same hall; `least` in seconds."""
    return Path(least=least, latest=least * 1.1, spread=least * 0.1, samples=8, age=0.5)
