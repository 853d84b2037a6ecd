"""What Festoon must reach, as ratios within one run."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from benchmarks.rest.results import MEMORY, Reading, Results, p99, rate


@dataclass(frozen=True)
class Goal:
    """Festoon's figure to that of `to`: at least `bound`, or at most where `at_most`."""

    text: str
    call: str
    to: str
    bound: float
    at_most: bool = False
    read: Reading = rate

    def met_by(self, found: float) -> bool:
        """Whether a ratio keeps to the bound; what need only be ahead must not be level."""
        if self.bound == 1:
            return found < 1 if self.at_most else found > 1
        return found <= self.bound if self.at_most else found >= self.bound


FIVE = ("room", "page", "list", "join", "draw")
RATES = {"room": 5.0, "page": 2.5, "join": 5.0, "draw": 6.0, "list": 3.0}
GOALS: tuple[Goal, ...] = (
    *(Goal("requests to Prisma", call, "prisma", bound) for call, bound in RATES.items()),
    *(Goal("p99 to Prisma", call, "prisma", 1.0, at_most=True, read=p99) for call in FIVE),
    Goal("memory to Prisma", MEMORY, "prisma", 1 / 3, at_most=True),
    *(Goal("requests to Drizzle", call, "drizzle", 1.0) for call in FIVE),
)


def judged(results: Results) -> Iterator[tuple[Goal, float]]:
    """The goals for which there are figures, with what was found."""
    for goal in GOALS:
        found = results.ratio(goal.to, goal.call, goal.read)
        if found is not None:
            yield goal, found
