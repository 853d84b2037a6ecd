"""§1 "Winners" and "Draws", and §3: awarding, drawing and revoking."""

from __future__ import annotations

from contextlib import nullcontext
from typing import Any

import pytest

from tests.contract.answers import data, deleted, error, fields, listed
from tests.contract.cast import UNKNOWN, Cast, Stage
from tests.patience import impatient

KEYS = {
    *("id", "roomId", "participantId", "prizeId", "metadata", "createdAt", "deletedAt"),
    *("participant", "prize"),
}


async def _remaining(cast: Cast, prize: dict[str, Any]) -> int:
    left: int = (await cast.organizer.get(f"{cast.path}/prizes/{prize['id']}"))["quantityRemaining"]
    return left


async def _winners(cast: Cast) -> list[dict[str, Any]]:
    rows, meta = listed(await cast.organizer.call("GET", f"{cast.path}/winners"))
    room = await cast.organizer.get(cast.path)
    assert room["_count"]["winners"] == meta["total"] == len(rows)
    return rows


async def test_an_award_by_hand_takes_one_unit(cast: Cast) -> None:
    """POST /winners `{participantId, prizeId, metadata?}`; Winner: `{id, roomId, … participant,
    prize: …
    """
    prize, part = await cast.prize(2), cast.parts["viewer"]
    body = {"participantId": part["id"], "prizeId": prize["id"], "metadata": {"by": "hand"}}
    moderator = cast.people["moderator"]
    winner = data(await moderator.call("POST", f"{cast.path}/winners", body), 201)
    assert winner.keys() == KEYS
    assert (winner["participantId"], winner["prizeId"]) == (part["id"], prize["id"])
    assert (winner["metadata"], winner["deletedAt"]) == ({"by": "hand"}, None)
    assert winner["participant"] == part
    assert winner["prize"] == {key: prize[key] for key in ("id", "name", "description", "imageUrl")}
    assert await _remaining(cast, prize) == 1
    assert await _winners(cast) == [winner]
    assert await cast.people["viewer"].get(f"{cast.path}/winners/{winner['id']}") == winner


async def test_nobody_wins_the_same_prize_twice(cast: Cast) -> None:
    """409 CONFLICT | already won this prize"""
    prize = await cast.prize(5)
    await cast.award("viewer", prize)
    body = {"participantId": cast.parts["viewer"]["id"], "prizeId": prize["id"]}
    error(await cast.organizer.call("POST", f"{cast.path}/winners", body), 409, "CONFLICT")
    assert await _remaining(cast, prize) == 4


async def test_a_prize_without_units_is_exhausted(cast: Cast) -> None:
    """409 | PRIZE_EXHAUSTED"""
    prize = await cast.prize(1)
    await cast.award("viewer", prize)
    body = {"participantId": cast.parts["participant"]["id"], "prizeId": prize["id"]}
    answer = await cast.organizer.call("POST", f"{cast.path}/winners", body)
    error(answer, 409, "PRIZE_EXHAUSTED")
    answer = await cast.organizer.call("POST", f"{cast.path}/draws", {"prizeId": prize["id"]})
    error(answer, 409, "PRIZE_EXHAUSTED")
    assert len(await _winners(cast)) == 1


async def test_an_award_names_who_and_what(cast: Cast) -> None:
    """422 | VALIDATION_ERROR; 404 | NOT_FOUND"""
    prize, part = await cast.prize(), cast.parts["viewer"]
    path = f"{cast.path}/winners"
    assert set(fields(await cast.organizer.call("POST", path, {}))) == {"participantId", "prizeId"}
    for body in (
        {"participantId": UNKNOWN, "prizeId": prize["id"]},
        {"participantId": part["id"], "prizeId": UNKNOWN},
    ):
        error(await cast.organizer.call("POST", path, body), 404, "NOT_FOUND")
    assert await _winners(cast) == []


