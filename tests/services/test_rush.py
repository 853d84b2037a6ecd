"""Joins and draws by the short way leave what the long way leaves."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
import sqlalchemy as sa

from host.store import tables as t
from host.testing import TestHost, running_host
from host.testing.host import Person, Refused
from tests.fixtures.postbox import BROUGHT
from tests.services.news import Party, party_on

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


async def _ready(host: TestHost, olga: Person, name: str) -> str:
    """A room in which three can win a prize of two units by the platform's draw; its path."""
    room = await host.room(olga, isPublic=True, name=name)
    base = f"/rooms/{room['id']}"
    await olga.put(f"{base}/delegations", {"winnerSelection": None})
    await olga.post(f"{base}/prizes", {"name": "Tea", "quantity": 2})
    for guest in ("Masha", "Oleg", "Inna"):
        await host.join(room, await host.guest(guest))
    return base


async def _statuses(olga: Person, rooms: list[str]) -> list[int]:
    asked = [olga.call("POST", f"{base}/draws", {}) for base in rooms]
    return [answer.status_code for answer in await asyncio.gather(*asked)]


async def test_rooms_that_draw_at_once_are_each_answered_for_themselves(host: TestHost) -> None:
    olga = await host.register("Olga")
    rooms = [await _ready(host, olga, f"Room {number}") for number in range(6)]
    assert await _statuses(olga, [*rooms, *rooms, rooms[0]]) == [201] * 12 + [409]
    for base in rooms:
        won = await olga.get(f"{base}/winners")
        events = await olga.get(f"{base}/events?limit=100")
        assert [event["seq"] for event in events] == list(range(1, len(events) + 1))
        assert [e["data"] for e in events if e["event"] == "winner:selected"] == won
        assert len({one["participantId"] for one in won}) == 2
        log = await olga.get(f"{base}/audit")
        assert sum(entry["act"] == "draw" for entry in log) == 2


async def test_a_room_whose_draw_the_database_refuses_takes_no_other_along(host: TestHost) -> None:
    olga = await host.register("Olga")
    rooms = [await _ready(host, olga, f"Room {number}") for number in range(4)]
    broken = rooms[1].rpartition("/")[2]
    async with host.host.db.write() as conn:
        rule = f"ADD CONSTRAINT not_here CHECK (room_id <> '{broken}')"
        await conn.exec_driver_sql(f"ALTER TABLE draws {rule}")
    statuses = await _statuses(olga, rooms)
    assert [status for at, status in enumerate(statuses) if at != 1] == [201] * 3
    assert statuses[1] >= 400
    for base in rooms:
        left = 2 if base == rooms[1] else 1
        assert [p["quantityRemaining"] for p in await olga.get(f"{base}/prizes")] == [left]


async def test_a_room_that_another_writer_has_is_waited_for_by_no_other(host: TestHost) -> None:
    olga = await host.register("Olga")
    rooms = [await _ready(host, olga, f"Room {number}") for number in range(4)]
    taken = rooms[0].rpartition("/")[2]
    async with host.host.db.write() as conn:
        await conn.exec_driver_sql(f"SELECT FROM rooms WHERE id = '{taken}' FOR UPDATE")
        waits = asyncio.create_task(olga.call("POST", f"{rooms[0]}/draws", {}))
        async with asyncio.timeout(30):
            assert await _statuses(olga, rooms[1:] * 2) == [201] * 6
        assert not waits.done()
    assert (await waits).status_code == 201


async def test_a_winner_is_told_by_the_short_way_what_the_long_way_tells(
    postgresql_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with party_on(postgresql_url) as party:
        lane, written = party.host.host.db.lane, list[int]()
        assert lane is not None
        write = lane.write

        async def counted(statement: str, *given: Any) -> Any:
            rows = await write(statement, *given)
            written.append(len(rows))
            return rows

        monkeypatch.setattr(lane, "write", counted)
        olga, won = party.olga, []
        await olga.put(f"{party.path}/delegations", {"winnerSelection": None})
        for key in ({}, {"Idempotency_Key": "a-key-goes-the-long-way"}):
            prize = await olga.post(f"{party.path}/prizes", {"name": "Goose", "quantity": 1})
            draw = {"prizeId": prize["id"]}
            drawn = await olga.call("POST", f"{party.path}/draws", draw, **key)
            won += drawn.json()["data"]
            await party.settled()
        assert written == [1]
        ids = [one["id"] for one in won]
        assert [one.id for one in BROUGHT] == [f"{one}.{party.masha.id}" for one in ids]
        assert await _rows(party, t.notifications, "id") == ids
        assert await _rows(party, t.notification_deliveries, "notification_id") == ids


async def _rows(party: Party, table: sa.Table, by: str) -> list[str]:
    """What `by` names of both rows of a table, which are the same but for when and for which."""
    async with party.host.host.db.read() as connection:
        rows = await connection.execute(table.select().order_by(table.c.created_at))
        first, second = (dict(row._mapping) for row in rows)
    found = [first[by], second[by]]
    for row in (first, second):
        for name in ("id", "notification_id", "data", *[n for n in row if n.endswith("_at")]):
            row.pop(name, None)
    assert first == second
    return found
