"""What the templates are given."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from festoon_lottery.evening import wins
from festoon_lottery.words import (
    draw_date,
    fitting,
    latest_draw,
    panel_words,
    play_words,
    screen_words,
    ticket_numbers,
)
from host import RoomCounts


@pytest.mark.parametrize(
    ("numbers", "shown"),
    [
        ([], ""),
        ([7], "0007"),
        ([417, 418, 419], "0417 · 0418 · 0419"),
        ([1, 2, 3, 4, 5, 6, 7], "0001–0007"),
        ([1, 2, 3, 4, 5, 9, 20, 21], "0001–0005 · 0009 · 0020–0021"),
        ([12345], "12345"),
    ],
)
def test_ticket_numbers_are_written_out_or_as_ranges(numbers: list[int], shown: str) -> None:
    assert ticket_numbers(numbers) == shown


@pytest.mark.parametrize(
    ("given", "moment"),
    [
        (None, None),
        ("", None),
        ("soon", None),
        ("2026-12-31T21:30:00Z", datetime(2026, 12, 31, 21, 30, tzinfo=UTC)),
        ("2026-12-31T21:30", datetime(2026, 12, 31, 21, 30, tzinfo=UTC)),
        (
            "2026-12-31T21:30:00+03:00",
            datetime(2026, 12, 31, 21, 30, tzinfo=timezone(timedelta(hours=3))),
        ),
    ],
)
def test_a_draw_date_is_a_moment_or_nothing(given: Any, moment: datetime | None) -> None:
    assert draw_date({"drawDate": given}) == moment


def test_the_latest_draw_is_all_of_it_and_nothing_more(hall: Any) -> None:
    hamper, trip = hall.prize("Hamper", quantity=3), hall.prize()
    told = wins(
        [
            hall.win(1, hall.guest(1), hamper),
            hall.win(2, hall.guest(2), trip),
            hall.win(3, hall.guest(3), hamper),
            hall.win(3, hall.guest(4), hamper),
        ]
    )
    assert [win.participant_id for win in latest_draw(told)] == ["p0003", "p0004"]
    assert latest_draw([]) == []


async def test_a_guest_is_given_numbers_on_opening_the_page_and_keeps_them(hall: Any) -> None:
    ctx = hall.context(people=[hall.guest(1), hall.guest(2)], settings={"ticketsPerGuest": 3})
    second = await play_words(ctx, hall.room(), ctx.people[1])
    first = await play_words(ctx, hall.room(), ctx.people[0])
    assert (second["numbers"], first["numbers"]) == ("0001 · 0002 · 0003", "0004 · 0005 · 0006")
    assert await play_words(ctx, hall.room(), ctx.people[1]) == second


async def test_nobody_is_given_numbers_before_the_doors_open(hall: Any) -> None:
    ctx = hall.context(people=[hall.guest(1)])
    assert (await play_words(ctx, hall.room(status="DRAFT"), ctx.people[0]))["tickets"] == 0


async def test_a_page_carries_the_wins_that_it_shows(hall: Any) -> None:
    people, trip = [hall.guest(1), hall.guest(2)], hall.prize(left=0)
    won = hall.win(1, people[0], trip, ticket=2, of=2, guests=2)
    ctx = hall.context(people=people, fund=[trip], wins=[won])
    words = await play_words(ctx, hall.room(), people[0])
    assert [win.id for win in words["mine"]] == [won.id]
    assert words["prizes"][0]["names"] == ["Guest 1"]
    assert words["state"]["wins"][0] == {
        "id": won.id,
        "participantId": "p0001",
        "name": "Guest 1",
        "prizeId": trip.id,
        "prize": trip.name,
        "at": "2026-12-31T21:31:00.000Z",
        "ticket": 2,
        "of": 2,
        "guests": 2,
    }
    other = await play_words(ctx, hall.room(), people[1])
    assert other["mine"] == []


async def test_the_screen_shows_names_as_the_room_wants_them(hall: Any) -> None:
    masha, trip = hall.guest(1, name="Masha Karpova"), hall.prize(left=0)
    ctx = hall.context(
        people=[masha],
        fund=[hall.prize("Hamper"), trip],
        wins=[hall.win(1, masha, trip)],
        settings={"screenNames": "short"},
    )
    words = await screen_words(ctx, hall.room(counts=RoomCounts(2, 2, 1)))
    assert words["latest"][0].name == "Masha K."
    assert words["latest_place"] == (2, 2)
    assert words["guests"] == 1


@pytest.mark.parametrize(("count", "last"), [(1, "N0"), (30, "N29"), (31, "and 2 more")])
def test_the_screen_shows_as_many_names_as_fit(count: int, last: str) -> None:
    shown = fitting([f"N{n}" for n in range(count)])
    assert len(shown) == min(count, 30)
    assert shown[-1] == last


async def test_the_panel_counts_who_can_still_win(hall: Any) -> None:
    people, trip = [hall.guest(n) for n in range(3)], hall.prize(quantity=3, left=2)
    ctx = hall.context(people=people, fund=[trip], wins=[hall.win(1, people[0], trip)])
    words = await panel_words(ctx, hall.room())
    assert (words["drum"].can_win, words["next"]) == (2, trip)
