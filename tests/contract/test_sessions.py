"""Sessions are listed and ended by their owner, and a password is changed by who knows it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from host.testing.host import API, PASSWORD, Person, TestHost
from tests.contract.answers import data, deleted, error, fields, listed
from tests.contract.cast import UNKNOWN, Stage

ANDROID = (
    "Mozilla/5.0 (Linux; Android 14; Pixel 8) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/130.0.0.0 Mobile Safari/537.36"
)
KEYS = {"id", "createdAt", "seenAt", "method", "device", "current"}


async def _signed_in(host: TestHost, email: str, agent: str = ANDROID) -> Person:
    """The same person once more, at another device."""
    body = {"email": email, "password": PASSWORD}
    answer = await host.nobody.call("POST", "/auth/login", body, user_agent=agent)
    return Person(host.client, data(answer))


async def _twice(host: TestHost) -> tuple[Person, Person, str]:
    ann = await host.register("Ann")
    email = (await ann.get("/auth/me"))["email"]
    return ann, await _signed_in(host, email), email


async def _ended(person: Person) -> None:
    error(await person.call("GET", "/auth/me"), 401, "UNAUTHORIZED")
    body = {"refreshToken": person.refresh_token}
    error(await person.call("POST", "/auth/refresh", body), 401, "INVALID_TOKEN")


async def test_sessions_are_listed_with_their_device_and_way_of_signing_in(
    either_stage: Stage,
) -> None:
    """Sessions listed … by their owner"""
    host = either_stage.host
    ann, phone, _ = await _twice(host)
    found, _ = listed(await phone.call("GET", "/auth/sessions"))
    assert all(one.keys() == KEYS for one in found)
    assert [one["current"] for one in found] == [True, False]
    assert (found[0]["method"], found[0]["device"]) == ("password", "Chrome on Android")
    mine = await ann.get("/auth/sessions")
    assert {one["id"] for one in mine} == {one["id"] for one in found}
    guest = await host.guest("Guest")
    assert [one["method"] for one in await guest.get("/auth/sessions")] == ["guest"]


async def test_an_ended_session_is_over_with_all_its_tokens(either_stage: Stage) -> None:
    """Sessions … ended by their owner"""
    ann, phone, _ = await _twice(either_stage.host)
    other = next(one for one in await ann.get("/auth/sessions") if not one["current"])
    deleted(await ann.call("DELETE", f"/auth/sessions/{other['id']}"))
    await _ended(phone)
    assert len(await ann.get("/auth/sessions")) == 1
    error(await ann.call("DELETE", f"/auth/sessions/{other['id']}"), 404, "NOT_FOUND")


async def test_all_others_are_ended_at_once(either_stage: Stage) -> None:
    """Sessions … ended by their owner"""
    host = either_stage.host
    ann, phone, email = await _twice(host)
    tablet = await _signed_in(host, email, "curl/8.9")
    assert (await tablet.get("/auth/sessions"))[0]["device"] == "The program “curl”"
    deleted(await phone.call("DELETE", "/auth/sessions"))
    await _ended(ann)
    await _ended(tablet)
    assert [one["current"] for one in await phone.get("/auth/sessions")] == [True]


async def test_a_session_of_somebody_else_is_none(host: TestHost, olga: Person) -> None:
    """404 for what may not be known"""
    ann = await host.register("Ann")
    theirs = (await ann.get("/auth/sessions"))[0]["id"]
    for wrong in (theirs, UNKNOWN, "%00", "a-b"):
        error(await olga.call("DELETE", f"/auth/sessions/{wrong}"), 404, "NOT_FOUND")
    for method, path in (("GET", ""), ("DELETE", ""), ("DELETE", f"/{theirs}")):
        answer = await host.nobody.call(method, f"/auth/sessions{path}")
        error(answer, 401, "UNAUTHORIZED")
    assert await ann.get("/auth/me")


async def test_a_new_password_needs_the_old_one_and_ends_the_other_sessions(
    either_stage: Stage,
) -> None:
    """password … change … ends the other sessions"""
    host = either_stage.host
    ann, phone, email = await _twice(host)
    anew = "another long password"
    body = {"password": PASSWORD, "newPassword": anew}
    deleted(await ann.call("POST", "/auth/password", body))
    await _ended(phone)
    assert await ann.get("/auth/me")
    wrong = {"email": email, "password": PASSWORD}
    error(await host.nobody.call("POST", "/auth/login", wrong), 401, "INVALID_CREDENTIALS")
    data(await host.nobody.call("POST", "/auth/login", {"email": email, "password": anew}))


@pytest.mark.parametrize(
    ("body", "wrong"),
    [
        ({"password": "not the password", "newPassword": "another password"}, "password"),
        ({"password": PASSWORD, "newPassword": "short"}, "newPassword"),
        ({"password": "\ud800", "newPassword": "another password"}, ""),
        ({"password": PASSWORD}, "newPassword"),
    ],
)
async def test_a_password_is_not_changed_by_what_does_not_do(
    host: TestHost, body: dict[str, Any], wrong: str
) -> None:
    """422 | VALIDATION_ERROR"""
    ann = await host.register("Ann")
    answer = await host.client.post(
        f"{API}/auth/password",
        content=json.dumps(body),
        headers={"authorization": f"Bearer {ann.token}", "content-type": "application/json"},
    )
    assert set(fields(answer)) == {wrong}
    assert await ann.get("/auth/me")


async def test_a_guest_has_no_password_to_change(host: TestHost, olga: Person) -> None:
    """409 | CONFLICT"""
    body = {"password": PASSWORD, "newPassword": "another password"}
    error(await olga.call("POST", "/auth/password", body), 409, "CONFLICT")
    error(await host.nobody.call("POST", "/auth/password", body), 401, "UNAUTHORIZED")
