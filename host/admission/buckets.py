"""A bucket of calls for each caller, which fills again with time.

The algorithm is the generic cell rate algorithm (ITU-T I.371, annex A): of each caller only the
moment is kept at which the bucket is full again. So a call costs a look-up and a sum, there is no
window at whose edge twice as much passes, and what counts no more needs no sweeping.
"""

from __future__ import annotations

import math
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

MOST_CALLERS = 20_000
"""Of how many callers a bucket is kept. Past that the one who was silent longest begins anew."""
OWN_SHARE = 0.1
"""Which part of a quota each process gives out without telling the others."""
SLACK = 1e-6


class Standing(NamedTuple):
    """How somebody stands after a call: what is left, when all of it is back, and, for a call
    that was one too many, the seconds to wait (otherwise 0).
    """

    policy: bytes
    left: bytes
    wait: int


class Buckets:
    """`quota` calls at once for each caller, coming back evenly over `seconds`.

    `name` stands in the header fields. With `shared`, calls past each process's own share wait
    in `unsent` for whoever tells the other processes.
    """

    def __init__(
        self,
        name: str,
        quota: int,
        seconds: float,
        monotonic: Callable[[], float],
        *,
        most: int = MOST_CALLERS,
        shared: Callable[[], None] | None = None,
    ) -> None:
        """`shared` is called when there is something unsent."""
        self.name = name
        self.step = seconds / quota
        self.seconds = seconds
        self.unsent: dict[str, int] = {}
        self._policy = f'"{name}";q={quota};w={seconds:g}'.encode()
        self._monotonic = monotonic
        self._most = most
        self._shared = shared
        self._own = seconds * OWN_SHARE
        # For each caller the moment at which their bucket is full again, in the order of calls.
        self._full_at: OrderedDict[str, float] = OrderedDict()

    def __len__(self) -> int:
        """How many callers are remembered."""
        return len(self._full_at)

    def take(self, caller: str) -> Standing:
        """Counts a call; one that is too many is not counted."""
        now = self._monotonic()
        full_at = self._full_at.get(caller)
        if full_at is None:
            self._make_room(now)
            full_at = now
        used = full_at - now if full_at > now else 0.0
        after = used + self.step
        over = after - self.seconds
        if over > SLACK:
            left = b'"%s";r=0;t=%d' % (self.name.encode(), math.ceil(used))
            return Standing(self._policy, left, math.ceil(over))
        self._full_at[caller] = now + after
        self._full_at.move_to_end(caller)
        if self._shared is not None and after > self._own:
            self._tell(caller, self._shared)
        remaining = int((SLACK - over) / self.step)
        left = b'"%s";r=%d;t=%d' % (self.name.encode(), remaining, math.ceil(after))
        return Standing(self._policy, left, 0)

    def heard(self, sent: Mapping[str, int], used: Sequence[float]) -> None:
        """The others know of the calls `sent`; of each bucket all have used so many seconds."""
        now = self._monotonic()
        for (caller, calls), together in zip(sent.items(), used, strict=True):
            unsent = self.unsent.pop(caller, calls) - calls
            if unsent > 0:
                self.unsent[caller] = unsent
            full_at = now + together + max(unsent, 0) * self.step
            if full_at > self._full_at.get(caller, full_at):
                self._full_at[caller] = full_at

    def _tell(self, caller: str, shared: Callable[[], None]) -> None:
        if not self.unsent:
            shared()
        # While nobody can be told, it must not grow without end.
        if caller in self.unsent or len(self.unsent) < self._most:
            self.unsent[caller] = self.unsent.get(caller, 0) + 1

    def _make_room(self, now: float) -> None:
        oldest = next(iter(self._full_at), None)
        while oldest is not None and (
            len(self._full_at) >= self._most or self._full_at[oldest] <= now
        ):
            del self._full_at[oldest]
            oldest = next(iter(self._full_at), None)
