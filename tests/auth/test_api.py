"""The wire contract's Identity, spoken over HTTP."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
import sqlalchemy as sa

from host.access import ANYONE
from host.store import tables
from tests.auth.conftest import Client, Node

PASSWORD = "a string of lights"


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """One kind is enough: the services beneath are tested on both."""
    return sqlite_url


async def registered(client: Client, email: str = "anna@example.com", **more: Any) -> Any:
    body = {"email": email, "password": PASSWORD, **more}
    answer = await client.post("/api/v1/auth/register", json=body)
    assert answer.status_code == 201, answer.text
    return answer.json()["data"]


def bearer(signed: Any) -> dict[str, str]:
    return {"Authorization": f"Bearer {signed['accessToken']}"}


def refused(answer: httpx.Response, status: int, code: str) -> Any:
    error = answer.json()["error"]
    assert (answer.status_code, error["code"]) == (status, code), answer.text
    assert set(error) == {"code", "message", "details"}
    return error["details"]


async def test_register_answers_as_login_does(client: Client) -> None:
    signed = await registered(client, name="Anna")
    answer = await client.post(
        "/api/v1/auth/login", json={"email": "Anna@example.com", "password": PASSWORD}
    )
    assert answer.status_code == 200
    again = answer.json()["data"]
    for data in (signed, again):
        assert set(data) == {"accessToken", "refreshToken", "expiresIn", "user"}
        assert data["expiresIn"] == 3600
        assert data["user"] == {
            "id": signed["user"]["id"],
            "email": "anna@example.com",
            "name": "Anna",
            "avatar": None,
            "createdAt": "2026-12-31T21:30:00.000Z",
            "updatedAt": "2026-12-31T21:30:00.000Z",
        }
    assert "set-cookie" not in answer.headers


async def test_a_guest_signs_in_with_a_name_and_claims_the_account_later(client: Client) -> None:
    answer = await client.post("/api/v1/auth/guest", json={"name": "Boris"})
    assert answer.status_code == 201
    guest = answer.json()["data"]
    assert (guest["user"]["email"], guest["user"]["name"]) == (None, "Boris")
    claimed = await client.post(
        "/api/v1/auth/register",
        json={"email": "boris@example.com", "password": PASSWORD},
        headers=bearer(guest),
    )
    assert claimed.status_code == 201
    assert claimed.json()["data"]["user"]["id"] == guest["user"]["id"]


async def test_where_there_are_no_guests_it_is_forbidden(make_client: Any) -> None:
    client = await make_client(guests=False)
    refused(await client.post("/api/v1/auth/guest", json={"name": "Boris"}), 403, "FORBIDDEN")
    providers = (await client.get("/api/v1/auth/providers")).json()
    assert [p["id"] for p in providers["data"]] == ["password"]


async def test_refresh_answers_the_next_pair_and_reuse_is_an_invalid_token(
    client: Client,
) -> None:
    signed = await registered(client)
    body = {"refreshToken": signed["refreshToken"]}
    answer = await client.post("/api/v1/auth/refresh", json=body)
    assert answer.status_code == 200
    pair = answer.json()["data"]
    assert set(pair) == {"accessToken", "refreshToken", "expiresIn"}
    refused(await client.post("/api/v1/auth/refresh", json=body), 401, "INVALID_TOKEN")
    refused(await client.get("/api/v1/auth/me", headers=bearer(pair)), 401, "UNAUTHORIZED")


async def test_after_logout_the_access_token_is_refused(client: Client) -> None:
    signed = await registered(client)
    assert (await client.get("/api/v1/auth/me", headers=bearer(signed))).status_code == 200
    answer = await client.post("/api/v1/auth/logout", headers=bearer(signed))
    assert (answer.status_code, answer.json()) == (200, {"data": {"success": True}})
    answer = await client.get("/api/v1/auth/me", headers=bearer(signed))
    refused(answer, 401, "UNAUTHORIZED")
    assert answer.headers["www-authenticate"].startswith("Bearer")


async def test_without_a_token_nobody_is_me(client: Client) -> None:
    refused(await client.get("/api/v1/auth/me"), 401, "UNAUTHORIZED")
    refused(await client.post("/api/v1/auth/logout"), 401, "UNAUTHORIZED")


@pytest.mark.parametrize(
    ("path", "body", "fields"),
    [
        ("register", {}, {"email", "password"}),
        ("register", {"email": "x", "password": "y", "name": " "}, {"email", "password", "name"}),
        ("register", {"email": "a@b.de", "password": PASSWORD, "isAdmin": True}, {"isAdmin"}),
        ("register", {"email": 1, "password": None}, {"email", "password"}),
        ("login", {"email": "a@b.de"}, {"password"}),
        ("guest", {"name": "Anna\u202e"}, {"name"}),
        ("guest", {"name": ""}, {"name"}),
        ("guest", {"name": "x" * 81}, {"name"}),
        ("refresh", {"refreshToken": None}, {"refreshToken"}),
    ],
)
async def test_a_wrong_body_is_refused_with_all_its_fields(
    client: Client, path: str, body: Any, fields: set[str]
) -> None:
    answer = await client.post(f"/api/v1/auth/{path}", json=body)
    details = refused(answer, 422, "VALIDATION_ERROR")
    assert set(details["fields"]) == fields


@pytest.mark.parametrize("text", ['{"name": "\\u0000"}', '{"name": "\\ud800"}'])
async def test_what_no_database_keeps_is_refused_at_the_border(client: Client, text: str) -> None:
    answer = await client.post(
        "/api/v1/auth/guest", content=text, headers={"Content-Type": "application/json"}
    )
    refused(answer, 422, "VALIDATION_ERROR")


async def test_a_taken_address_is_a_conflict(client: Client) -> None:
    await registered(client)
    answer = await client.post(
        "/api/v1/auth/register", json={"email": "ANNA@example.com", "password": PASSWORD}
    )
    refused(answer, 409, "CONFLICT")


async def test_a_wrong_login_says_no_more_than_that(client: Client) -> None:
    await registered(client)
    answers = [
        await client.post("/api/v1/auth/login", json={"email": email, "password": "not this one"})
        for email in ("anna@example.com", "nobody@example.com", "no address")
    ]
    for answer in answers:
        refused(answer, 401, "INVALID_CREDENTIALS")
    assert len({answer.text for answer in answers}) == 1


async def test_guessing_meets_429_and_a_hall_of_guests_does_not(client: Client) -> None:
    body = {"email": "anna@example.com", "password": "is it this?"}
    answers = [await client.post("/api/v1/auth/login", json=body) for _ in range(11)]
    assert [a.status_code for a in answers] == [401] * 10 + [429]
    refused(answers[-1], 429, "RATE_LIMIT_EXCEEDED")
    assert int(answers[-1].headers["retry-after"]) > 0
    for n in range(50):
        answer = await client.post("/api/v1/auth/guest", json={"name": f"Guest {n}"})
        assert answer.status_code == 201


async def test_providers_are_those_that_are_on(client: Client) -> None:
    answer = (await client.get("/api/v1/auth/providers")).json()
    assert [p["id"] for p in answer["data"]] == ["password", "guest"]
    assert answer["meta"]["total"] == 2


@pytest.mark.parametrize("provider", ["google", "yandex", "vk", "nobody-knows"])
async def test_a_provider_that_is_not_set_up_is_503(client: Client, provider: str) -> None:
    answer = await client.get(f"/api/v1/auth/{provider}/url?redirect_url=https://example.com")
    refused(answer, 503, "OAUTH_NOT_CONFIGURED")


async def test_users_are_whole_to_themselves_and_persons_to_others(client: Client) -> None:
    anna = await registered(client, name="Anna")
    boris = await registered(client, "boris@example.com")
    path = f"/api/v1/users/{anna['user']['id']}"
    assert (await client.get(path, headers=bearer(anna))).json()["data"] == anna["user"]
    assert (await client.get(path, headers=bearer(boris))).json()["data"] == {
        "id": anna["user"]["id"],
        "name": "Anna",
        "avatar": None,
    }
    refused(await client.get(path), 401, "UNAUTHORIZED")
    answer = await client.get("/api/v1/users/%00", headers=bearer(anna))
    refused(answer, 404, "NOT_FOUND")


async def test_one_changes_and_deletes_oneself(client: Client) -> None:
    anna = await registered(client)
    path = f"/api/v1/users/{anna['user']['id']}"
    answer = await client.patch(path, json={"name": "Anna B."}, headers=bearer(anna))
    assert (answer.status_code, answer.json()["data"]["name"]) == (200, "Anna B.")
    answer = await client.patch(path, json={"name": None}, headers=bearer(anna))
    refused(answer, 422, "VALIDATION_ERROR")
    answer = await client.delete(path, headers=bearer(anna))
    assert (answer.status_code, answer.json()) == (200, {"data": {"success": True}})
    refused(await client.get(path, headers=bearer(anna)), 401, "UNAUTHORIZED")
    await registered(client)


async def test_the_order_of_refusals_is_the_contracts(client: Client) -> None:
    anna, boris = await registered(client), await registered(client, "boris@example.com")
    path, wrong = f"/api/v1/users/{anna['user']['id']}", {"email": "new@example.com"}
    refused(await client.patch(path, json=wrong), 401, "UNAUTHORIZED")
    answer = await client.patch("/api/v1/users/unknown", json=wrong, headers=bearer(boris))
    refused(answer, 404, "NOT_FOUND")
    refused(await client.patch(path, json=wrong, headers=bearer(boris)), 403, "FORBIDDEN")
    answer = await client.patch(path, json=wrong, headers=bearer(anna))
    assert set(refused(answer, 422, "VALIDATION_ERROR")["fields"]) == {"email"}


async def test_an_admin_may_change_and_delete_others(node: Node, client: Client) -> None:
    anna = await registered(client)
    await node.identity.create_account("root@example.com", PASSWORD, admin=True)
    signed = await node.identity.login(ANYONE, "root@example.com", PASSWORD)
    headers = {"Authorization": f"bearer {signed.access_token}"}
    path = f"/api/v1/users/{anna['user']['id']}"
    assert (await client.get(path, headers=headers)).json()["data"] == anna["user"]
    assert (await client.patch(path, json={"name": "A"}, headers=headers)).status_code == 200
    assert (await client.delete(path, headers=headers)).status_code == 200
    refused(await client.get(path, headers=headers), 404, "NOT_FOUND")


@pytest.mark.parametrize("call", ["login", "guest", "refresh"])
async def test_an_old_token_does_not_stand_in_the_way_of_a_new_one(
    client: Client, call: str
) -> None:
    signed = await registered(client)
    bodies = {
        "login": {"email": "anna@example.com", "password": PASSWORD},
        "guest": {"name": "Anna"},
        "refresh": {"refreshToken": signed["refreshToken"]},
    }
    answer = await client.post(
        f"/api/v1/auth/{call}", json=bodies[call], headers={"Authorization": "Bearer old"}
    )
    assert answer.status_code in (200, 201)


async def test_registering_with_a_token_that_does_not_hold_is_refused(client: Client) -> None:
    answer = await client.post(
        "/api/v1/auth/register",
        json={"email": "anna@example.com", "password": PASSWORD},
        headers={"Authorization": "Bearer old"},
    )
    refused(answer, 401, "UNAUTHORIZED")


async def test_a_refresh_that_is_repeated_under_its_key_is_answered_again_and_is_no_reuse(
    node: Node, client: Client
) -> None:
    signed = await registered(client)
    body, headers = {"refreshToken": signed["refreshToken"]}, {"Idempotency-Key": "refresh-1"}
    first = await client.post("/api/v1/auth/refresh", json=body, headers=headers)
    again = await client.post("/api/v1/auth/refresh", json=body, headers=headers)
    assert (again.status_code, again.json()) == (200, first.json())
    pair = first.json()["data"]
    assert (await client.get("/api/v1/auth/me", headers=bearer(pair))).status_code == 200
    async with node.core.db.read() as connection:
        kept = await connection.execute(sa.select(tables.idempotency_keys.c.body))
        assert pair["refreshToken"].encode() not in kept.scalar_one()