async def test_a_revoke_gives_the_unit_back_and_keeps_the_record(cast: Cast) -> None:
    """a revoke gives the unit back; the record stays, with deletedAt"""
    prize = await cast.prize(1)
    winner = await cast.award("viewer", prize)
    path = f"{cast.path}/winners/{winner['id']}"
    error(await cast.people["moderator"].call("DELETE", path), 403, "FORBIDDEN")
    deleted(await cast.organizer.call("DELETE", path))
    assert await _remaining(cast, prize) == 1
    assert await _winners(cast) == []
    error(await cast.organizer.call("DELETE", path), 404, "NOT_FOUND")
    error(await cast.organizer.call("GET", path), 404, "NOT_FOUND")
    kept = await cast.organizer.get(f"{path}?includeDeleted=true")
    assert kept["deletedAt"]
    assert kept == {**winner, "deletedAt": kept["deletedAt"]}
    everything = f"{cast.path}/winners?includeDeleted=true"
    rows, _ = listed(await cast.organizer.call("GET", everything))
    assert rows == [kept]
    for wanted in (everything, f"{path}?includeDeleted=true"):
        error(await cast.people["moderator"].call("GET", wanted), 403, "FORBIDDEN")
    again = await cast.award("viewer", prize)
    assert again["id"] != winner["id"]
    assert await _remaining(cast, prize) == 0


async def test_a_draw_answers_its_winners(cast: Cast) -> None:
    """POST /draws `{prizeId?, count?}` | … | … answers the winners; POST /draws | answers the list
    of winners
    """
    for name in ("Ann", "Ben", "Cid"):
        await cast.join(name)
    first, second = await cast.prize(3), await cast.prize(1)
    drawn = data(
        await cast.organizer.call(
            "POST", f"{cast.path}/draws", {"prizeId": first["id"], "count": 2}
        ),
        201,
    )
    assert len(drawn) == 2
    assert all(winner.keys() == KEYS for winner in drawn)
    assert {winner["prizeId"] for winner in drawn} == {first["id"]}
    assert len({winner["participantId"] for winner in drawn}) == 2
    assert await _winners(cast) == drawn
    assert await _remaining(cast, first) == 1
    # Without a prize it is the oldest with units left, and one winner.
    third = data(await cast.people["moderator"].call("POST", f"{cast.path}/draws"), 201)
    assert [winner["prizeId"] for winner in third] == [first["id"]]
    fourth = data(await cast.organizer.call("POST", f"{cast.path}/draws", {}), 201)
    assert [winner["prizeId"] for winner in fourth] == [second["id"]]
    answer = await cast.organizer.call("POST", f"{cast.path}/draws")
    error(answer, 409, "PRIZE_EXHAUSTED")


async def test_only_participants_are_drawn(cast: Cast) -> None:
    """Role: … VIEWER (watches), MODERATOR and ORGANIZER hold the draw"""
    await cast.prize(5)
    drawn = await cast.organizer.post(f"{cast.path}/draws")
    assert [winner["participantId"] for winner in drawn] == [cast.parts["participant"]["id"]]
    error(await cast.organizer.call("POST", f"{cast.path}/draws"), 409, "CONFLICT")
    prize = await cast.prize(5)
    body = {"prizeId": prize["id"], "count": 2}
    error(await cast.organizer.call("POST", f"{cast.path}/draws", body), 409, "CONFLICT")
    assert len(await _winners(cast)) == 1


async def test_more_than_there_are_are_not_drawn_at_all(cast: Cast) -> None:
    """Never … more winners than units; 409 | PRIZE_EXHAUSTED"""
    for name in ("Ann", "Ben", "Cid"):
        await cast.join(name)
    prize = await cast.prize(2)
    body = {"prizeId": prize["id"], "count": 3}
    answer = await cast.organizer.call("POST", f"{cast.path}/draws", body)
    error(answer, 409, "PRIZE_EXHAUSTED")
    assert await _winners(cast) == []


