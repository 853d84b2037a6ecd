"""§1 "Identity": GET/PATCH/DELETE /users/{userId}."""

from __future__ import annotations

from typing import Any

import pytest

from host.testing.host import Person, TestHost
from tests.contract.answers import data, deleted, error, fields
from tests.contract.cast import UNKNOWN

PERSON = {"id", "name", "avatar"}


async def test_one_sees_oneself_whole_and_so_does_an_admin(host: TestHost, admin: Person) -> None:
    """GET/PATCH/DELETE /users/{userId} | self, admin; User: `{id, email, name, avatar, createdAt,
    updatedAt}`
    """
    ann = await host.register("Ann")
    mine = await ann.get(f"/users/{ann.id}")
    assert mine == await ann.get("/auth/me") == await admin.get(f"/users/{ann.id}")
    assert mine.keys() == {"id", "email", "name", "avatar", "createdAt", "updatedAt"}
    assert mine["email"]


async def test_others_see_name_and_avatar_only(host: TestHost, olga: Person) -> None:
    """others see name and avatar only"""
    ann = await host.register("Ann")
    assert (await olga.get(f"/users/{ann.id}")).keys() == PERSON


async def test_users_are_shown_to_users_only(host: TestHost, olga: Person) -> None:
    """401 | UNAUTHORIZED; 404 | NOT_FOUND"""
    error(await host.nobody.call("GET", f"/users/{olga.id}"), 401, "UNAUTHORIZED")
    error(await olga.call("GET", f"/users/{UNKNOWN}"), 404, "NOT_FOUND")


async def test_one_changes_ones_own_name_and_avatar(host: TestHost, olga: Person) -> None:
    """PATCH `{name?, avatar?}`"""
    path = f"/users/{olga.id}"
    changed = await olga.patch(path, {"name": "Olya", "avatar": "https://example.com/o.png"})
    assert (changed["name"], changed["avatar"]) == ("Olya", "https://example.com/o.png")
    assert await olga.get("/auth/me") == changed
    assert (await olga.patch(path, {"avatar": None}))["avatar"] is None
    assert (await olga.patch(path))["name"] == "Olya"


@pytest.mark.parametrize(
    ("body", "wrong"),
    [
        ({"name": ""}, "name"),
        ({"name": None}, "name"),
        ({"name": "x" * 81}, "name"),
        ({"avatar": "javascript:alert(1)"}, "avatar"),
        ({"avatar": 5}, "avatar"),
        ({"email": "new@example.com"}, "email"),
        ({"id": "x"}, "id"),
    ],
)
async def test_what_cannot_be_changed_is_named(
    olga: Person, body: dict[str, Any], wrong: str
) -> None:
    """422 | VALIDATION_ERROR"""
    assert set(fields(await olga.call("PATCH", f"/users/{olga.id}", body))) == {wrong}


async def test_nobody_changes_or_deletes_another(host: TestHost, olga: Person) -> None:
    """GET/PATCH/DELETE /users/{userId} | self, admin"""
    ann = await host.guest("Ann")
    for method in ("PATCH", "DELETE"):
        error(await host.nobody.call(method, f"/users/{ann.id}"), 401, "UNAUTHORIZED")
        error(await olga.call(method, f"/users/{ann.id}"), 403, "FORBIDDEN")
        error(await olga.call(method, f"/users/{UNKNOWN}"), 404, "NOT_FOUND")
    error(await olga.call("PATCH", f"/users/{ann.id}", {"bogus": 1}), 403, "FORBIDDEN")
    assert (await ann.get("/auth/me"))["name"] == "Ann"


async def test_an_admin_changes_and_deletes_anyone(host: TestHost, admin: Person) -> None:
    """GET/PATCH/DELETE /users/{userId} | self, admin"""
    ann = await host.guest("Ann")
    assert (await admin.patch(f"/users/{ann.id}", {"name": "Anne"}))["name"] == "Anne"
    deleted(await admin.call("DELETE", f"/users/{ann.id}"))
    error(await ann.call("GET", "/auth/me"), 401, "UNAUTHORIZED")


async def test_deleting_forgets_who_one_was_and_keeps_what_was_won(
    host: TestHost, olga: Person
) -> None:
    """DELETE anonymises"""
    ann = await host.register("Ann Smith")
    email = (await ann.get("/auth/me"))["email"]
    room = await host.room(olga)
    part = await host.join(room, ann)
    prize = await olga.post(f"/rooms/{room['id']}/prizes", {"name": "Sled"})
    body = {"participantId": part["id"], "prizeId": prize["id"]}
    await olga.post(f"/rooms/{room['id']}/winners", body)
    deleted(await ann.call("DELETE", f"/users/{ann.id}"))
    error(await ann.call("GET", "/auth/me"), 401, "UNAUTHORIZED")
    error(await olga.call("GET", f"/users/{ann.id}"), 404, "NOT_FOUND")
    winner = (await olga.get(f"/rooms/{room['id']}/winners"))[0]
    assert winner["participant"]["id"] == part["id"]
    assert "Ann" not in winner["participant"]["user"]["name"]
    wrong = {"email": email, "password": "correct horse battery"}
    error(await host.nobody.call("POST", "/auth/login", wrong), 401, "INVALID_CREDENTIALS")
    data(await host.nobody.call("POST", "/auth/register", wrong), 201)
