"""How far an evening is, and what its organizer does next: one thing, in words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from host.contract import Prize, Room, RoomStatus
from host.web.pages.filters import tally

MOST_AT_ONCE = 20
STEPS = ("Prizes", "Doors open", "Draw", "Finished")


class Kind(StrEnum):
    """What the largest button does."""

    PRIZE = "prize"
    OPEN = "open"
    GATHER = "gather"
    DRAW = "draw"
    FINISH = "finish"
    OVER = "over"


@dataclass(frozen=True)
class NextStep:
    """The next step; `prize` and how many `most` can be drawn at once only for a draw."""

    kind: Kind
    eyebrow: str
    title: str
    words: str
    prize: Prize | None = None
    most: int = 0


@dataclass(frozen=True)
class Step:
    """One of the stations of an evening: "done", "now" or "" for what is still to come."""

    label: str
    state: str


def guests_in(room: Room) -> int:
    """Everybody in the room but the one who made it."""
    return max(0, room.counts.participants - 1)


def next_step(room: Room, fund: Sequence[Prize]) -> NextStep:
    """What to do now. Prizes are drawn in the order in which they were put up."""
    guests = guests_in(room)
    if room.status is RoomStatus.CANCELLED:
        return NextStep(
            Kind.OVER, "Cancelled", "This evening was called off", "Everyone’s page says so."
        )
    if room.status is RoomStatus.COMPLETED:
        given = tally(room.counts.winners, "prize")
        found = f"{given} found a winner among {tally(guests, 'guest')}."
        words = f"{found} Everyone’s page keeps showing it." if room.counts.winners else ""
        return NextStep(Kind.OVER, "Finished", "That was a good one", words)
    if room.status is RoomStatus.DRAFT:
        if not fund:
            words = "There is nothing to win yet. Add what you have, the best one last."
            return NextStep(Kind.PRIZE, "First", "Put up a prize", words)
        ready = "prize is" if len(fund) == 1 else "prizes are"
        words = f"{len(fund)} {ready} up. From then on guests can join with the code."
        return NextStep(Kind.OPEN, "Next", "Open the doors", words)
    return _while_open(guests, fund)


def _while_open(guests: int, fund: Sequence[Prize]) -> NextStep:
    left = [prize for prize in fund if prize.quantity_remaining > 0]
    if not fund:
        words = "The doors are open, but there is nothing to win yet."
        return NextStep(Kind.PRIZE, "Next", "Put up a prize", words)
    if not left:
        words = "Every prize has its winner. Finishing closes the doors for good."
        return NextStep(Kind.FINISH, "Last", "Finish the evening", words)
    if guests == 0:
        words = "Put the code where everyone sees it. A camera and a name are enough to join."
        return NextStep(Kind.GATHER, "Next", "Let your guests in", words)
    prize = left[0]
    most = min(prize.quantity_remaining, guests, MOST_AT_ONCE)
    how_many = "One winner." if prize.quantity_remaining == 1 else f"{most} can win it."
    here = "guest is" if guests == 1 else "guests are"
    words = (
        f"{guests} {here} in. {how_many} Everyone sees it at once; "
        "it can’t be repeated, only taken back."
    )
    return NextStep(Kind.DRAW, "Next", f"Draw “{prize.name}”", words, prize, most)


def steps(room: Room, following: NextStep) -> list[Step]:
    """The stations, up to where this room is."""
    if room.status in (RoomStatus.COMPLETED, RoomStatus.CANCELLED):
        reached = len(STEPS) if room.status is RoomStatus.COMPLETED else 0
    else:
        at = {Kind.PRIZE: 0, Kind.OPEN: 1, Kind.GATHER: 1, Kind.DRAW: 2, Kind.FINISH: 3}
        reached = at[following.kind]
    return [
        Step(label, "done" if place < reached else "now" if place == reached else "")
        for place, label in enumerate(STEPS)
    ]
