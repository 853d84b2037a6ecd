"""Where a round's draws stand, read from its log: what the log says is what is so."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from festoon_lottery.proof.chain import Link
from festoon_lottery.proof.document import Kind
from festoon_lottery.proof.encoding import Plain
from festoon_lottery.rounds import Round


@dataclass
class Book:
    """Units that are left by prize, the next place by order, and who holds what."""

    of: Round
    units: dict[str, int] = field(default_factory=dict)
    reached: dict[str, int] = field(default_factory=dict)
    holders: dict[tuple[str, int], tuple[str, int]] = field(default_factory=dict)
    """(order, place) → (prize, entry)."""
    left_over: dict[str, int] | None = None
    """Units that were left when the seed was revealed; None before that."""
    head: Link | None = None

    @classmethod
    def read(cls, of: Round, links: Iterable[Link]) -> Book:
        """Goes through a whole log."""
        book = cls(of)
        for link in links:
            book.note(link)
        return book

    def note(self, link: Link) -> None:
        """Takes one entry more."""
        self.head = link
        data: Mapping[str, Any] = link.data
        match link.kind:
            case Kind.CLOSED:
                self.units = {prize["id"]: prize["units"] for prize in data["prizes"]}
            case Kind.PRIZE_ADDED:
                self.units[data["prize"]] = self.units.get(data["prize"], 0) + data["units"]
            case Kind.AWARDED:
                self.units[data["prize"]] -= 1
                self._reach(data)
                self.holders[self._place(data)] = (data["prize"], data["entry"])
            case Kind.PASSED_OVER:
                self._reach(data)
            case Kind.TAKEN_BACK:
                self.units[data["prize"]] = self.units.get(data["prize"], 0) + 1
                del self.holders[self._place(data)]
            case Kind.REVEALED:
                self.left_over = dict(self.units)

    def next_place(self, prize_id: str) -> int:
        """The next place of a prize's order, from 0."""
        return self.reached.get(self.of.order_of(prize_id), 0)

    def free(self, prize_id: str) -> int:
        """Units of a prize that can be drawn here.

        What was left when the seed was revealed is not drawn from an order that everybody knows;
        what is taken back after that goes to the next in it.
        """
        left = self.left_over.get(prize_id, 0) if self.left_over is not None else 0
        return self.units.get(prize_id, 0) - left

    def used(self) -> list[str]:
        """The names of the orders that were drawn from."""
        return sorted(self.reached)

    def _reach(self, data: Mapping[str, Plain]) -> None:
        name, place = self._place(data)
        self.reached[name] = place + 1

    def _place(self, data: Mapping[str, Any]) -> tuple[str, int]:
        return self.of.order_of(data["prize"]), data["place"]
