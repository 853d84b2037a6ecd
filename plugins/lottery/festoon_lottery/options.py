"""What a room's settings say about its rounds, and the rules that are made of them.

A room that is locked to an earlier version of the manifest lacks the newer settings: it has
their defaults.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from festoon_lottery.proof.document import Level
from festoon_lottery.proof.encoding import Plain
from host import iso

ITSELF = "itself"
DRAND = "drand"


@dataclass(frozen=True)
class Options:
    """The settings that rounds go by. Times are aware; `beacon` says whether one is wanted."""

    level: Level
    tickets: int
    one_each: bool
    earlier_out: bool
    closes_at: datetime | None
    draw_at: datetime | None
    draws_itself: bool
    beacon: bool

    @classmethod
    def of(cls, settings: Mapping[str, Any]) -> Options:
        """Reads the settings of a room."""
        return cls(
            level=Level(settings.get("proof", Level.COMMITTED)),
            tickets=settings["ticketsPerGuest"],
            one_each=settings["onePrizePerPerson"],
            earlier_out=settings.get("earlierWinnersOut", True),
            closes_at=moment(settings.get("closesAt")),
            draw_at=moment(settings.get("drawDate")),
            draws_itself=settings.get("drawBy") == ITSELF,
            beacon=settings.get("beacon") == DRAND,
        )

    def rules(self, now: datetime) -> dict[str, Plain]:
        """The rules of a round that opens at `now`: they are hashed, and hold until it ends.

        A closing time that has passed is none: entries then close by hand.
        """
        closes = self.closes_at if self.closes_at and self.closes_at > now else None
        return {
            "onePrizePerPerson": self.one_each,
            "earlierWinnersOut": self.earlier_out,
            "ticketsPerGuest": self.tickets,
            "closesAt": iso(closes) if closes else None,
        }


def moment(text: object) -> datetime | None:
    """An aware time; None where nobody gave one, or something that is no time."""
    if not isinstance(text, str) or not text:
        return None
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return found.replace(tzinfo=UTC) if found.tzinfo is None else found
