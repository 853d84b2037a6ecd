"""Who may still win, and who does."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from festoon_lottery.sampling import draw
from festoon_lottery.tickets import Numbers, entitled, number_at
from host import Participant, Pick, Prize, Refusal, Selection, Winner


@dataclass(frozen=True)
class Entry:
    """A guest who can still win, with the number of tickets they have in the drum (1 or more)."""

    guest: Participant
    tickets: int


def entries(
    prize: Prize,
    entrants: Sequence[Participant],
    winners: Sequence[Winner],
    settings: Mapping[str, Any],
    count: int,
) -> list[Entry]:
    """Those of `entrants` who may win `prize`, in the order given.

    Left out are people without a ticket, those who won this prize already and, where the room
    gives each person one prize, those who won any. A person from whom this prize was taken
    back, because they had gone home, say, is in only where fewer than `count` others are.
    `winners` are all that there were, the revoked ones with their `deleted_at`.
    """
    any_prize: bool = settings["onePrizePerPerson"]
    standing = {
        winner.participant_id
        for winner in winners
        if winner.deleted_at is None and (any_prize or winner.prize_id == prize.id)
    }
    passed_over = {
        winner.participant_id
        for winner in winners
        if winner.deleted_at is not None and winner.prize_id == prize.id
    }
    held = [
        Entry(guest, entitled(guest, settings)) for guest in entrants if guest.id not in standing
    ]
    may_win = [entry for entry in held if entry.tickets > 0]
    first = [entry for entry in may_win if entry.guest.id not in passed_over]
    return first if len(first) >= count else may_win


def refusal(prize: Prize, found: int, count: int, settings: Mapping[str, Any]) -> Refusal:
    """Why `count` winners cannot be drawn from the `found` who may win, and what to do."""
    if found == 0:
        reason = f"Nobody is left who can win “{prize.name}”."
    else:
        guests = "1 guest" if found == 1 else f"{found} guests"
        reason = f"Only {guests} can still win “{prize.name}”, and {count} were to be drawn."
    if settings["onePrizePerPerson"]:
        return Refusal(
            f"{reason} Everyone may win one prize here: let more people in, or allow several "
            "prizes for one person in the lottery's settings."
        )
    return Refusal(f"{reason} Let more people in first.")


def select(
    found: Sequence[Entry], numbers: Mapping[str, Numbers], count: int, seed: bytes
) -> Selection:
    """Draws `count` winners from the drum.

    Each win keeps the ticket's number, how many tickets and how many guests were in the drum.
    The record holds the drum, `[[participant id, tickets], …]` in its order: with the seed, all
    that `festoon_lottery.sampling.draw` needs to draw the same again.
    """
    total = sum(entry.tickets for entry in found)
    picks = []
    for drawn in draw([entry.tickets for entry in found], count, seed):
        guest = found[drawn.entrant].guest
        ticket = number_at(numbers[guest.id], drawn.ticket)
        picks.append(Pick(guest.id, {"ticket": ticket, "of": total, "guests": len(found)}))
    drum = [[entry.guest.id, entry.tickets] for entry in found]
    return Selection(tuple(picks), {"drum": drum})
