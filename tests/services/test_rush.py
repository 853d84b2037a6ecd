"""Joins and draws by the short way leave what the long way leaves."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from host.testing import TestHost, running_host
from host.testing.host import Refused

MANY = 40


@pytest.fixture
async def host(postgresql_url: str) -> AsyncIterator[TestHost]:
    async with running_host(database_url=postgresql_url) as running:
        yield running


async def test_a_hall_that_joins_at_once_is_counted_and_told_of_in_order(host: TestHost) -> None:
    olga = await host.register("Olga")
    room = await host.room(olga, isPublic=True)
    path = f"/rooms/{room['id']}/participants"
    guests = [await host.guest(f"Guest {number}") for number in range(MANY)]
    # One of them presses the button twice, and one brings a key.
    asked = [guest.call("POST", path, {"metadata": {"n": n}}) for n, guest in enumerate(guests)]
    asked += [
        guests[0].call("POST", path, {"metadata": {"n": 0}}),
        guests[1].call("POST", path, {"metadata": {"n": 1}}, Idempotency_Key="a-key-of-its-own"),
    ]
    statuses = [answer.status_code for answer in await asyncio.gather(*asked)]
    assert sorted(statuses) == [201] * MANY + [409] * 2
    listed = [one for one in await olga.get(f"{path}?limit=100") if one["role"] == "PARTICIPANT"]
    assert (await olga.get(f"/rooms/{room['id']}"))["_count"]["participants"] == MANY + 1
    events = await olga.get(f"/rooms/{room['id']}/events?limit=100")
    assert [event["seq"] for event in events] == list(range(1, len(events) + 1))
    told = [event["data"] for event in events if event["event"] == "participant:joined"]
    by_id = {one["id"]: one for one in listed}
    assert len(told) == len(by_id) == MANY
    assert {one["id"]: one for one in told} == by_id


async def test_who_came_and_went_between_two_draws_is_known_to_the_second(host: TestHost) -> None:
    olga = await host.register("Olga")
    room = await host.room(olga, isPublic=True)
    base = f"/rooms/{room['id']}"
    await olga.put(f"{base}/delegations", {"winnerSelection": None})
    tea = await olga.post(f"{base}/prizes", {"name": "Tea", "quantity": 9})
    parts = {}
    for name in ("Masha", "Oleg", "Inna"):
        guest = await host.guest(name)
        parts[(await host.join(room, guest))["id"]] = guest
    draws = f"{base}/draws"
    (first,) = await olga.post(draws, {"prizeId": tea["id"]})
    left, stays = (one for one in parts if one != first["participantId"])
    await parts[left].delete(f"{base}/participants/me")
    with pytest.raises(Refused, match="Only 1 can still win"):
        await olga.post(draws, {"prizeId": tea["id"], "count": 2})
    late = (await host.join(room, await host.guest("Late")))["id"]
    drawn = await olga.post(draws, {"prizeId": tea["id"], "count": 2})
    assert {one["participantId"] for one in drawn} == {stays, late}
    shown = {one["id"]: one for one in await olga.get(f"{base}/winners")}
    assert [shown[one["id"]] for one in drawn] == drawn
    events = await olga.get(f"{base}/events?limit=100")
    told = [event["data"] for event in events if event["event"] == "winner:selected"]
    assert told == [first, *drawn]
    assert (await olga.get(f"{base}/prizes/{tea['id']}"))["quantityRemaining"] == 6
    log = await olga.get(f"{base}/audit")
    assert sum(entry["act"] == "draw" for entry in log) == 2
