"""The draw leaves out who may not win, refuses in words, and can be run again."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

import festoon_lottery
from host import Refusal, Selection


def seed(number: int) -> bytes:
    return number.to_bytes(32, "big")


async def draw(ctx: Any, hall: Any, prize: Any, count: int = 1, number: int = 1) -> Any:
    return await festoon_lottery.select_winner(
        ctx, hall.room(), prize, tuple(ctx.people), count, seed(number)
    )


def names(selection: Any) -> list[str]:
    assert isinstance(selection, Selection)
    return [pick.participant_id for pick in selection.winners]


async def test_the_same_seed_and_entrants_give_the_same_selection(hall: Any) -> None:
    ctx = hall.context(people=[hall.guest(n) for n in range(30)])
    prize = hall.prize(quantity=10)
    first = await draw(ctx, hall, prize, 10)
    assert await draw(ctx, hall, prize, 10) == first
    assert await draw(ctx, hall, prize, 10, number=2) != first
    assert len(set(names(first))) == 10


async def test_each_win_says_which_ticket_was_drawn_and_from_how_many(hall: Any) -> None:
    people = [hall.guest(1), hall.guest(2, tickets=1), hall.guest(3)]
    ctx = hall.context(people=people, settings={"ticketsPerGuest": 3})
    owner = {1: 1, 2: 1, 3: 1, 4: 2, 5: 3, 6: 3, 7: 3}
    seen = set()
    for number in range(60):
        (pick,) = (await draw(ctx, hall, hall.prize(), number=number)).winners
        assert pick.metadata["of"] == 7
        assert pick.metadata["guests"] == 3
        assert pick.participant_id == f"p{owner[pick.metadata['ticket']]:04d}"
        seen.add(pick.metadata["ticket"])
    assert seen == set(owner)


async def test_whoever_has_won_is_left_out(hall: Any) -> None:
    people = [hall.guest(n) for n in range(5)]
    hamper, trip = hall.prize("Gift hamper"), hall.prize()
    ctx = hall.context(people=people, wins=[hall.win(1, people[0], hamper)])
    for number in range(30):
        assert "p0000" not in names(await draw(ctx, hall, trip, 4, number))


async def test_a_room_may_let_people_win_several_prizes_but_none_of_them_twice(hall: Any) -> None:
    people = [hall.guest(n) for n in range(2)]
    hamper, trip = hall.prize("Gift hamper", quantity=2), hall.prize()
    ctx = hall.context(
        people=people,
        wins=[hall.win(1, people[0], hamper)],
        settings={"onePrizePerPerson": False},
    )
    drawn = {names(await draw(ctx, hall, trip, 1, number))[0] for number in range(30)}
    assert drawn == {"p0000", "p0001"}
    for number in range(30):
        assert names(await draw(ctx, hall, hamper, 1, number)) == ["p0001"]


async def test_whoever_had_gone_home_is_not_called_again_for_the_same_prize(hall: Any) -> None:
    people = [hall.guest(n) for n in range(3)]
    trip, main = hall.prize(), hall.prize("Main prize")
    gone = replace(hall.win(1, people[0], trip), deleted_at=people[0].joined_at)
    ctx = hall.context(people=people, wins=[gone])
    for number in range(30):
        assert set(names(await draw(ctx, hall, trip, 2, number))) == {"p0001", "p0002"}
    assert len(names(await draw(ctx, hall, trip, 3))) == 3, "unless nobody else is left"
    other = {names(await draw(ctx, hall, main, 1, number))[0] for number in range(40)}
    assert other == {"p0000", "p0001", "p0002"}


async def test_a_guest_without_a_ticket_never_wins(hall: Any) -> None:
    people = [hall.guest(0, tickets=0), hall.guest(1)]
    ctx = hall.context(people=people)
    for number in range(20):
        assert names(await draw(ctx, hall, hall.prize(), 1, number)) == ["p0001"]


async def test_too_few_guests_are_a_refusal_that_says_how_many_and_what_to_do(hall: Any) -> None:
    people = [hall.guest(n) for n in range(3)]
    ctx = hall.context(people=people, wins=[hall.win(1, people[0], hall.prize("Gift hamper"))])
    answer = await draw(ctx, hall, hall.prize(quantity=5), 5)
    assert isinstance(answer, Refusal)
    assert answer.reason.startswith(
        "Only 2 guests can still win “A weekend in Suzdal”, and 5 were to be drawn."
    )
    assert "one prize" in answer.reason


async def test_an_empty_hall_is_a_refusal(hall: Any) -> None:
    ctx = hall.context(settings={"onePrizePerPerson": False})
    answer = await draw(ctx, hall, hall.prize())
    assert answer == Refusal(
        "Nobody is left who can win “A weekend in Suzdal”. Let more people in first."
    )


async def test_a_refused_draw_hands_out_nothing(hall: Any) -> None:
    ctx = hall.context(people=[hall.guest(1)])
    await draw(ctx, hall, hall.prize(quantity=2), 2)
    assert await festoon_lottery.export_person(ctx, "u0001") == {"tickets": []}


async def test_a_person_can_be_exported_and_erased(hall: Any) -> None:
    ctx = hall.context(people=[hall.guest(1)])
    await draw(ctx, hall, hall.prize())
    assert await festoon_lottery.export_person(ctx, "u0001") == {
        "tickets": [{"roomId": "room", "first": 1, "count": 1}]
    }
    await festoon_lottery.erase_person(ctx, "u0001")
    assert await festoon_lottery.export_person(ctx, "u0001") == {"tickets": []}


async def test_a_hall_of_thousands_is_drawn_well_within_the_time_a_draw_has(hall: Any) -> None:
    ctx = hall.context(
        people=[hall.guest(n) for n in range(5000)], settings={"ticketsPerGuest": 100}
    )
    async with asyncio.timeout(5):
        drawn = await draw(ctx, hall, hall.prize(quantity=500), 500)
    assert len(set(names(drawn))) == 500
    assert drawn.winners[0].metadata["of"] == 500_000
