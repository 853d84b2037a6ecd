"""Slows down guessing: a token bucket for each address and account, in this process."""

from __future__ import annotations

import math
from collections import OrderedDict
from collections.abc import Callable

from host.errors import RateLimited

MOST_BUCKETS = 10_000


class Throttle:
    """Lets `burst` attempts pass at once, any number if it is 0, and one more every `seconds`.

    A hall behind one address shares nothing but the address, and so never meets it.
    """

    def __init__(
        self, monotonic: Callable[[], float], *, burst: int = 10, seconds: float = 6.0
    ) -> None:
        self._monotonic = monotonic
        self._burst = burst
        self._seconds = seconds
        # For each key, the moment at which its bucket is full again.
        self._full_at: OrderedDict[str, float] = OrderedDict()

    def take(self, key: str) -> None:
        """Counts an attempt; `RateLimited`, with the seconds to wait, when there were too many."""
        if not self._burst:
            return
        now = self._monotonic()
        full_at = max(self._full_at.get(key, now), now)
        wait = full_at - now - (self._burst - 1) * self._seconds
        if wait > 0:
            raise RateLimited(math.ceil(wait))
        self._full_at[key] = full_at + self._seconds
        self._full_at.move_to_end(key)
        if len(self._full_at) > MOST_BUCKETS:
            self._full_at.popitem(last=False)

    def clear(self, key: str) -> None:
        """Forgets the attempts: the person knew the password."""
        self._full_at.pop(key, None)
