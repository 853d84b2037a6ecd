"""Who gives to whom, drawn from a seed: uniformly among all assignments that are allowed.

The order of receivers is shuffled (R. A. Fisher and F. Yates, 1938; R. Durstenfeld, Algorithm 235,
CACM 7(7), 1964) and thrown away at the first pair that must not be, then begun anew. What is kept
is uniform among the allowed ones, because every shuffle is as likely as every other and only
those that are not allowed are thrown away (J. von Neumann, Various Techniques Used in Connection
with Random Digits, 1951). Beside e = 2.718 shuffles without exclusions it takes about e^(1 + x) of
them where each giver has x exclusions.

Where exclusions are so many that `MOST_SHUFFLES` are not enough, the second method is used, and
the record says so: givers in a drawn order each take one of those allowed after whom the rest can
still be completed. Every allowed assignment can come out of it, and not all are equally likely.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from festoon_lottery.sampling import Stream, below
from festoon_lottery.santa.matching import Apart, Matching, stuck

MOST_SHUFFLES = 10_000
UNIFORM, COMPLETED = "uniform", "completed"
_Read = Callable[[int], bytes]


@dataclass(frozen=True)
class Assignment:
    """`to[i]` is whom giver i gives to. `shuffles` is how many were begun."""

    to: Sequence[int]
    method: str
    shuffles: int


class Impossible(ValueError):
    """Nobody can be assigned; `givers` may give to no more than `receivers`, who are fewer."""

    def __init__(self, givers: Sequence[int], receivers: Sequence[int]) -> None:
        super().__init__(f"{len(givers)} people may give to only {len(receivers)}")
        self.givers = givers
        self.receivers = receivers


def assigned(count: int, apart: Apart, key: bytes) -> Assignment:
    """Draws by `key`; raises `Impossible`, also for fewer than two people."""
    if count < 2:
        raise Impossible(range(count), ())
    if why := stuck(count, apart):
        raise Impossible(*why)
    read = Stream(key, b"").read
    for number in range(1, MOST_SHUFFLES + 1):
        to = _shuffled(count, apart, read)
        if to is not None:
            return Assignment(to, UNIFORM, number)
    return Assignment(_completed(count, apart, read), COMPLETED, MOST_SHUFFLES)


def _shuffled(count: int, apart: Apart, read: _Read) -> list[int] | None:
    left = list(range(count))
    for giver in range(count):
        at = giver + below(count - giver, read)
        left[giver], left[at] = left[at], left[giver]
        if left[giver] == giver or left[giver] in apart[giver]:
            return None
    return left


def _completed(count: int, apart: Apart, read: _Read) -> list[int]:
    matching = Matching(count, apart)
    for giver in range(count):
        matching.place(giver)
    for giver in _permuted(list(range(count)), read):
        taken = {matching.to[one] for one in matching.settled}
        choices = [one for one in range(count) if matching.may(giver, one) and one not in taken]
        # The first will do of which there is at least one: whom the giver has now.
        next(one for one in _permuted(choices, read) if matching.settle(giver, one))
    return [one for one in matching.to if one is not None]


def _permuted(listed: list[int], read: _Read) -> list[int]:
    for place in range(len(listed)):
        at = place + below(len(listed) - place, read)
        listed[place], listed[at] = listed[at], listed[place]
    return listed
