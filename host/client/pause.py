"""How long to wait before another try."""

from __future__ import annotations

import random
from collections.abc import Callable

Random = Callable[[], float]
"""A number from 0 to 1, `random.random` say."""

CHANCE: Random = random.random


def full_jitter(tries: int, *, first: float, longest: float, chance: Random = CHANCE) -> float:
    """Seconds, anywhere from 0 to `first` doubled by each of the `tries` before, up to `longest`.

    Full jitter: clients that lost their server together must not come back together.
    """
    return chance() * min(longest, first * 2.0 ** min(tries, 30))
