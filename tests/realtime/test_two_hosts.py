"""Two hosts on one database and one Redis, as behind a reverse proxy."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest

from host.testing.host import Person
from tests.realtime.evening import A_SECOND, until
from tests.realtime.live import Place, phone, served
from tests.servers.redis import Redis

Pair = tuple[Place, Place]


@pytest.fixture
async def pair(postgresql_url: str, redis: Redis) -> AsyncIterator[Pair]:
    values = {
        "database_url": postgresql_url,
        "channels_url": redis.url,
        "public_url": "http://evening.example",
    }
    async with served(**values) as one, served(**values) as other:
        yield one, other


@pytest.fixture
async def olga(pair: Pair) -> Person:
    return await pair[0].host.register("Olga")


@pytest.fixture
async def room(pair: Pair, olga: Person) -> dict[str, Any]:
    return await pair[0].host.room(olga)


async def test_what_one_host_writes_is_heard_at_the_other(
    pair: Pair, olga: Person, room: dict[str, Any]
) -> None:
    async with phone(pair[0], token=olga.token) as here, phone(pair[1], token=olga.token) as there:
        for ear in (here, there):
            await ear.ask("room:subscribe", roomId=room["id"])
        for n in range(10):
            await olga.post(f"/rooms/{room['id']}/prizes", {"name": f"P{n}", "quantity": 1})
        await until(lambda: len(here.seqs) == 10 and here.seqs == there.seqs)
        assert here.named("prize:created") == there.named("prize:created")


async def test_a_redis_that_is_killed_costs_time_and_no_event(
    pair: Pair, olga: Person, room: dict[str, Any], redis: Redis
) -> None:
    async with phone(pair[1], token=olga.token) as there:
        start = (await there.ask("room:subscribe", roomId=room["id"]))["data"]["seq"]
        path = f"/rooms/{room['id']}/prizes"
        await olga.post(path, {"name": "Before", "quantity": 1})
        await until(lambda: len(there.seqs) == 1)
        redis.kill()
        for n in range(3):
            await olga.post(path, {"name": f"Meanwhile {n}", "quantity": 1})
        redis.start()
        await until(lambda: pair[1].host.host.channels.healthy, 30)
        await until(lambda: len(there.seqs) == 4, 30)
        await until(lambda: pair[0].host.host.channels.healthy, 30)
        await olga.post(path, {"name": "After", "quantity": 1})
        await until(lambda: len(there.seqs) == 5)
        assert there.seqs == list(range(start + 1, start + 6))


async def test_a_session_that_ends_here_ends_its_sockets_there(pair: Pair, olga: Person) -> None:
    """refresh reuse, logout | … sockets too, within a second, on every process"""
    async with phone(pair[1], token=olga.token) as there:
        await olga.post("/auth/logout")
        await until(lambda: there.code == 4001, A_SECOND)


@pytest.mark.parametrize(("method", "how"), [("DELETE", ""), ("POST", "/ban")])
async def test_who_is_removed_or_banned_here_hears_no_more_there_within_a_second(
    pair: Pair, olga: Person, room: dict[str, Any], method: str, how: str
) -> None:
    nina = await pair[0].host.guest("Nina")
    part = await pair[0].host.join(room, nina)
    async with phone(pair[1], token=nina.token) as there:
        await there.ask("room:subscribe", roomId=room["id"])
        await olga.call(method, f"/rooms/{room['id']}/participants/{part['id']}{how}")
        await until(lambda: there.named("room:unsubscribed"), A_SECOND)
        await olga.post(f"/rooms/{room['id']}/prizes", {"name": "Secret", "quantity": 1})
        await there.ask("ping")
        assert not there.named("prize:created")
