"""§1 and §3: `Idempotency-Key`."""

from __future__ import annotations

import asyncio
import sys
from typing import Any

import httpx
import pytest

from host.store import idempotency
from host.testing.host import Person, TestHost
from tests.contract.answers import data, deleted, error, fields, listed, send
from tests.contract.cast import Cast, Stage, write


def _key(host: TestHost) -> str:
    return host.host.sources.new_id()


async def _twice(
    person: Person, method: str, path: str, body: Any, key: str
) -> tuple[httpx.Response, httpx.Response]:
    first = await person.call(method, path, body, Idempotency_Key=key)
    return first, await person.call(method, path, body, Idempotency_Key=key)


def _same(first: httpx.Response, second: httpx.Response) -> None:
    assert second.status_code == first.status_code, second.text
    assert second.content == first.content


async def test_a_creation_happens_once(either: Cast) -> None:
    """the same key and body give the first answer again"""
    olga, path = either.organizer, f"{either.path}/prizes"
    body = {"name": "Once", "metadata": {"key": _key(either.host)}}
    first, second = await _twice(olga, "POST", path, body, _key(either.host))
    made = data(first, 201)
    _same(first, second)
    rows, _ = listed(await olga.call("GET", f"{path}?limit=100"))
    assert [row["id"] for row in rows if row["metadata"] == body["metadata"]] == [made["id"]]


async def test_a_room_is_made_once(host: TestHost, olga: Person) -> None:
    """the same key and body give the first answer again"""
    body = {"name": "Once", "appId": "lottery"}
    first, second = await _twice(olga, "POST", "/rooms", body, _key(host))
    data(first, 201)
    _same(first, second)
    assert len(await olga.get(f"/rooms?createdBy={olga.id}")) == 1


async def test_a_join_and_a_return_happen_once(cast: Cast) -> None:
    """the same key and body give the first answer again"""
    guest = await cast.host.guest("Ann")
    path, body = f"{cast.path}/participants", {"joinCode": cast.room["joinCode"]}
    first, second = await _twice(guest, "POST", path, body, _key(cast.host))
    data(first, 201)
    _same(first, second)
    left, again = await _twice(guest, "DELETE", f"{path}/me", None, _key(cast.host))
    deleted(left)
    _same(left, again)


async def test_a_draw_is_made_once(either_stage: Stage) -> None:
    """the same key and body give the first answer again"""
    cast = await either_stage.cast()
    await cast.join()
    prize = await cast.prize(5)
    path, body = f"{cast.path}/draws", {"prizeId": prize["id"]}
    first, second = await _twice(cast.organizer, "POST", path, body, _key(cast.host))
    data(first, 201)
    _same(first, second)
    assert len(await cast.organizer.get(f"{cast.path}/winners")) == 1
    no_body = await _twice(cast.organizer, "POST", path, None, _key(cast.host))
    _same(*no_body)
    assert len(await cast.organizer.get(f"{cast.path}/winners")) == 2


async def test_a_deletion_is_answered_again_though_nothing_is_left(cast: Cast) -> None:
    """the same key and body give the first answer again"""
    olga = cast.organizer
    prize, winner = await cast.prize(), await cast.award()
    for path in (
        f"{cast.path}/winners/{winner['id']}",
        f"{cast.path}/prizes/{prize['id']}",
        f"{cast.path}/participants/{cast.parts['viewer']['id']}",
        cast.path,
    ):
        first, second = await _twice(olga, "DELETE", path, None, _key(cast.host))
        deleted(first)
        _same(first, second)
        error(await olga.call("DELETE", path), 404, "NOT_FOUND")


