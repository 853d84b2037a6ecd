"""A way between a phone and the server: delay each way, jitter, and losses as TCP shows them."""

from __future__ import annotations

from dataclasses import dataclass, field
from random import Random

FIRST_TIMEOUT, LONGEST_TIMEOUT = 200.0, 8000.0
"""When TCP sends again what was lost, beside a round trip: the least of it, doubled each time."""


@dataclass(frozen=True)
class Weather:
    """What networks are like, in milliseconds and parts of one."""

    least_delay: float = 5.0
    most_delay: float = 400.0
    """Each way by itself, so that there and back are uneven."""
    least_jitter: float = 1.0
    most_jitter: float = 25.0
    """The mean of what every packet may be later; exponential, so that some are far later."""
    loss: float = 0.02


@dataclass
class Direction:
    """One way. TCP delivers in order: nothing overtakes what waits for a lost packet."""

    delay: float
    jitter: float
    loss: float
    round_trip: float
    last: float = field(default=0.0)

    def carry(self, sent: float, chance: Random) -> float:
        """When something that is sent at this moment arrives; to be asked in order of sending."""
        due = sent + self.delay + chance.expovariate(1 / self.jitter)
        timeout = FIRST_TIMEOUT
        while chance.random() < self.loss:
            due += timeout + self.round_trip
            timeout = min(2 * timeout, LONGEST_TIMEOUT)
        self.last = max(self.last, due)
        return self.last


def ways(weather: Weather, chance: Random) -> tuple[Direction, Direction]:
    """Down to a phone and up from it."""
    down, up = (chance.uniform(weather.least_delay, weather.most_delay) for _ in range(2))
    jitters = [chance.uniform(weather.least_jitter, weather.most_jitter) for _ in range(2)]
    loss, both = weather.loss, down + up
    return Direction(down, jitters[0], loss, both), Direction(up, jitters[1], loss, both)
