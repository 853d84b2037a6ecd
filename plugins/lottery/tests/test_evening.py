"""What the pages say about the evening is worked out from the records."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from festoon_lottery.evening import Drum, drum, next_prize, place, shown_name, wins
from host import Role


@pytest.mark.parametrize(
    ("name", "style", "shown"),
    [
        ("Masha Karpova", "short", "Masha K."),
        ("Masha Karpova", "full", "Masha Karpova"),
        ("Masha", "short", "Masha"),
        ("  anna   maria  de souza ", "short", "anna S."),
        ("  Masha   Karpova ", "full", "Masha Karpova"),
    ],
)
def test_names_are_shown_as_the_room_wants_them(name: str, style: str, shown: str) -> None:
    assert shown_name(name, style) == shown


def test_the_next_prize_is_the_oldest_with_units_left(hall: Any) -> None:
    gone, trip, main = hall.prize("Hamper", left=0), hall.prize("Trip"), hall.prize("Main")
    assert next_prize([gone, trip, main]) == trip
    assert next_prize([gone]) is None
    assert place([gone, trip, main], trip.id) == (2, 3)
    assert place([gone], "removed") == (0, 1)


def test_a_prize_given_by_hand_has_no_ticket(hall: Any) -> None:
    drawn = hall.win(1, hall.guest(1), hall.prize(), ticket=418, of=421, guests=148)
    by_hand = hall.win(2, hall.guest(2), hall.prize("Hamper"), ticket="mine", of=True)
    first, second = wins([drawn, by_hand])
    assert (first.ticket, first.of, first.guests) == (418, 421, 148)
    assert (second.ticket, second.of, second.guests) == (None, None, None)


def test_the_drum_holds_the_tickets_of_those_who_can_still_win(hall: Any) -> None:
    people = [hall.guest(n) for n in range(1, 5)]
    people += [hall.guest(5, tickets=0), replace(hall.guest(6), role=Role.VIEWER)]
    people += [replace(hall.guest(7), role=Role.ORGANIZER)]
    won = [hall.win(1, people[0], hall.prize())]
    settings = hall.defaults | {"ticketsPerGuest": 3}
    assert drum(people, won, settings) == Drum(tickets=9, guests=4, can_win=3)
    several = settings | {"onePrizePerPerson": False}
    assert drum(people, won, several) == Drum(tickets=12, guests=4, can_win=4)
