"""§1 "Prizes" and §3: the fund of a room."""

from __future__ import annotations

from typing import Any

import pytest

from tests.contract.answers import data, deleted, error, fields, listed
from tests.contract.cast import UNKNOWN, Cast, Stage

KEYS = {
    *("id", "roomId", "name", "description", "imageUrl", "quantity", "quantityRemaining"),
    *("metadata", "createdAt", "updatedAt", "deletedAt"),
}


async def test_a_prize_has_the_keys_of_the_contract(cast: Cast) -> None:
    """Prize: `{id, roomId, name, description, imageUrl, quantity, quantityRemaining, …}`"""
    body = {
        "name": "Sled",
        "description": "Red",
        "imageUrl": "https://example.com/sled.png",
        "quantity": 3,
        "metadata": {"shelf": 2},
    }
    prize = data(await cast.organizer.call("POST", f"{cast.path}/prizes", body), 201)
    assert prize.keys() == KEYS
    assert {key: prize[key] for key in body} == body
    assert (prize["quantityRemaining"], prize["roomId"]) == (3, cast.room["id"])
    assert prize["deletedAt"] is None
    assert await cast.people["viewer"].get(f"{cast.path}/prizes/{prize['id']}") == prize
    assert (await cast.organizer.get(cast.path))["_count"]["prizes"] == 1


async def test_a_prize_needs_a_name_and_is_one_unless_said(cast: Cast) -> None:
    """POST /prizes"""
    answer = await cast.organizer.call("POST", f"{cast.path}/prizes", {})
    assert set(fields(answer)) == {"name"}
    prize = data(await cast.organizer.call("POST", f"{cast.path}/prizes", {"name": "A"}), 201)
    assert (prize["quantity"], prize["metadata"], prize["imageUrl"]) == (1, {}, None)


@pytest.mark.parametrize(
    ("body", "wrong"),
    [
        ({"name": ""}, "name"),
        ({"name": "x" * 201}, "name"),
        ({"quantity": 0}, "quantity"),
        ({"quantity": -1}, "quantity"),
        ({"quantity": 1.5}, "quantity"),
        ({"quantity": "3"}, "quantity"),
        ({"quantity": True}, "quantity"),
        ({"quantity": 2**40}, "quantity"),
        ({"quantity": None}, "quantity"),
        ({"imageUrl": "javascript:alert(1)"}, "imageUrl"),
        ({"metadata": "x"}, "metadata"),
        ({"quantityRemaining": 5}, "quantityRemaining"),
    ],
)
async def test_what_is_wrong_with_a_prize_is_named(
    shared: Cast, body: dict[str, Any], wrong: str
) -> None:
    """422 | VALIDATION_ERROR"""
    prize = await shared.prize()
    whole = {"name": "A", **body}
    answer = await shared.organizer.call("POST", f"{shared.path}/prizes", whole)
    assert set(fields(answer)) == {wrong}
    answer = await shared.organizer.call("PATCH", f"{shared.path}/prizes/{prize['id']}", body)
    assert set(fields(answer)) == {wrong}


async def test_a_change_changes_what_is_named(cast: Cast) -> None:
    """GET/PATCH/DELETE /prizes/{prizeId}"""
    prize = await cast.prize(2, description="Red", metadata={"a": 1})
    path = f"{cast.path}/prizes/{prize['id']}"
    changed = await cast.people["moderator"].patch(path, {"name": "Big sled", "quantity": 5})
    wanted = {**prize, "name": "Big sled", "quantity": 5, "quantityRemaining": 5}
    assert changed == {**wanted, "updatedAt": changed["updatedAt"]}
    assert (await cast.organizer.patch(path, {"description": None}))["description"] is None
    assert (await cast.organizer.patch(path))["name"] == "Big sled"


async def test_the_quantity_never_falls_below_what_is_awarded(cast: Cast) -> None:
    """quantity never below what is awarded; 409 CONFLICT | quantity below what is awarded"""
    prize = await cast.prize(3)
    path = f"{cast.path}/prizes/{prize['id']}"
    await cast.award("viewer", prize)
    await cast.award("participant", prize)
    error(await cast.organizer.call("PATCH", path, {"quantity": 1}), 409, "CONFLICT")
    changed = await cast.organizer.patch(path, {"quantity": 2})
    assert (changed["quantity"], changed["quantityRemaining"]) == (2, 0)


async def test_a_prize_with_winners_cannot_be_deleted(cast: Cast) -> None:
    """a prize with winners can't be deleted (409)"""
    prize = await cast.prize(3)
    path = f"{cast.path}/prizes/{prize['id']}"
    winner = await cast.award("viewer", prize)
    error(await cast.organizer.call("DELETE", path), 409, "CONFLICT")
    await cast.organizer.delete(f"{cast.path}/winners/{winner['id']}")
    deleted(await cast.organizer.call("DELETE", path))
    for method, body in (("GET", None), ("PATCH", {"name": "A"}), ("DELETE", None)):
        error(await cast.organizer.call(method, path, body), 404, "NOT_FOUND")


async def test_lists_and_counts_leave_out_deleted_prizes_unless_organizers_ask(
    cast: Cast,
) -> None:
    """lists and `_count` leave out what has `deletedAt`; organizers may pass includeDeleted=true"""
    kept, gone = await cast.prize(), await cast.prize()
    path = f"{cast.path}/prizes"
    await cast.organizer.delete(f"{path}/{gone['id']}")
    assert (await cast.organizer.get(cast.path))["_count"]["prizes"] == 1
    rows, _ = listed(await cast.organizer.call("GET", path))
    assert [row["id"] for row in rows] == [kept["id"]]
    rows, _ = listed(await cast.organizer.call("GET", f"{path}?includeDeleted=true"))
    assert [row["id"] for row in rows] == [kept["id"], gone["id"]]
    assert rows[1]["deletedAt"]
    one = await cast.organizer.get(f"{path}/{gone['id']}?includeDeleted=true")
    assert one == rows[1]
    for wanted in (path, f"{path}/{gone['id']}"):
        answer = await cast.people["viewer"].call("GET", f"{wanted}?includeDeleted=true")
        error(answer, 403, "FORBIDDEN")


async def test_prizes_come_oldest_first(cast: Cast) -> None:
    """GET /prizes"""
    made = [(await cast.prize())["id"] for _ in range(3)]
    rows, _ = listed(await cast.people["viewer"].call("GET", f"{cast.path}/prizes"))
    assert [row["id"] for row in rows] == made


async def test_a_prize_belongs_to_one_room(stage: Stage, shared: Cast) -> None:
    """(under /rooms/{id}) 404 | NOT_FOUND"""
    elsewhere = await (await stage.cast()).prize()
    for prize_id in (elsewhere["id"], UNKNOWN):
        path = f"{shared.path}/prizes/{prize_id}"
        for method, body in (("GET", None), ("PATCH", {"name": "A"}), ("DELETE", None)):
            error(await shared.organizer.call(method, path, body), 404, "NOT_FOUND")
