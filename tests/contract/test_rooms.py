"""§1 "Rooms": making, seeing, changing, moving on and deleting."""

from __future__ import annotations

import asyncio
from itertools import pairwise, product
from typing import Any

import pytest

from host.testing.host import Person, TestHost
from tests.contract.answers import data, deleted, error, fields, listed
from tests.contract.cast import STATES, Cast, Stage, put

ROOM_KEYS = {
    *("id", "name", "description", "appId", "appSettings", "appManifestVersion", "status"),
    *("isPublic", "joinCode", "createdBy", "createdAt", "updatedAt", "deletedAt"),
    *("app", "organizer", "_count"),
}
MOVES = {
    ("DRAFT", "ACTIVE"),
    ("ACTIVE", "COMPLETED"),
    ("DRAFT", "CANCELLED"),
    ("ACTIVE", "CANCELLED"),
}


async def test_a_room_has_the_keys_of_the_contract(olga: Person) -> None:
    """Room: `{id, name, description, appId, appSettings, … app: … organizer: … _count: …"""
    body = {"name": "Party", "appId": "lottery", "description": "All come"}
    room = data(await olga.call("POST", "/rooms", body), 201)
    assert room.keys() == ROOM_KEYS
    assert room["app"].keys() == {"appId", "manifest", "manifestVersion"}
    assert room["app"]["manifestVersion"] == room["appManifestVersion"]
    assert room["organizer"] == {"id": olga.id, "name": "Olga", "avatar": None}
    assert room["_count"] == {"participants": 1, "prizes": 0, "winners": 0}
    assert (room["name"], room["description"]) == ("Party", "All come")
    assert (room["createdBy"], room["deletedAt"]) == (olga.id, None)
    assert await olga.get(f"/rooms/{room['id']}") == room


async def test_a_new_room_is_a_private_draft_unless_said(olga: Person) -> None:
    """isPublic is false unless said; `status`: DRAFT → …"""
    room = await olga.post("/rooms", {"name": "A", "appId": "lottery"})
    assert (room["status"], room["isPublic"], room["description"]) == ("DRAFT", False, None)
    public = await olga.post("/rooms", {"name": "A", "appId": "lottery", "isPublic": True})
    assert public["isPublic"] is True


async def test_defaults_are_filled_in(olga: Person) -> None:
    """settings are checked against the app's schema, defaults filled in"""
    room = await olga.post("/rooms", {"name": "A", "appId": "lottery"})
    schema = room["app"]["manifest"]["settings"]["properties"]
    assert room["appSettings"] == {name: part["default"] for name, part in schema.items()}
    body = {"name": "A", "appId": "lottery", "appSettings": {"ticketsPerGuest": 3}}
    assert (await olga.post("/rooms", body))["appSettings"] == {
        **room["appSettings"],
        "ticketsPerGuest": 3,
    }


async def test_settings_that_do_not_fit_are_named_by_pointer(olga: Person) -> None:
    """settings are checked against the app's schema"""
    settings = {"ticketsPerGuest": 0, "theme": "war", "unknown": 1}
    body = {"name": "A", "appId": "lottery", "appSettings": settings}
    wanted = {f"/appSettings/{name}" for name in settings}
    assert set(fields(await olga.call("POST", "/rooms", body))) == wanted
    room = await olga.post("/rooms", {"name": "A", "appId": "lottery"})
    answer = await olga.call("PATCH", f"/rooms/{room['id']}", {"appSettings": settings})
    assert set(fields(answer)) == wanted


async def test_settings_that_the_application_refuses_are_a_validation_error(olga: Person) -> None:
    """roomSettings | check_settings"""
    body = {"name": "A", "appId": "vault", "appSettings": {"secret": "1234"}}
    refused = error(await olga.call("POST", "/rooms", body), 422, "VALIDATION_ERROR")
    assert refused["message"] == "Everyone knows that."
    room = await olga.post("/rooms", {"name": "A", "appId": "vault"})
    change = {"appSettings": {"secret": "1234"}}
    answer = await olga.call("PATCH", f"/rooms/{room['id']}", change)
    assert error(answer, 422, "VALIDATION_ERROR")["message"] == "Everyone knows that."


async def test_an_application_that_is_not_there_is_named(olga: Person) -> None:
    """422 | VALIDATION_ERROR"""
    for app_id in ("no-such-app", "platform", ""):
        answer = await olga.call("POST", "/rooms", {"name": "A", "appId": app_id})
        assert set(fields(answer)) == {"appId"}, app_id


@pytest.mark.parametrize(
    ("body", "wrong"),
    [
        ({"name": ""}, {"name"}),
        ({"name": " "}, {"name"}),
        ({"name": "x" * 201}, {"name"}),
        ({"name": None}, {"name"}),
        ({"isPublic": None}, {"isPublic"}),
        ({"status": "OPEN", "name": 5}, {"status", "name"}),
        ({"appId": "quiz"}, {"appId"}),
        ({"joinCode": "AAAAAA"}, {"joinCode"}),
    ],
)
async def test_a_wrong_change_of_a_room_is_named(
    shared: Cast, body: dict[str, Any], wrong: set[str]
) -> None:
    """PATCH /rooms/{id} `{name?, description?, appSettings?, status?, isPublic?}`"""
    assert set(fields(await shared.organizer.call("PATCH", shared.path, body))) == wrong


