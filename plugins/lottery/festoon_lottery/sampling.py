"""Drawing tickets from a drum, so that the same seed always draws the same ones.

The chance comes from a stream of bytes: block i is HMAC-SHA256(seed, label ‖ i), with i as eight
bytes, big-endian, from 0 (the counter mode of NIST SP 800-108r1, section 4.1). A whole number
below n is read from it by the Simple Discard Method (NIST SP 800-90A Rev. 1, appendix B.5.1.1):
read as many bytes as n - 1 has, keep its number of bits, and discard a value that is n or more.
No modulo anywhere: it would favour the low numbers.

The drum is sequential weighted sampling without replacement: a ticket is drawn, each with the
same chance among all that are in; its owner wins and takes all their other tickets out. That is
the order in which a hand in a real drum would find them (C. K. Wong and M. C. Easton, An Efficient
Method for Weighted Sampling without Replacement, SIAM J. Comput. 9(1), 1980; the tree of partial
sums is P. M. Fenwick's, Software: Practice and Experience 24(3), 1994).

Nothing here knows of rooms or people: anyone can run a draw again with this file alone.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

LABEL = b"festoon-lottery/1"
"""Names the stream and its version: another use of the same seed gets other bytes."""


class Stream:
    """An endless, repeatable run of bytes made from a seed."""

    def __init__(self, seed: bytes, label: bytes = LABEL) -> None:
        self._seed = seed
        self._label = label
        self._block = 0
        self._rest = b""

    def read(self, size: int) -> bytes:
        """The next `size` bytes."""
        while len(self._rest) < size:
            message = self._label + self._block.to_bytes(8, "big")
            self._rest += hmac.new(self._seed, message, hashlib.sha256).digest()
            self._block += 1
        taken, self._rest = self._rest[:size], self._rest[size:]
        return taken


def below(limit: int, read: Callable[[int], bytes]) -> int:
    """A whole number from 0 to `limit` - 1, each as likely as the others.

    `read(n)` gives n fresh random bytes. A `limit` below 1 is a ValueError.
    """
    if limit < 1:
        raise ValueError("there is no whole number from 0 to below 1")
    bits = (limit - 1).bit_length()
    size = (bits + 7) // 8
    while True:
        value = int.from_bytes(read(size), "big") >> (size * 8 - bits)
        if value < limit:
            return value


@dataclass(frozen=True)
class Drawn:
    """One drawn ticket: the owner's place among the entrants, and which of their tickets it is.

    Both count from 0.
    """

    entrant: int
    ticket: int


class Drum:
    """How many tickets each entrant has in, as a tree of partial sums."""

    def __init__(self, tickets: Sequence[int]) -> None:
        self._left = list(tickets)
        self._sums = [0, *tickets]
        for node in range(1, len(self._sums)):
            parent = node + (node & -node)
            if parent < len(self._sums):
                self._sums[parent] += self._sums[node]
        self.total = sum(tickets)

    def at(self, position: int) -> Drawn:
        """The ticket at a position, counted through the entrants in their order."""
        place, step = 0, 1 << len(self._left).bit_length()
        while step := step >> 1:
            if place + step < len(self._sums) and self._sums[place + step] <= position:
                place += step
                position -= self._sums[place]
        return Drawn(place, position)

    def take_out(self, entrant: int) -> None:
        """Removes all tickets of an entrant."""
        gone, self._left[entrant] = self._left[entrant], 0
        self.total -= gone
        node = entrant + 1
        while node < len(self._sums):
            self._sums[node] -= gone
            node += node & -node


def leaving(tickets: Sequence[int], stream: Stream) -> Iterator[Drawn]:
    """Draws entrants until no ticket is left, each with `tickets[i]` tickets of entrant i."""
    drum = Drum(tickets)
    while drum.total:
        drawn = drum.at(below(drum.total, stream.read))
        drum.take_out(drawn.entrant)
        yield drawn


def draw(tickets: Sequence[int], count: int, seed: bytes) -> list[Drawn]:
    """Draws `count` different entrants from `tickets[i]` tickets of entrant i, in order.

    A ValueError when an entrant has fewer than 0 tickets, or fewer than `count` have any.
    """
    if any(held < 0 for held in tickets):
        raise ValueError("an entrant cannot hold fewer than 0 tickets")
    if sum(held > 0 for held in tickets) < count:
        raise ValueError("fewer entrants hold a ticket than are to be drawn")
    return list(islice(leaving(tickets, Stream(seed)), count))
