"""How far an evening is, and what its organizer does next: one thing, in words."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from host.contract import Capability, Prize, Room, RoomStatus
from host.web.pages.filters import tally

MOST_AT_ONCE = 20
STEPS = ("Prizes", "Doors open", "Draw", "Finished")
STEPS_WITHOUT_PRIZES = ("Doors open", "The game", "Finished")
PRIZES = frozenset({Capability.PRIZE_FUND, Capability.WINNER_SELECTION})
"""Where no application of a room does any of these, prizes are no matter until there are some."""


class Kind(StrEnum):
    """What the largest button does."""

    PRIZE = "prize"
    OPEN = "open"
    GATHER = "gather"
    DRAW = "draw"
    PLAY = "play"
    FINISH = "finish"
    OVER = "over"


@dataclass(frozen=True)
class NextStep:
    """The next step; `prize` and how many `most` can be drawn at once only for a draw, `url` only
    where an application has a page for its game.
    """

    kind: Kind
    eyebrow: str
    title: str
    words: str
    prize: Prize | None = None
    most: int = 0
    url: str = ""


@dataclass(frozen=True)
class Game:
    """The page of the main application on which the organizer leads the evening."""

    title: str
    url: str


_GATHER = NextStep(
    Kind.GATHER,
    "Next",
    "Let your guests in",
    "Put the code where everyone sees it. A camera and a name are enough to join.",
)


@dataclass(frozen=True)
class Step:
    """One of the stations of an evening: "done", "now" or "" for what is still to come."""

    label: str
    state: str


def guests_in(room: Room) -> int:
    """Everybody in the room but the one who made it."""
    return max(0, room.counts.participants - 1)


def about_prizes(
    room: Room, fund: Sequence[Prize], answered: Iterable[str] = (), game: Game | None = None
) -> bool:
    """Whether an evening is about prizes; `answered` are capabilities that other applications
    than the main one have here. Where that one leads to a page of its own it plays its `game`
    there, and prizes count once somebody puts them up.
    """
    own = () if game else room.app.manifest.get("capabilities", ())
    return bool(fund) or not PRIZES.isdisjoint((*own, *answered))


def next_step(
    room: Room, fund: Sequence[Prize], *, prizes: bool = True, game: Game | None = None
) -> NextStep:
    """What to do now. Prizes are drawn in the order in which they were put up; where the evening
    is not about `prizes`, the application's own game takes their place, on its page if it has one.
    """
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
        if not prizes:
            words = "From then on guests can join with the code."
            return NextStep(Kind.OPEN, "First", "Open the doors", words)
        if not fund:
            words = "There is nothing to win yet. Add what you have, the best one last."
            return NextStep(Kind.PRIZE, "First", "Put up a prize", words)
        ready = "prize is" if len(fund) == 1 else "prizes are"
        words = f"{len(fund)} {ready} up. From then on guests can join with the code."
        return NextStep(Kind.OPEN, "Next", "Open the doors", words)
    if not prizes:
        return _while_playing(room, guests, game)
    return _while_open(guests, fund)


def _while_playing(room: Room, guests: int, game: Game | None) -> NextStep:
    here = "guest is" if guests == 1 else "guests are"
    if game:
        who = f"{guests} {here} in." if guests else "Nobody is in yet."
        words = f"{who} Everything you need is on its page."
        return NextStep(Kind.PLAY, "Next", game.title, words, url=game.url)
    if guests == 0:
        return _GATHER
    name = room.app.manifest.get("meta", {}).get("name", room.app_id)
    words = f"{guests} {here} in. What you need for the game is below."
    return NextStep(Kind.PLAY, "Next", f"Play {name}", words)


def _while_open(guests: int, fund: Sequence[Prize]) -> NextStep:
    left = [prize for prize in fund if prize.quantity_remaining > 0]
    if not fund:
        words = "The doors are open, but there is nothing to win yet."
        return NextStep(Kind.PRIZE, "Next", "Put up a prize", words)
    if not left:
        words = "Every prize has its winner. Finishing closes the doors for good."
        return NextStep(Kind.FINISH, "Last", "Finish the evening", words)
    if guests == 0:
        return _GATHER
    prize = left[0]
    most = min(prize.quantity_remaining, guests, MOST_AT_ONCE)
    how_many = "One winner." if prize.quantity_remaining == 1 else f"{most} can win it."
    here = "guest is" if guests == 1 else "guests are"
    words = (
        f"{guests} {here} in. {how_many} Everyone sees it at once; "
        "it can’t be repeated, only taken back."
    )
    return NextStep(Kind.DRAW, "Next", f"Draw “{prize.name}”", words, prize, most)


def steps(room: Room, following: NextStep, *, prizes: bool = True) -> list[Step]:
    """The stations, up to where this room is."""
    labels = STEPS if prizes else STEPS_WITHOUT_PRIZES
    at = {Kind.PRIZE: 0, Kind.OPEN: 1, Kind.GATHER: 1, Kind.DRAW: 2, Kind.FINISH: 3}
    if not prizes:
        at = {Kind.OPEN: 0, Kind.GATHER: 0, Kind.PLAY: 1}
    if room.status in (RoomStatus.COMPLETED, RoomStatus.CANCELLED):
        reached = len(labels) if room.status is RoomStatus.COMPLETED else 0
    else:
        reached = at[following.kind]
    return [
        Step(label, "done" if place < reached else "now" if place == reached else "")
        for place, label in enumerate(labels)
    ]