async def test_a_change_that_takes_ones_own_rights_is_answered_again(cast: Cast) -> None:
    """the same key and body give the first answer again"""
    other = f"{cast.path}/participants/{cast.parts['viewer']['id']}"
    await cast.organizer.patch(other, {"role": "ORGANIZER"})
    mine = f"{cast.path}/participants/{cast.parts['organizer']['id']}"
    body = {"role": "VIEWER"}
    first, second = await _twice(cast.organizer, "PATCH", mine, body, _key(cast.host))
    assert data(first)["role"] == "VIEWER"
    _same(first, second)
    error(await cast.organizer.call("PATCH", mine, body), 403, "FORBIDDEN")


async def test_another_body_or_call_under_the_same_key_is_a_conflict(shared: Cast) -> None:
    """another body a CONFLICT"""
    key, olga, path = _key(shared.host), shared.organizer, f"{shared.path}/prizes"
    data(await olga.call("POST", path, {"name": "A"}, Idempotency_Key=key), 201)
    for other_path, body in ((path, {"name": "B"}), ("/rooms", {"name": "A", "appId": "lottery"})):
        answer = await olga.call("POST", other_path, body, Idempotency_Key=key)
        error(answer, 409, "CONFLICT")
    same = await send(olga, "POST", path, '{"name": "A" }', Idempotency_Key=key)
    assert same.status_code in (201, 409)


async def test_a_key_belongs_to_its_caller(shared: Cast) -> None:
    """idempotency keys | belong to their caller"""
    key, path, body = _key(shared.host), f"{shared.path}/prizes", {"name": "Mine"}
    mine = await shared.organizer.call("POST", path, body, Idempotency_Key=key)
    theirs = await shared.people["moderator"].call("POST", path, body, Idempotency_Key=key)
    assert data(mine, 201)["id"] != data(theirs, 201)["id"]
    other = {"name": "Other"}
    data(await shared.people["admin"].call("POST", path, other, Idempotency_Key=key), 201)
    stranger = shared.people["stranger"]
    error(await stranger.call("POST", path, body, Idempotency_Key=key), 404, "NOT_FOUND")
    error(
        await shared.people["nobody"].call("POST", path, body, Idempotency_Key=key),
        401,
        "UNAUTHORIZED",
    )


async def test_while_the_first_call_is_under_way_the_second_waits_its_turn(stage: Stage) -> None:
    """while the first call is under way the second answers 409 CONFLICT with Retry-After"""
    cast = await stage.cast(app_id="vault")
    await cast.prize()
    let_go = await _waiting(cast)
    key, path = _key(cast.host), f"{cast.path}/draws"
    first = asyncio.create_task(cast.organizer.call("POST", path, {}, Idempotency_Key=key))
    while not await _claimed(cast, key):
        assert not first.done()
        await asyncio.sleep(0.01)
    second = await cast.organizer.call("POST", path, {}, Idempotency_Key=key)
    error(second, 409, "CONFLICT")
    assert int(second.headers["retry-after"]) >= 1
    let_go.set()
    # Nothing came of the first call, so the same key may be tried again.
    error(await first, 502, "DELEGATION_FAILED")
    await cast.organizer.patch(cast.path, {"appSettings": {"mood": "well"}})
    data(await cast.organizer.call("POST", path, {}, Idempotency_Key=key), 201)


async def _waiting(cast: Cast, mood: str = "waits") -> asyncio.Event:
    """From now on the room's application answers no call before this is set, and then fails."""
    let_go: asyncio.Event = sys.modules["vault"].LET_GO
    let_go.clear()
    await cast.organizer.patch(cast.path, {"appSettings": {"mood": mood}})
    return let_go


async def _claimed(cast: Cast, key: str) -> bool:
    async with cast.host.host.db.read() as conn:
        return await idempotency.get(conn, f"user:{cast.organizer.id}", key) is not None


async def _claim(cast: Cast, key: str) -> str | None:
    """The id of the call that has the key to itself."""
    async with cast.host.host.db.read() as conn:
        kept = await idempotency.get(conn, f"user:{cast.organizer.id}", key)
    return kept.claim if kept else None


