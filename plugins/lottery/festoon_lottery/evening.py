"""How far the evening is: what the lottery's pages show, worked out from the room's records."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from festoon_lottery.tickets import entitled
from host import Participant, Prize, Role, Winner

SHORT = "short"


def shown_name(name: str, style: str) -> str:
    """A name as the big screen shows it: as entered, or `Masha K.` in the style "short"."""
    words = name.split()
    if style != SHORT or len(words) < 2:
        return " ".join(words)
    return f"{words[0]} {words[-1][0].upper()}."


@dataclass(frozen=True)
class Win:
    """A win as the pages show it. `ticket` and `of` are None for a prize given by hand."""

    id: str
    participant_id: str
    name: str
    prize_id: str
    prize: str
    at: datetime
    ticket: int | None
    of: int | None
    guests: int | None


def wins(winners: Sequence[Winner], style: str = "full") -> list[Win]:
    """The wins that stand, oldest first."""
    return [
        Win(
            id=winner.id,
            participant_id=winner.participant_id,
            name=shown_name(winner.participant.user.name, style),
            prize_id=winner.prize_id,
            prize=winner.prize.name,
            at=winner.created_at,
            ticket=_number(winner.metadata, "ticket"),
            of=_number(winner.metadata, "of"),
            guests=_number(winner.metadata, "guests"),
        )
        for winner in winners
    ]


def _number(metadata: Mapping[str, Any], key: str) -> int | None:
    # Whoever awards a prize by hand may send metadata of their own.
    value = metadata.get(key)
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def next_prize(prizes: Sequence[Prize]) -> Prize | None:
    """The prize that a draw takes when none is named: the oldest with units left."""
    return next((prize for prize in prizes if prize.quantity_remaining > 0), None)


def place(prizes: Sequence[Prize], prize_id: str) -> tuple[int, int]:
    """Which prize of how many, counted from 1; 0 for one that is no longer in the fund."""
    found = (n for n, prize in enumerate(prizes, start=1) if prize.id == prize_id)
    return next(found, 0), len(prizes)


@dataclass(frozen=True)
class Drum:
    """What is in the drum: tickets and their holders, and how many can still win."""

    tickets: int
    guests: int
    can_win: int


def drum(
    participants: Sequence[Participant], winners: Sequence[Winner], settings: Mapping[str, Any]
) -> Drum:
    """Counts the tickets of everyone who takes part; those who may not win again are out."""
    held = {one.id: entitled(one, settings) for one in participants if one.role is Role.PARTICIPANT}
    holders = {ident for ident, tickets in held.items() if tickets > 0}
    if settings["onePrizePerPerson"]:
        holders -= {winner.participant_id for winner in winners}
    return Drum(
        tickets=sum(held[ident] for ident in holders),
        guests=sum(tickets > 0 for tickets in held.values()),
        can_win=len(holders),
    )