@pytest.mark.parametrize(
    ("body", "wrong"),
    [
        ({"count": 0}, "count"),
        ({"count": -1}, "count"),
        ({"count": 1.5}, "count"),
        ({"count": "2"}, "count"),
        ({"count": None}, "count"),
        ({"prizeId": 5}, "prizeId"),
        ({"prizeId": ""}, "prizeId"),
        ({"seed": "00"}, "seed"),
    ],
)
async def test_what_is_wrong_with_a_draw_is_named(
    shared: Cast, body: dict[str, Any], wrong: str
) -> None:
    """422 | VALIDATION_ERROR"""
    answer = await shared.organizer.call("POST", f"{shared.path}/draws", body)
    assert set(fields(answer)) == {wrong}


@pytest.mark.parametrize("state", ["DRAFT", "COMPLETED", "CANCELLED"])
async def test_winners_are_drawn_while_the_room_is_active(stage: Stage, state: str) -> None:
    """409 | ROOM_NOT_ACTIVE; … 404, then the state (409)"""
    cast = await stage.cast(state=state)
    prize = await cast.prize()
    for body in ({}, {"prizeId": prize["id"]}):
        answer = await cast.organizer.call("POST", f"{cast.path}/draws", body)
        assert error(answer, 409, "ROOM_NOT_ACTIVE")["details"]["status"] == state
    unknown = {"prizeId": UNKNOWN}
    error(await cast.organizer.call("POST", f"{cast.path}/draws", unknown), 404, "NOT_FOUND")


@pytest.mark.parametrize("state", ["DRAFT", "CANCELLED"])
async def test_what_an_award_names_is_looked_for_before_the_state(stage: Stage, state: str) -> None:
    """401, then 404 …, then the state (409)"""
    cast = await stage.cast(state=state)
    prize, part = await cast.prize(), cast.parts["viewer"]["id"]
    path = f"{cast.path}/winners"
    body = {"participantId": part, "prizeId": prize["id"]}
    error(await cast.organizer.call("POST", path, body), 409, "ROOM_NOT_ACTIVE")
    body = {"participantId": part, "prizeId": UNKNOWN}
    error(await cast.organizer.call("POST", path, body), 404, "NOT_FOUND")


@pytest.mark.parametrize(
    ("mood", "status", "code"),
    [
        ("refuses", 409, "CONFLICT"),
        ("fails", 502, "DELEGATION_FAILED"),
        ("nonsense", 502, "DELEGATION_FAILED"),
        ("hangs", 504, "DELEGATION_TIMEOUT"),
    ],
)
async def test_a_draw_that_the_application_does_not_make_draws_nothing(
    stage: Stage, mood: str, status: int, code: str
) -> None:
    """502 / 504 | DELEGATION_FAILED / DELEGATION_TIMEOUT | … no fallback for it"""
    cast = await stage.cast(app_id="vault")
    prize = await cast.prize()
    await cast.organizer.patch(cast.path, {"appSettings": {"mood": mood}})
    with impatient(cast.host.host) if mood == "hangs" else nullcontext():
        error(await cast.organizer.call("POST", f"{cast.path}/draws"), status, code)
    assert await _winners(cast) == []
    assert await _remaining(cast, prize) == 1


async def test_who_has_left_wins_nothing(cast: Cast) -> None:
    """lists and `_count` leave out what has `deletedAt`"""
    prize, part = await cast.prize(), cast.parts["participant"]
    await cast.people["participant"].delete(f"{cast.path}/participants/me")
    body = {"participantId": part["id"], "prizeId": prize["id"]}
    error(await cast.organizer.call("POST", f"{cast.path}/winners", body), 404, "NOT_FOUND")
    error(await cast.organizer.call("POST", f"{cast.path}/draws"), 409, "CONFLICT")


async def test_a_winner_belongs_to_one_room(stage: Stage, shared: Cast) -> None:
    """(under /rooms/{id}) 404 | NOT_FOUND"""
    elsewhere = await (await stage.cast()).award("viewer")
    for winner_id in (elsewhere["id"], UNKNOWN):
        for method in ("GET", "DELETE"):
            path = f"{shared.path}/winners/{winner_id}"
            error(await shared.organizer.call(method, path), 404, "NOT_FOUND")
