"""§1 "Identity": register, login, guest, refresh, logout, me, providers."""

from __future__ import annotations

from typing import Any

import pytest

from host.testing.host import Person, TestHost
from tests.contract.answers import data, deleted, error, fields, listed

PASSWORD = "correct horse battery"
USER_KEYS = {"id", "email", "name", "avatar", "createdAt", "updatedAt"}
SIGNED_IN = {"accessToken", "refreshToken", "expiresIn", "user"}


def _address(host: TestHost) -> str:
    return f"{host.host.sources.new_id()}@example.com"


async def _register(host: TestHost, **more: Any) -> dict[str, Any]:
    body = {"email": _address(host), "password": PASSWORD, **more}
    found: dict[str, Any] = data(await host.nobody.call("POST", "/auth/register", body), 201)
    return found


async def _me(host: TestHost, token: str) -> Any:
    return await host.client.get("/api/v1/auth/me", headers={"authorization": f"Bearer {token}"})


async def test_registering_answers_as_login_does(host: TestHost) -> None:
    """POST /auth/register `{email, password, name?}` | … answers as login does"""
    made = await _register(host, name="Ann")
    body = {"email": made["user"]["email"], "password": PASSWORD}
    signed_in = data(await host.nobody.call("POST", "/auth/login", body))
    assert made.keys() == signed_in.keys() == SIGNED_IN
    assert made["user"] == signed_in["user"]
    assert made["user"].keys() == USER_KEYS
    assert made["expiresIn"] == signed_in["expiresIn"] == 3600


async def test_without_a_name_one_is_called_as_the_address_begins(host: TestHost) -> None:
    """POST /auth/register `{email, password, name?}`"""
    made = await _register(host)
    assert made["user"]["name"] == made["user"]["email"].partition("@")[0]


async def test_an_address_is_taken_whatever_its_case(host: TestHost) -> None:
    """409 CONFLICT | address taken"""
    made = await _register(host)
    for email in (made["user"]["email"], made["user"]["email"].upper()):
        body = {"email": email, "password": PASSWORD}
        error(await host.nobody.call("POST", "/auth/register", body), 409, "CONFLICT")


@pytest.mark.parametrize(
    ("body", "wrong"),
    [
        ({}, {"email", "password"}),
        ({"email": "nobody", "password": "short"}, {"email", "password"}),
        ({"email": 5, "password": None}, {"email", "password"}),
        ({"email": "a@example.com", "password": PASSWORD, "name": ""}, {"name"}),
        ({"email": "a@example.com", "password": PASSWORD, "name": "x" * 81}, {"name"}),
        ({"email": "a@example.com", "password": "x" * 1025}, {"password"}),
    ],
)
async def test_what_is_wrong_with_a_registration_is_named_all_at_once(
    host: TestHost, body: dict[str, Any], wrong: set[str]
) -> None:
    """422 | VALIDATION_ERROR; `details.fields`"""
    assert set(fields(await host.nobody.call("POST", "/auth/register", body))) == wrong


async def test_a_wrong_login_does_not_tell_which_part_was_wrong(host: TestHost) -> None:
    """401 | INVALID_CREDENTIALS | wrong login"""
    made = await _register(host)
    told = []
    for email, password in (
        (made["user"]["email"], "wrong horse battery"),
        (_address(host), PASSWORD),
        ("not an address", PASSWORD),
        (made["user"]["email"], "x"),
    ):
        body = {"email": email, "password": password}
        answer = await host.nobody.call("POST", "/auth/login", body)
        told.append(error(answer, 401, "INVALID_CREDENTIALS"))
    assert all(one == told[0] for one in told)


async def test_a_guest_needs_just_a_name(host: TestHost) -> None:
    """POST /auth/guest `{name}` | the same for a guest user; guests | on by default"""
    made = data(await host.nobody.call("POST", "/auth/guest", {"name": "Ann"}), 201)
    assert made.keys() == SIGNED_IN
    assert made["user"].keys() == USER_KEYS
    assert (made["user"]["name"], made["user"]["email"]) == ("Ann", None)
    assert set(fields(await host.nobody.call("POST", "/auth/guest", {"name": " "}))) == {"name"}


async def test_a_guest_claims_the_account_by_registering(host: TestHost) -> None:
    """guests | a guest claims the account by POST /auth/register with the guest's own bearer"""
    guest = await host.guest("Ann")
    room = await host.room(guest)
    body = {"email": _address(host), "password": PASSWORD}
    made = data(await guest.call("POST", "/auth/register", body), 201)
    assert (made["user"]["id"], made["user"]["name"]) == (guest.id, "Ann")
    signed_in = data(await host.nobody.call("POST", "/auth/login", body))
    again = Person(host.client, signed_in)
    assert (await again.get(f"/rooms/{room['id']}"))["createdBy"] == again.id == guest.id


