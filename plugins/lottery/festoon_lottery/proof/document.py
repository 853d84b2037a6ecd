"""The proof: one JSON document that holds all that it takes to draw again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from festoon_lottery.proof.chain import Link
from festoon_lottery.proof.encoding import FORMAT, Plain
from festoon_lottery.proof.fixed import Entry


class Level(StrEnum):
    """Where the seed comes from, and so what is proved."""

    COMMITTED = "committed"
    """Chosen and hashed before entries open; with a beacon nobody could have known the outcome."""
    SIMPLE = "simple"
    """Chosen when the draw begins: it can be drawn again, but who chose could have chosen twice."""
    AUDIENCE = "audience"
    """Numbers that the hall called out when entries were closed."""


class Kind(StrEnum):
    """What a log tells of."""

    OPENED = "opened"
    CLOSED = "closed"
    AWARDED = "awarded"
    PASSED_OVER = "passedOver"
    TAKEN_BACK = "takenBack"
    PRIZE_ADDED = "prizeAdded"
    REVEALED = "revealed"
    VOIDED = "voided"


@dataclass(frozen=True)
class Beacon:
    """A public source of chance: whose, which round of it, and its value once it is there."""

    source: str
    round: int
    value: bytes | None = None


@dataclass(frozen=True)
class Proof:
    """Everything that a proof is made of. `seed` is None until it is revealed."""

    level: Level
    room: str
    rules: Mapping[str, Plain]
    entries: Sequence[Entry]
    log: Sequence[Link]
    seed: bytes | None
    beacon: Beacon | None = None

    def document(self) -> dict[str, Plain]:
        """The document: no names and no salts, so that erasing a person leaves it as it is."""
        beacon: dict[str, Plain] | None = None
        if self.beacon is not None:
            value = self.beacon.value
            beacon = {
                "source": self.beacon.source,
                "round": self.beacon.round,
                "value": value.hex() if value is not None else None,
            }
        return {
            "format": FORMAT,
            "level": self.level.value,
            "room": self.room,
            "rules": dict(self.rules),
            "seed": self.seed.hex() if self.seed is not None else None,
            "beacon": beacon,
            "entries": [[entry.weight, entry.identity.hex()] for entry in self.entries],
            "log": [link.wire() for link in self.log],
        }
