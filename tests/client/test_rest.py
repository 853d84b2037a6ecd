"""Calls of the client: refused by exception, tried until answered, done once."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from host.client import Client, NoAnswer, Tokens, connect
from host.client.failures import refusal
from host.client.pause import full_jitter
from host.errors import (
    AppPermissionDenied,
    Conflict,
    FestoonError,
    InvalidCredentials,
    InvalidToken,
    NotFound,
    RateLimited,
    Unauthorized,
    ValidationFailed,
    VersionConflict,
)
from host.store.engine import Database
from tests.faults.retries import age_claims
from tests.servers.festoon import Festoon


async def test_a_refusal_is_the_exception_that_the_host_raised(
    festoon: Festoon, olga: Client, room: dict[str, Any]
) -> None:
    with pytest.raises(NotFound):
        await olga.get("/rooms/nowhere")
    with pytest.raises(ValidationFailed) as wrong:
        await olga.post(f"/rooms/{room['id']}/prizes", {"name": "Cake", "quantity": -1})
    assert "quantity" in str(wrong.value.fields)
    with pytest.raises(Conflict):
        await olga.post(f"/rooms/{room['id']}/participants")
    with pytest.raises(VersionConflict):
        await olga.patch(f"/rooms/{room['id']}", {"name": "Spring"}, if_match='"another"')
    async with connect(festoon.url) as nobody:
        with pytest.raises(InvalidCredentials):
            await nobody.login("olga@example.org", "a wrong password")
        with pytest.raises(Unauthorized):
            await nobody.get("/auth/me")


@pytest.mark.parametrize("kind", [AppPermissionDenied, RateLimited, ValidationFailed])
def test_exceptions_that_write_their_own_message_keep_the_hosts(kind: type[FestoonError]) -> None:
    error = refusal({"code": kind.code, "message": "As it was said.", "details": {"a": 1}})
    assert type(error) is kind
    assert (error.message, error.details, error.status) == (
        "As it was said.",
        {"a": 1},
        kind.status,
    )


def test_a_code_of_a_newer_host_is_told_as_it_is() -> None:
    error = refusal({"code": "TOO_MERRY", "message": "No."}, status=418)
    assert isinstance(error, FestoonError)
    assert (error.code, error.status) == ("TOO_MERRY", 418)


async def test_the_same_key_gives_the_first_answer_again(
    olga: Client, room: dict[str, Any]
) -> None:
    path, body = f"/rooms/{room['id']}/prizes", {"name": "Cake", "quantity": 1}
    first = await olga.call("POST", path, body, key="the cake")
    again = await olga.call("POST", path, body, key="the cake")
    other = await olga.call("POST", path, body)
    assert (first.replayed, again.replayed) == (False, True)
    assert first.data == again.data
    assert first.data["id"] != other.data["id"]
    with pytest.raises(Conflict):
        await olga.call("POST", path, {"name": "Another cake", "quantity": 1}, key="the cake")


async def test_lists_are_read_to_their_end(olga: Client, room: dict[str, Any]) -> None:
    path = f"/rooms/{room['id']}/prizes"
    made = {(await olga.post(path, {"name": f"P{n}", "quantity": 1}))["id"] for n in range(5)}
    page = await olga.page(path, page=2, limit=2)
    assert len(page.items) == 2
    assert page.meta["totalPages"] == 3
    listed = [prize["id"] async for prize in olga.each(path, limit=2)]
    assert len(listed) == 5
    assert set(listed) == made
    seqs = [event["seq"] async for event in olga.each(f"/rooms/{room['id']}/events", limit=3)]
    assert seqs == list(range(1, len(seqs) + 1))


async def test_calls_at_once_with_a_refused_token_share_one_renewal(
    festoon: Festoon, olga: Client
) -> None:
    assert olga.tokens is not None
    kept: list[Tokens] = []
    stale = replace(olga.tokens, access_token="out.of.date")
    async with connect(festoon.url, tokens=stale, on_tokens=kept.append) as late:
        people = await asyncio.gather(*(late.get("/auth/me") for _ in range(5)))
        assert {person["name"] for person in people} == {"Olga"}
        assert kept == [late.tokens]


async def test_a_token_is_renewed_before_it_expires(festoon: Festoon, olga: Client) -> None:
    assert olga.tokens is not None
    nearly_over = replace(olga.tokens, expires_in=0.0)
    async with connect(festoon.url, tokens=nearly_over) as late:
        await late.get("/auth/me")
        assert late.tokens is not None
        assert late.tokens.refresh_token != olga.tokens.refresh_token


async def test_after_signing_out_nothing_is_renewed(festoon: Festoon, olga: Client) -> None:
    before = olga.tokens
    await olga.logout()
    assert olga.tokens is None
    async with connect(festoon.url, tokens=before) as late:
        with pytest.raises(InvalidToken):
            await late.get("/auth/me")


async def test_what_is_asked_while_the_host_dies_is_done_once(
    festoon: Festoon, olga: Client, room: dict[str, Any], sqlite_url: str
) -> None:
    db = Database(sqlite_url)
    path = f"/rooms/{room['id']}/prizes"
    numbers = iter(range(60))

    async def busy() -> None:
        for n in numbers:
            await olga.post(path, {"name": f"P{n}", "quantity": 1})

    async def deadly() -> None:
        for least in (15, 35):
            while len(await olga.get(path, limit=100)) < least:
                pass
            await asyncio.to_thread(festoon.kill)
            await age_claims(db)
            await asyncio.to_thread(festoon.start)

    await asyncio.gather(*(busy() for _ in range(4)), deadly())
    await db.close()
    names = [prize["name"] async for prize in olga.each(path)]
    assert sorted(names) == sorted(f"P{n}" for n in range(60))


async def test_patience_has_an_end(festoon: Festoon) -> None:
    festoon.kill()
    async with connect(festoon.url, patience=0.5) as client:
        with pytest.raises(NoAnswer):
            await client.guest("Ada")


def test_a_pause_lies_anywhere_up_to_a_growing_bound() -> None:
    longest = [full_jitter(n, first=0.5, longest=15, chance=lambda: 1.0) for n in range(8)]
    assert longest == [0.5, 1, 2, 4, 8, 15, 15, 15]
    assert full_jitter(5, first=0.5, longest=15, chance=lambda: 0.0) == 0.0
