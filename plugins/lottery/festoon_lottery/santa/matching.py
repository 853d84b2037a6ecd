"""Whether everybody can be given somebody, and who stands in its way where not.

A matching is made larger along alternating paths (C. Berge, Two Theorems in Graph Theory, PNAS 43,
1957). Where somebody is left over, the givers who can be reached from them by such paths may give
to fewer people than they are (P. Hall, On Representatives of Subsets, J. London Math. Soc. 10,
1935): that is the reason, and those are the people to free.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Sequence

Apart = Sequence[Collection[int]]
"""For each giver the people whom they must not give to, besides themselves."""


class Matching:
    """Who gives to whom so far, of `count` people. `to` is by giver, `by` the other way around."""

    def __init__(self, count: int, apart: Apart) -> None:
        self.count = count
        self.apart = apart
        self.to: list[int | None] = [None] * count
        self.by: list[int | None] = [None] * count
        self.settled: set[int] = set()
        """Givers who keep whom they have."""

    def may(self, giver: int, receiver: int) -> bool:
        """Whether a pair is allowed by itself."""
        return giver != receiver and receiver not in self.apart[giver]

    def place(self, start: int) -> set[int]:
        """Finds somebody for a giver who has nobody, by moving others who are not settled.

        Answers with the givers that were reached; whether it worked, `to[start]` says.
        """
        came: dict[int, int] = {}
        reached, waiting = {start}, deque([start])
        while waiting:
            giver = waiting.popleft()
            for receiver in range(self.count):
                if receiver in came or not self.may(giver, receiver):
                    continue
                holder = self.by[receiver]
                if holder in self.settled:
                    continue
                came[receiver] = giver
                if holder is None:
                    self._turn(came, start, receiver)
                    return reached
                reached.add(holder)
                waiting.append(holder)
        return reached

    def _turn(self, came: dict[int, int], start: int, receiver: int) -> None:
        while True:
            giver = came[receiver]
            before, self.to[giver] = self.to[giver], receiver
            self.by[receiver] = giver
            if giver == start or before is None:
                return
            receiver = before

    def settle(self, giver: int, receiver: int) -> bool:
        """Gives `receiver` to `giver` for good, if all others can then still be given somebody."""
        free, holder = self.to[giver], self.by[receiver]
        assert free is not None
        assert holder is not None
        self.settled.add(giver)
        if holder == giver:
            return True
        self.to[giver], self.by[receiver] = receiver, giver
        self.to[holder], self.by[free] = None, None
        self.place(holder)
        if self.to[holder] is not None:
            return True
        self.settled.remove(giver)
        self.to[giver], self.by[free] = free, giver
        self.to[holder], self.by[receiver] = receiver, holder
        return False


def stuck(count: int, apart: Apart) -> tuple[list[int], list[int]] | None:
    """Givers who together may give to fewer people than they are, and those people.

    None where everybody can be given somebody.
    """
    matching = Matching(count, apart)
    for giver in range(count):
        reached = matching.place(giver)
        if matching.to[giver] is None:
            receivers = {
                one for one in range(count) if any(matching.may(giver, one) for giver in reached)
            }
            return sorted(reached), sorted(receivers)
    return None
