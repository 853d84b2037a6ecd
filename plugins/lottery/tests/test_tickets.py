"""Tickets are held as the settings say, and their numbers stay with their guests."""

from __future__ import annotations

from typing import Any

import pytest

from festoon_lottery.tickets import (
    entitled,
    first_numbers,
    forget,
    hand_out,
    number_at,
    tickets_of,
)


def numbers(held: Any) -> list[int]:
    return [number for run in held for number in run]


@pytest.mark.parametrize(
    ("wished", "held"),
    [(None, 3), (1, 1), (0, 0), (3, 3), (1000, 3), (-5, 0), ("7", 3), (True, 3), (1.0, 3), ([], 3)],
)
def test_metadata_may_lower_the_tickets_of_one_guest_and_never_raise_them(
    hall: Any, wished: Any, held: int
) -> None:
    assert entitled(hall.guest(1, tickets=wished), {"ticketsPerGuest": 3}) == held


async def test_numbers_run_on_from_guest_to_guest(hall: Any) -> None:
    guests = [hall.guest(1), hall.guest(2, tickets=1), hall.guest(3)]
    given = await hand_out(hall.database, "room", guests, {"ticketsPerGuest": 3})
    assert [numbers(given[guest.id]) for guest in guests] == [[1, 2, 3], [4], [5, 6, 7]]


async def test_nobodys_number_changes_when_someone_leaves(hall: Any) -> None:
    settings = {"ticketsPerGuest": 2}
    guests = [hall.guest(n) for n in range(1, 4)]
    before = await hand_out(hall.database, "room", guests, settings)
    after = await hand_out(hall.database, "room", [guests[2], hall.guest(4)], settings)
    assert after[guests[2].id] == before[guests[2].id]
    assert numbers(after["p0004"]) == [7, 8]


async def test_more_tickets_for_everyone_are_added_and_fewer_take_the_last_out(hall: Any) -> None:
    guests = [hall.guest(1), hall.guest(2)]
    await hand_out(hall.database, "room", guests, {"ticketsPerGuest": 2})
    more = await hand_out(hall.database, "room", guests, {"ticketsPerGuest": 3})
    assert numbers(more["p0001"]) == [1, 2, 5]
    assert number_at(more["p0001"], 2) == 5
    fewer = await hand_out(hall.database, "room", guests, {"ticketsPerGuest": 1})
    assert first_numbers(fewer["p0001"], 1) == [1]


async def test_a_guest_without_tickets_gets_no_number(hall: Any) -> None:
    given = await hand_out(
        hall.database, "room", [hall.guest(1, tickets=0)], {"ticketsPerGuest": 3}
    )
    assert given == {"p0001": ()}


async def test_rooms_count_on_their_own(hall: Any) -> None:
    settings = {"ticketsPerGuest": 1}
    await hand_out(hall.database, "room", [hall.guest(1)], settings)
    other = await hand_out(hall.database, "other", [hall.guest(2)], settings)
    assert numbers(other["p0002"]) == [1]


async def test_a_forgotten_persons_numbers_stay_taken(hall: Any) -> None:
    settings = {"ticketsPerGuest": 2}
    await hand_out(hall.database, "room", [hall.guest(1)], settings)
    assert await tickets_of(hall.database, "u0001") == [{"roomId": "room", "first": 1, "count": 2}]
    await forget(hall.database, "u0001")
    assert await tickets_of(hall.database, "u0001") == []
    given = await hand_out(hall.database, "room", [hall.guest(2)], settings)
    assert numbers(given["p0002"]) == [3, 4]
