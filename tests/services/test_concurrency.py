"""What many people do at the same moment: no unit is lost or made, nobody is there twice.

Every scenario runs several times on each database, at one host and at two that share it. After
each round `Crowd.check` reads the tables and holds them against every invariant.
"""

from __future__ import annotations

import asyncio

import pytest

from host.testing.host import Person
from tests.services.crowd import CROWD, Crowd, outcomes, refusals

ROUNDS = 1
"""One is a race of fifty already; more of them by night."""


async def test_fifty_draws_of_one_unit_find_one_winner(crowd: Crowd) -> None:
    olga = await crowd.organizer()
    for _ in range(ROUNDS):
        room = await crowd.room(olga)
        await crowd.joined(room, 10)
        prize = await crowd.prize(olga, room)
        draw = (olga, "POST", f"/rooms/{room['id']}/draws", {"prizeId": prize["id"]})
        answers = await crowd.rush([draw] * CROWD)
        assert outcomes(answers)["201"] == 1, outcomes(answers)
        assert refusals(answers) == {409}
        found = await crowd.check(room)
        assert len(found.winners) == 1
        assert len(found.draws) == 1
        assert [w["id"] for a in answers if not a.is_error for w in a.json()["data"]] == [
            found.winners[0].id
        ]


async def test_draws_of_many_units_award_each_once(crowd: Crowd) -> None:
    olga = await crowd.organizer()
    for _ in range(ROUNDS):
        room = await crowd.room(olga, appSettings={"onePrizePerPerson": False})
        await crowd.joined(room, 30)
        prize = await crowd.prize(olga, room, quantity=12)
        path = f"/rooms/{room['id']}/draws"
        calls = [
            (olga, "POST", path, {"prizeId": prize["id"], "count": 1 + n % 3}) for n in range(CROWD)
        ]
        answers = await crowd.rush(calls)
        assert refusals(answers) == {409}
        found = await crowd.check(room)
        told = [w["id"] for a in answers if not a.is_error for w in a.json()["data"]]
        assert sorted(told) == [w.id for w in found.winners]
        if len(crowd.hosts) == 1:
            assert len(told) == 12


async def test_fifty_calls_under_one_key_are_one_draw(crowd: Crowd) -> None:
    olga = await crowd.organizer()
    for number in range(ROUNDS):
        room = await crowd.room(olga)
        await crowd.joined(room, 10)
        await crowd.prize(olga, room, quantity=10)
        path, key = f"/rooms/{room['id']}/draws", f"draw-{number}"
        answers = await asyncio.gather(
            *(
                crowd.at(olga, n).call("POST", path, {"count": 2}, Idempotency_Key=key)
                for n in range(CROWD)
            )
        )
        # Those who came while the first was under way are sent to come back.
        assert outcomes(answers).keys() <= {"201", "409 CONFLICT"}
        assert all(a.headers["Retry-After"] == "1" for a in answers if a.is_error)
        again = await olga.call("POST", path, {"count": 2}, Idempotency_Key=key)
        assert {a.content for a in answers if not a.is_error} == {again.content}
        assert len((await crowd.check(room)).draws) == 1


async def test_fifty_awards_to_one_person_are_one_win(crowd: Crowd) -> None:
    olga = await crowd.organizer()
    for _ in range(ROUNDS):
        room = await crowd.room(olga)
        (person,) = await crowd.joined(room, 1)
        prize = await crowd.prize(olga, room, quantity=CROWD)
        body = {"participantId": person["id"], "prizeId": prize["id"]}
        answers = await crowd.rush([(olga, "POST", f"/rooms/{room['id']}/winners", body)] * CROWD)
        assert outcomes(answers) == {"201": 1, "409 CONFLICT": CROWD - 1}
        found = await crowd.check(room)
        assert len(found.winners) == 1
        left = await olga.get(f"/rooms/{room['id']}/prizes/{prize['id']}")
        assert left["quantityRemaining"] == CROWD - 1


async def test_fifty_joins_of_one_person_are_one_participant(crowd: Crowd) -> None:
    olga = await crowd.organizer()
    for _ in range(ROUNDS):
        room = await crowd.room(olga)
        (guest,) = await crowd.guests(1)
        answers = await crowd.rush([_join(guest, room)] * CROWD)
        assert outcomes(answers) == {"201": 1, "409 CONFLICT": CROWD - 1}
        found = await crowd.check(room)
        assert len(found.participants) == 2
        assert len(found.named("participant:joined")) == 1


