"""Tokens of those who are gone, used twice, or of somebody else: on sockets, on every process."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from host.testing.host import PASSWORD, Person
from tests.contract.answers import error
from tests.realtime.evening import A_SECOND
from tests.realtime.live import Place, phone, served
from tests.servers.redis import Redis

Pair = tuple[Place, Place]


@pytest_asyncio.fixture(loop_scope="session")
async def pair(postgresql_url: str, redis: Redis) -> AsyncIterator[Pair]:
    """Two processes on one database, as behind a reverse proxy."""
    values = {
        "database_url": postgresql_url,
        "channels_url": redis.url,
        "public_url": "http://evening.example",
    }
    async with served(**values) as one, served(**values) as other:
        yield one, other


def _there(person: Person, place: Place) -> Person:
    """The same person, who asks the other process."""
    same = Person(place.host.client, None)
    same.token = person.token
    return same


async def _refused_at(person: Person, place: Place) -> None:
    """Another process may believe in a session for half a second more, and no longer."""
    there, status = _there(person, place), 200
    async with asyncio.timeout(A_SECOND):
        while status != 401:
            status = (await there.call("GET", "/rooms")).status_code
    error(await there.call("GET", "/auth/me"), 401, "UNAUTHORIZED")


@pytest.mark.parametrize("ending", ["reuse", "logout", "deletion", "deletion by an admin"])
async def test_an_ended_session_is_ended_everywhere_within_a_second(
    pair: Pair, ending: str
) -> None:
    here, there = pair
    ann = await here.host.register("Ann")
    room = await here.host.room(await here.host.guest("Olga"))
    await here.host.join(room, ann)
    # The family goes on once, so that there is an old refresh token and a new one.
    assert ann.refresh_token is not None
    body = {"refreshToken": ann.refresh_token}
    following = await here.host.nobody.post("/auth/refresh", body)
    newer = Person(here.host.client, None)
    newer.token = following["accessToken"]
    async with (
        phone(here, token=ann.token) as one,
        phone(there, token=ann.token) as two,
        phone(there, token=newer.token) as three,
    ):
        for ear in (one, two, three):
            await ear.ask("room:subscribe", roomId=room["id"])
        if ending == "reuse":
            error(await there.host.nobody.call("POST", "/auth/refresh", body), 401, "INVALID_TOKEN")
        elif ending == "logout":
            await newer.post("/auth/logout")
        else:
            admin = await here.host.admin()
            who = ann if ending == "deletion" else admin
            await who.delete(f"/users/{ann.id}")
        for ear in (one, two, three):
            async with asyncio.timeout(A_SECOND):
                assert await ear.closed() == 4001
        for person in (ann, newer):
            for place in pair:
                await _refused_at(person, place)
    body = {"refreshToken": following["refreshToken"]}
    for place in pair:
        error(await place.host.nobody.call("POST", "/auth/refresh", body), 401, "INVALID_TOKEN")


async def test_a_guest_claims_no_address_of_somebody_else_and_no_hand_of_theirs_stays(
    pair: Pair,
) -> None:
    here, _ = pair
    address = "ann@example.com"
    await here.host.host.services.identity.create_account(address, PASSWORD, name="Ann")
    mallory = await here.host.guest("Mallory")
    for typed in (address, address.upper(), f" {address} ", "Ann@EXAMPLE.com"):
        body = {"email": typed, "password": "another password"}
        answer = await mallory.call("POST", "/auth/register", body)
        assert answer.status_code in (409, 422), answer.text
    assert (await mallory.get("/auth/me"))["email"] is None
    login = {"email": address, "password": "another password"}
    error(await mallory.call("POST", "/auth/login", login), 401, "INVALID_CREDENTIALS")
    # Who had a hand in the guest has none in the account that the guest becomes.
    async with phone(here, token=mallory.token) as ear:
        made = await mallory.post(
            "/auth/register", {"email": "mallory@example.com", "password": PASSWORD}
        )
        assert await ear.closed() == 4001
    error(await mallory.call("GET", "/auth/me"), 401, "UNAUTHORIZED")
    body = {"refreshToken": str(mallory.refresh_token)}
    error(await here.host.nobody.call("POST", "/auth/refresh", body), 401, "INVALID_TOKEN")
    assert made["user"]["id"] == mallory.id