async def test_a_change_changes_what_is_named_and_nothing_else(olga: Person) -> None:
    """PATCH /rooms/{id} `{name?, description?, appSettings?, status?, isPublic?}`"""
    room = await olga.post("/rooms", {"name": "A", "appId": "lottery", "description": "text"})
    path = f"/rooms/{room['id']}"
    changed = await olga.patch(path, {"name": "B", "isPublic": True})
    wanted = {**room, "name": "B", "isPublic": True, "updatedAt": changed["updatedAt"]}
    assert changed == wanted
    assert (await olga.patch(path, {"description": None}))["description"] is None
    assert (await olga.patch(path))["name"] == "B"


@pytest.mark.parametrize(("before", "after"), list(product(STATES, STATES)))
async def test_a_room_moves_only_as_the_contract_says(
    stage: Stage, olga: Person, before: str, after: str
) -> None:
    """`status`: DRAFT → ACTIVE → COMPLETED, or CANCELLED …; other moves are a CONFLICT"""
    cast = Cast(stage.host, await stage.host.room(olga), {"organizer": olga})
    await put(cast, before)
    answer = await olga.call("PATCH", cast.path, {"status": after, "name": "Moved"})
    if (before, after) in MOVES or before == after:
        assert data(answer)["status"] == after
    else:
        assert error(answer, 409, "CONFLICT")["details"] == {"from": before, "to": after}
        assert (await olga.get(cast.path))["name"] != "Moved"


async def test_the_creator_is_the_organizer_listed_and_counted(olga: Person) -> None:
    """the creator is a participant with role ORGANIZER from the start, listed and counted"""
    room = await olga.post("/rooms", {"name": "A", "appId": "lottery"})
    parts, meta = listed(await olga.call("GET", f"/rooms/{room['id']}/participants"))
    assert [(part["userId"], part["role"]) for part in parts] == [(olga.id, "ORGANIZER")]
    assert meta["total"] == room["_count"]["participants"] == 1


async def test_rooms_come_newest_first(host: TestHost, olga: Person) -> None:
    """GET /rooms"""
    made = [(await host.room(olga))["id"] for _ in range(3)]
    rows, _ = listed(await olga.call("GET", f"/rooms?createdBy={olga.id}"))
    assert [row["id"] for row in rows] == made[::-1]
    assert all(one["createdAt"] >= other["createdAt"] for one, other in pairwise(rows))


@pytest.mark.parametrize("include", ["participants", "prizes", "winners"])
async def test_what_is_included_is_the_first_page_of_its_list(shared: Cast, include: str) -> None:
    """GET /rooms/{id}?include=… | the first page of each, embedded under that name"""
    await shared.prize()
    rows = await shared.organizer.get(f"{shared.path}/{include}")
    room = await shared.organizer.get(f"{shared.path}?include={include}")
    assert room[include] == rows
    assert room.keys() == ROOM_KEYS | {include}


async def test_several_lists_can_be_included(shared: Cast) -> None:
    """GET /rooms/{id}?include=participants,prizes,winners"""
    path = f"{shared.path}?include=winners,participants,prizes"
    room = await shared.organizer.get(path)
    assert room.keys() == ROOM_KEYS | {"participants", "prizes", "winners"}
    assert (await shared.organizer.get(f"{shared.path}?include=")).keys() == ROOM_KEYS


async def test_what_is_included_goes_no_further_than_the_first_page(host: TestHost) -> None:
    """the first page of each: participants/winners/prizes 50"""
    olga = await host.guest("Olga")
    room = await host.room(olga)
    path = f"/rooms/{room['id']}/prizes"
    await asyncio.gather(*(olga.post(path, {"name": f"Prize {n}"}) for n in range(51)))
    found = await olga.get(f"/rooms/{room['id']}?include=prizes")
    assert len(found["prizes"]) == 50
    assert found["_count"]["prizes"] == 51


async def test_a_deleted_room_is_nowhere(stage: Stage) -> None:
    """DELETE /rooms/{id} | 200 `{"data": {"success": true}}`"""
    cast = await stage.cast(isPublic=True)
    deleted(await cast.organizer.call("DELETE", cast.path))
    for role in ("nobody", "participant", "organizer", "admin"):
        person = cast.people[role]
        error(await person.call("GET", cast.path), 404, "NOT_FOUND")
        code = f"/rooms/by-code/{cast.room['joinCode']}"
        error(await person.call("GET", code), 404, "NOT_FOUND")
        rows, _ = listed(await person.call("GET", "/rooms?limit=100"))
        assert cast.room["id"] not in {row["id"] for row in rows}
    body = {"joinCode": cast.room["joinCode"]}
    stranger = cast.people["stranger"]
    error(await stranger.call("POST", f"{cast.path}/participants", body), 404, "NOT_FOUND")