async def test_fifty_returns_of_one_who_left_are_one_event(crowd: Crowd) -> None:
    olga = await crowd.organizer()
    for _ in range(ROUNDS):
        room = await crowd.room(olga)
        (guest,) = await crowd.guests(1)
        await crowd.rush([_join(guest, room)])
        leaves = await crowd.rush(
            [(guest, "DELETE", f"/rooms/{room['id']}/participants/me", None)] * CROWD
        )
        assert outcomes(leaves) == {"200": 1, "404 NOT_FOUND": CROWD - 1}
        answers = await crowd.rush([_join(guest, room)] * CROWD)
        assert outcomes(answers) == {"201": 1, "409 CONFLICT": CROWD - 1}
        found = await crowd.check(room)
        assert len(found.participants) == 2
        assert len(found.named("participant:joined")) == 2
        assert len(found.named("participant:left")) == 1


async def test_fifty_revokes_of_one_win_give_one_unit_back(crowd: Crowd) -> None:
    olga = await crowd.organizer()
    for _ in range(ROUNDS):
        room = await crowd.room(olga)
        await crowd.joined(room, 3)
        prize = await crowd.prize(olga, room, quantity=2)
        drawn = await olga.post(f"/rooms/{room['id']}/draws", {"count": 2})
        path = f"/rooms/{room['id']}/winners/{drawn[0]['id']}"
        answers = await crowd.rush([(olga, "DELETE", path, None)] * CROWD)
        assert outcomes(answers) == {"200": 1, "404 NOT_FOUND": CROWD - 1}
        found = await crowd.check(room)
        assert len(found.living_winners) == 1
        left = await olga.get(f"/rooms/{room['id']}/prizes/{prize['id']}")
        assert left["quantityRemaining"] == 1


async def test_two_organizers_who_demote_themselves_never_leave_none(crowd: Crowd) -> None:
    olga = await crowd.organizer()
    oleg = await crowd.organizer()
    for how in ("demote", "leave", "demote each other"):
        for _ in range(ROUNDS):
            room = await crowd.room(olga)
            await crowd.rush([_join(oleg, room)])
            people = await olga.get(f"/rooms/{room['id']}/participants")
            path = {p["userId"]: f"/rooms/{room['id']}/participants/{p['id']}" for p in people}
            mine, his = path[str(olga.id)], path[str(oleg.id)]
            await olga.patch(his, {"role": "ORGANIZER"})
            if how == "leave":
                me = f"/rooms/{room['id']}/participants/me"
                calls = [(olga, "DELETE", me, None), (oleg, "DELETE", me, None)]
            else:
                first, second = (his, mine) if how == "demote each other" else (mine, his)
                body = {"role": "PARTICIPANT"}
                calls = [(olga, "PATCH", first, body), (oleg, "PATCH", second, body)]
            answers = await crowd.rush(calls)
            assert min(a.status_code for a in answers) == 200
            assert refusals(answers) <= {403, 409}
            assert len(refusals(answers)) == 1, outcomes(answers)
            await crowd.check(room)


@pytest.mark.parametrize("status", ["DRAFT", "COMPLETED", "CANCELLED"])
async def test_a_room_that_is_not_open_takes_nobody_and_draws_nothing(
    crowd: Crowd, status: str
) -> None:
    olga = await crowd.organizer()
    room = await crowd.room(olga, active=status != "DRAFT")
    if status != "DRAFT":
        await crowd.joined(room, 3)
        await crowd.prize(olga, room)
        await olga.patch(f"/rooms/{room['id']}", {"status": status})
    else:
        await crowd.prize(olga, room)
    before = await crowd.check(room)
    joins = await crowd.rush(_join(guest, room) for guest in await crowd.guests(10))
    assert outcomes(joins) == {"409 ROOM_NOT_ACTIVE": 10}
    draws = await crowd.rush([(olga, "POST", f"/rooms/{room['id']}/draws", None)] * 10)
    assert outcomes(draws) == {"409 ROOM_NOT_ACTIVE": 10}
    assert await crowd.check(room) == before


async def test_a_hall_joins_while_the_room_closes(crowd: Crowd) -> None:
    olga = await crowd.organizer()
    for _ in range(ROUNDS):
        room = await crowd.room(olga)
        people = await crowd.guests(CROWD)
        calls = [_join(guest, room) for guest in people]
        calls.insert(CROWD // 3, (olga, "PATCH", f"/rooms/{room['id']}", {"status": "COMPLETED"}))
        answers = await crowd.rush(calls)
        got = outcomes(answers)
        assert got["200"] == 1
        assert got["201"] + got["409 ROOM_NOT_ACTIVE"] == CROWD
        found = await crowd.check(room)
        assert len(found.living_participants) == got["201"] + 1
        (_opened, closed) = found.named("room:status_changed")
        assert all(e.seq < closed.seq for e in found.named("participant:joined"))


def _join(person: Person, room: dict[str, object]) -> tuple[Person, str, str, object]:
    return person, "POST", f"/rooms/{room['id']}/participants", {"joinCode": room["joinCode"]}
