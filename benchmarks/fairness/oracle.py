"""What a cheat knows of its own way: everything, which is more than a real one could."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field

from benchmarks.fairness.phones import SAMPLES, WINDOW, Sample
from festoon_quiz.rules.receipts import Receipt


@dataclass
class Oracle:
    """Stands beside a relay and sees what the server will measure; milliseconds of one clock."""

    down: float = 0.0
    """How long what arrived last was under way to the phone."""
    up: float = 0.0
    """How long an answer takes to the server, as far as that can be known before it is sent."""
    asked: float | None = None
    """When the last ping left the server, while it is not answered."""
    _rounds: deque[tuple[float, float]] = field(default_factory=lambda: deque(maxlen=SAMPLES))

    def pinged(self, now: float) -> None:
        """A ping left the server."""
        self.asked = now

    def ponged(self, now: float) -> None:
        """Its echo is at the server."""
        if self.asked is not None:
            self._rounds.append((now, now - self.asked))
            self.asked = None

    def receipt(self, now: float, heard: float, reaction: float) -> Receipt:
        """What the server will have measured for an answer that is sent now, with a true claim;
        `heard` is when the key arrived.
        """
        kept = sorted(taken for at, taken in self._rounds if now - at <= WINDOW)
        path = None
        if kept:
            spread = kept[len(kept) // 2] - kept[0]
            path = Sample(kept[0] / 1000, spread / 1000, len(kept))
        written = heard - self.down
        return Receipt.of(
            opened=written / 1000,
            heard=written / 1000,
            arrived=(now + self.up) / 1000,
            path=path,
            shown=now - reaction,
            pressed=now,
        )
