"""A drum from its opening to its proof: each step is written into the log, and stays there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from festoon_lottery.proof.chain import Link, linked
from festoon_lottery.proof.document import Beacon, Kind, Level, Proof
from festoon_lottery.proof.encoding import Plain, canonical, digest
from festoon_lottery.proof.fixed import Closing, Entry, closing, commitment, rules_hash
from festoon_lottery.proof.order import WHOLE, draw_key, order_digest, places


@dataclass(frozen=True)
class Units:
    """A prize and how many units of it there are."""

    prize: str
    units: int


@dataclass(frozen=True)
class Place:
    """A place of an order (from 0), and the index of the entry that stands there."""

    place: int
    entry: int


class Run:
    """One drum. What is asked out of turn is a `ValueError`, and leaves everything as it was."""

    def __init__(
        self, level: Level, room: str, rules: Mapping[str, Plain], beacon: Beacon | None = None
    ) -> None:
        self.level = level
        self.room = room
        self.rules = rules
        self.beacon = beacon
        self.log: list[Link] = []
        self.entries: Sequence[Entry] = ()
        self.closed: Closing | None = None
        self._seed: bytes | None = None
        self._units: dict[str, int] = {}
        self._orders: dict[str, list[int]] = {}
        self._reached: dict[str, int] = {}
        self._won: dict[tuple[str, int], tuple[str, int]] = {}

    def open(self, at: str, seed: bytes | None) -> Link:
        """Fixes the rules and, on the level `committed`, the seed. `at` is ISO time in UTC."""
        if self.log:
            raise ValueError("the drum is open already")
        if (seed is None) == (self.level is Level.COMMITTED):
            raise ValueError(f"a drum of the level {self.level} is not opened like that")
        self._seed = seed
        beacon = self.beacon
        return self._say(
            at,
            Kind.OPENED,
            {
                "level": self.level.value,
                "room": self.room,
                "rulesHash": rules_hash(self.rules).hex(),
                "commitment": commitment(seed).hex() if seed is not None else None,
                "beacon": {"source": beacon.source, "round": beacon.round} if beacon else None,
            },
        )

    def close(self, at: str, entries: Sequence[Entry], prizes: Sequence[Units]) -> Closing:
        """Fixes who is in the drum and what is drawn, in the order in which it was announced."""
        if len(self.log) != 1:
            raise ValueError("entries close once, after they were opened")
        closed = closing(entries)
        told: list[Plain] = [{"id": prize.prize, "units": prize.units} for prize in prizes]
        self._say(
            at,
            Kind.CLOSED,
            {
                "root": closed.root.hex(),
                "count": closed.count,
                "total": closed.total,
                "prizes": told,
            },
        )
        self.entries, self.closed = entries, closed
        self._units = {prize.prize: prize.units for prize in prizes}
        return closed

    def seed(self, seed: bytes) -> None:
        """The seed of a level that has none before entries close."""
        if self.closed is None or self._seed is not None:
            raise ValueError("a seed comes once, after entries closed")
        commitment(seed)
        self._seed = seed

    def next_place(self, prize: str) -> Place | None:
        """Who comes next for a prize; None when the drum is empty."""
        if prize not in self._units:
            raise ValueError(f"the prize '{prize}' was not announced at closing")
        draw = WHOLE if self._one_each else prize
        order, reached = self._order(draw), self._reached.get(draw, 0)
        return Place(reached, order[reached]) if reached < len(order) else None

    def award(self, at: str, prize: str) -> Place:
        """Gives a unit to whoever comes next; `ValueError` where there is no unit or nobody."""
        if self._units.get(prize, 0) < 1:
            raise ValueError(f"no unit of the prize '{prize}' is left")
        place = self._step(at, Kind.AWARDED, prize, {})
        self._units[prize] -= 1
        self._won[self._draw(prize), place.place] = (prize, place.entry)
        return place

    def pass_over(self, at: str, prize: str, reason: str) -> Place:
        """Leaves out whoever comes next, for a reason that everybody can read."""
        return self._step(at, Kind.PASSED_OVER, prize, {"reason": reason})

    def add_prize(self, at: str, prize: str, units: int) -> Link:
        """Units of a prize that came after entries closed, before they are drawn."""
        if self.closed is None or self._ended:
            raise ValueError("prizes are added between closing and reveal")
        self._units[prize] = self._units.get(prize, 0) + units
        return self._say(at, Kind.PRIZE_ADDED, {"prize": prize, "units": units})

    def take_back(self, at: str, prize: str, place: int, reason: str) -> Link:
        """Takes a unit back from who won it; the next place gets it."""
        won = self._won.get((self._draw(prize), place))
        if won is None or won[0] != prize:
            raise ValueError("nobody won this prize at this place")
        data: dict[str, Plain] = {
            "prize": prize,
            "place": place,
            "entry": won[1],
            "reason": reason,
        }
        link = self._say(at, Kind.TAKEN_BACK, data)
        del self._won[self._draw(prize), place]
        self._units[prize] += 1
        return link

    def reveal(self, at: str, audience: Sequence[int] | None = None) -> Link:
        """Tells the seed, and the digest of every order; what comes free after that goes on."""
        if self._ended:
            raise ValueError("the seed was revealed already")
        if self.closed is None or self._seed is None:
            raise ValueError("there is no seed to reveal yet")
        data: dict[str, Plain] = {
            "seed": self._seed.hex(),
            "orders": {draw: order_digest(order).hex() for draw, order in self._orders.items()},
        }
        if audience is not None:
            data["audience"] = list(audience)
        return self._say(at, Kind.REVEALED, data)

    def proof(self) -> Proof:
        """What there is of the proof; its seed is told only when it was revealed."""
        seed = self._seed if self._ended else None
        return Proof(
            self.level, self.room, self.rules, self.entries, list(self.log), seed, self.beacon
        )

    @property
    def _one_each(self) -> bool:
        return self.rules.get("onePrizePerPerson") is True

    @property
    def _ended(self) -> bool:
        return any(link.kind == Kind.REVEALED for link in self.log)

    def _draw(self, prize: str) -> str:
        return WHOLE if self._one_each else prize

    def _order(self, draw: str) -> list[int]:
        if draw not in self._orders:
            if self._ended:
                raise ValueError("the seed was revealed: this order was not told with it")
            if self.closed is None or self._seed is None:
                raise ValueError("nothing is drawn before entries closed and the seed is there")
            beacon = self.beacon.value if self.beacon else b""
            if beacon is None:
                raise ValueError("the beacon's round is not there yet")
            rules = rules_hash(self.rules)
            key = draw_key(self._seed, rules, self.closed, beacon, self.room, draw)
            self._orders[draw] = list(places([one.weight for one in self.entries], key))
        return self._orders[draw]

    def _step(self, at: str, kind: Kind, prize: str, more: Mapping[str, Plain]) -> Place:
        found = self.next_place(prize)
        if found is None:
            raise ValueError("the drum is empty")
        data = {"prize": prize, "place": found.place, "entry": found.entry, **more}
        self._say(at, kind, data)
        self._reached[self._draw(prize)] = found.place + 1
        return found

    def _say(self, at: str, kind: Kind, data: Mapping[str, Plain]) -> Link:
        link = linked(self.log[-1] if self.log else None, at, kind.value, data)
        self.log.append(link)
        return link


def audience_seed(numbers: Sequence[int]) -> bytes:
    """The seed made of the numbers that the hall called out, in their order."""
    return digest("audience", canonical(list(numbers)))