async def test_of_many_at_once_one_is_made(either: Cast) -> None:
    """the same key and body give the first answer again; … while the first … is under way … 409"""
    key, path = _key(either.host), f"{either.path}/prizes"
    body = {"name": "Rush", "metadata": {"key": key}}
    answers = await asyncio.gather(
        *(either.organizer.call("POST", path, body, Idempotency_Key=key) for _ in range(20))
    )
    made = {a.json()["data"]["id"] for a in answers if a.status_code == 201}
    assert len(made) == 1
    for answer in answers:
        if answer.status_code != 201:
            error(answer, 409, "CONFLICT")
            assert "retry-after" in answer.headers
    rows, _ = listed(await either.organizer.call("GET", f"{path}?limit=100"))
    assert sum(row["metadata"] == body["metadata"] for row in rows) == 1


async def test_a_refusal_of_the_state_is_answered_again_too(cast: Cast) -> None:
    """the same key and body give the first answer again"""
    path = f"{cast.path}/draws"
    first, second = await _twice(cast.organizer, "POST", path, {}, _key(cast.host))
    error(first, 409, "PRIZE_EXHAUSTED")
    _same(first, second)


async def test_a_call_that_was_not_let_in_uses_up_no_key(cast: Cast) -> None:
    """idempotency keys | belong to their caller"""
    key, path = _key(cast.host), f"{cast.path}/prizes"
    viewer = cast.people["viewer"]
    error(await viewer.call("POST", path, {"name": "A"}, Idempotency_Key=key), 403, "FORBIDDEN")
    assert set(fields(await cast.organizer.call("POST", path, {}, Idempotency_Key=key))) == {"name"}
    part = f"{cast.path}/participants/{cast.parts['viewer']['id']}"
    await cast.organizer.patch(part, {"role": "MODERATOR"})
    data(await viewer.call("POST", path, {"name": "A"}, Idempotency_Key=key), 201)
    data(await cast.organizer.call("POST", path, {"name": "A"}, Idempotency_Key=key), 201)


async def test_a_key_is_forgotten_after_a_day(shared: Cast) -> None:
    """… again for 24 h"""
    key, path, body = _key(shared.host), f"{shared.path}/prizes", {"name": "A"}
    first = data(await shared.organizer.call("POST", path, body, Idempotency_Key=key), 201)
    past = "UPDATE idempotency_keys SET expires_at = '2001-01-01 00:00:00.000000' WHERE key = :key"
    await write(shared.host, past, key=key)
    second = data(await shared.organizer.call("POST", path, body, Idempotency_Key=key), 201)
    assert second["id"] != first["id"]


@pytest.mark.parametrize("key", ["", "x" * 201, "a\tb"])
async def test_a_key_that_is_none_is_a_validation_error(shared: Cast, key: str) -> None:
    """422 | VALIDATION_ERROR"""
    answer = await shared.organizer.call(
        "POST", f"{shared.path}/prizes", {"name": "A"}, Idempotency_Key=key
    )
    assert set(fields(answer)) == {"Idempotency-Key"}


async def test_a_key_does_nothing_to_a_read(shared: Cast) -> None:
    """Unsafe calls accept `Idempotency-Key`"""
    key = _key(shared.host)
    before = data(await shared.organizer.call("GET", shared.path, Idempotency_Key=key))
    await shared.prize()
    after = data(await shared.organizer.call("GET", shared.path, Idempotency_Key=key))
    assert after["_count"]["prizes"] == before["_count"]["prizes"] + 1