async def test_refresh_tokens_rotate(host: TestHost) -> None:
    """POST /auth/refresh `{refreshToken}` | `{accessToken, refreshToken, expiresIn}`"""
    made = await _register(host)
    body = {"refreshToken": made["refreshToken"]}
    following = data(await host.nobody.call("POST", "/auth/refresh", body))
    assert following.keys() == {"accessToken", "refreshToken", "expiresIn"}
    assert following["refreshToken"] != made["refreshToken"]
    assert data(await _me(host, following["accessToken"]))["id"] == made["user"]["id"]


async def test_use_of_an_old_refresh_token_ends_the_whole_family(host: TestHost) -> None:
    """use of an old one ends the whole session family … access tokens … too, within a second"""
    made = await _register(host)
    old = {"refreshToken": made["refreshToken"]}
    following = data(await host.nobody.call("POST", "/auth/refresh", old))
    error(await host.nobody.call("POST", "/auth/refresh", old), 401, "INVALID_TOKEN")
    new = {"refreshToken": following["refreshToken"]}
    error(await host.nobody.call("POST", "/auth/refresh", new), 401, "INVALID_TOKEN")
    for token in (made["accessToken"], following["accessToken"]):
        error(await _me(host, token), 401, "UNAUTHORIZED")


@pytest.mark.parametrize("token", ["", "x", "0" * 64, "x" * 200])
async def test_an_unknown_refresh_token_is_invalid(host: TestHost, token: str) -> None:
    """401 | INVALID_TOKEN | wrong refresh token"""
    answer = await host.nobody.call("POST", "/auth/refresh", {"refreshToken": token})
    error(answer, 401, "INVALID_TOKEN")


async def test_a_refresh_goes_through_with_the_expired_access_token_still_attached(
    host: TestHost,
) -> None:
    """POST /auth/refresh | anyone"""
    made = await _register(host)
    answer = await host.client.post(
        "/api/v1/auth/refresh",
        json={"refreshToken": made["refreshToken"]},
        headers={"authorization": "Bearer expired"},
    )
    data(answer)


async def test_after_logout_the_tokens_are_refused(host: TestHost) -> None:
    """POST /auth/logout | ends the session; the access token is refused from then on"""
    made = await _register(host)
    other = data(
        await host.nobody.call(
            "POST", "/auth/login", {"email": made["user"]["email"], "password": PASSWORD}
        )
    )
    leaving = Person(host.client, made)
    deleted(await leaving.call("POST", "/auth/logout"))
    error(await leaving.call("GET", "/auth/me"), 401, "UNAUTHORIZED")
    error(await leaving.call("POST", "/auth/logout"), 401, "UNAUTHORIZED")
    body = {"refreshToken": made["refreshToken"]}
    error(await host.nobody.call("POST", "/auth/refresh", body), 401, "INVALID_TOKEN")
    data(await _me(host, other["accessToken"]))


@pytest.mark.parametrize(
    "header",
    ["Bearer", "Bearer ", "Bearer x", "Bearer a.b.c", "bearer e30.e30.e30", "Bearer \xff"],
)
async def test_a_token_that_does_not_hold_is_unauthorized_everywhere(
    host: TestHost, header: str
) -> None:
    """401 | UNAUTHORIZED | no/expired/revoked token; RFC 6750 3.1"""
    for path in ("/auth/me", "/rooms", "/apps"):
        sent = {"authorization": header.encode("latin-1")}
        answer = await host.client.get(f"/api/v1{path}", headers=sent)  # type: ignore[arg-type]
        error(answer, 401, "UNAUTHORIZED")
        assert answer.headers["www-authenticate"].startswith("Bearer")


async def test_who_needs_to_sign_in_is_told_how(host: TestHost) -> None:
    """401; RFC 9110 15.5.2: a WWW-Authenticate header with at least one challenge"""
    for method, path in (("GET", "/auth/me"), ("POST", "/rooms"), ("POST", "/auth/logout")):
        answer = await host.nobody.call(method, path)
        error(answer, 401, "UNAUTHORIZED")
        assert answer.headers["www-authenticate"] == "Bearer"


async def test_me_is_the_signed_in_user(host: TestHost) -> None:
    """GET /auth/me | user | User"""
    made = await _register(host, name="Ann")
    assert data(await _me(host, made["accessToken"])) == made["user"]


async def test_the_ways_of_signing_in_are_listed(host: TestHost) -> None:
    """GET /auth/providers | anyone | the sign-in methods this host has on"""
    rows, meta = listed(await host.nobody.call("GET", "/auth/providers"))
    assert {row["id"] for row in rows} >= {"password", "guest"}
    assert meta["total"] == len(rows)


@pytest.mark.parametrize("provider", ["google", "yandex", "vk", "unheard-of"])
async def test_a_provider_that_is_not_set_up_says_so(host: TestHost, provider: str) -> None:
    """GET /auth/{provider}/url | 503 OAUTH_NOT_CONFIGURED"""
    path = f"/auth/{provider}/url?redirect_url=https://front.example/"
    error(await host.nobody.call("GET", path), 503, "OAUTH_NOT_CONFIGURED")