async def test_two_guests_behind_one_address_do_not_see_each_others_tokens(host: TestHost) -> None:
    """idempotency keys | belong to their caller"""
    key, body = _key(host), {"name": "Ann"}
    phones = [{"User-Agent": name, "Idempotency-Key": key} for name in ("Pixel", "iPhone")]
    said = [
        await host.client.post("/api/v1/auth/guest", json=body, headers=phone)
        for phone in (*phones, *phones)
    ]
    one, other, one_again, other_again = said
    assert data(one, 201)["user"]["id"] != data(other, 201)["user"]["id"]
    _same(one, one_again)
    _same(other, other_again)
    # Nor with phones that are alike: what is not the same call is refused.
    third = await host.client.post("/api/v1/auth/guest", json={"name": "Bo"}, headers=phones[0])
    error(third, 409, "CONFLICT")
    # And a key that two might come upon is none by which tokens are given out.
    weak = {"Idempotency-Key": "guest-1"}
    answer = await host.client.post("/api/v1/auth/guest", json=body, headers=weak)
    assert set(fields(answer)) == {"Idempotency-Key"}


async def test_tokens_are_given_again_to_who_shows_the_same_secret(host: TestHost) -> None:
    """the same key and body give the first answer again"""
    nobody, keys = host.nobody, [_key(host) for _ in range(3)]
    body = {"email": f"{keys[0]}@example.com", "password": "correct horse battery"}
    for path, key in (("/auth/register", keys[0]), ("/auth/login", keys[1])):
        first, second = await _twice(nobody, "POST", path, body, key)
        assert first.json()["data"]["user"]["email"] == body["email"].lower()
        _same(first, second)
    token = {"refreshToken": first.json()["data"]["refreshToken"]}
    refreshed, again = await _twice(nobody, "POST", "/auth/refresh", token, keys[2])
    data(refreshed)
    # Without the key a token that was used ends the family; with it the answer had been lost.
    _same(refreshed, again)
    person = Person(host.client, {**first.json()["data"], **refreshed.json()["data"]})
    assert (await person.get("/auth/me"))["email"] == body["email"].lower()


@pytest.mark.parametrize(
    ("mood", "status", "code"),
    [("waits", 502, "DELEGATION_FAILED"), ("waits and refuses", 409, "CONFLICT")],
)
async def test_a_call_that_takes_its_time_keeps_its_key(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, mood: str, status: int, code: str
) -> None:
    """while the first call is under way the second answers 409 CONFLICT with Retry-After"""
    monkeypatch.setattr("host.web.api.once.ALIVE_SECONDS", 0.02)
    cast = await stage.cast(app_id="vault")
    await cast.prize()
    let_go = await _waiting(cast, mood)
    key, path = _key(cast.host), f"{cast.path}/draws"
    first = asyncio.create_task(cast.organizer.call("POST", path, {}, Idempotency_Key=key))
    heard: set[Any] = set()
    while len(heard) < 3:
        assert not first.done()
        await asyncio.sleep(0.01)
        async with cast.host.host.db.read() as conn:
            known = await idempotency.get(conn, f"user:{cast.organizer.id}", key)
        heard |= {known.alive_at} if known else set()
    mine = await _claim(cast, key)
    past = "UPDATE idempotency_keys SET alive_at = '2001-01-01 00:00:00.000000' WHERE key = :key"
    monkeypatch.setattr("host.web.api.once.ALIVE_SECONDS", 3600)
    await cast.organizer.patch(cast.path, {"appSettings": {"mood": "well"}})
    # Nobody heard of it for long, so another may make the call.
    taken_over = False
    while not taken_over:
        await write(cast.host, past, key=key)
        asking = asyncio.create_task(cast.organizer.call("POST", path, {}, Idempotency_Key=key))
        # It waits for the first one's turn in the room, or is refused where a last sign of life
        # had still been under way.
        while not (asking.done() or taken_over):
            await asyncio.sleep(0.01)
            taken_over = await _claim(cast, key) != mine
    let_go.set()
    second = await asking
    data(second, 201)
    late = await first
    error(late, status, code)
    # Whatever it was refused for, another's answer stands under the key.
    assert ("Retry-After" in late.headers) == (status == 409)
    _same(second, await cast.organizer.call("POST", path, {}, Idempotency_Key=key))
