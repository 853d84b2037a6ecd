"""Two host processes, one PostgreSQL and one Redis, any of which may be killed.

`--listeners 500` for a hall, `--kills 5` for an evening on which everything breaks.
"""

from __future__ import annotations

import asyncio
import os
import signal
import time
from collections.abc import Iterator
from functools import partial
from itertools import cycle
from pathlib import Path

import pytest

from tests.realtime.evening import A_SECOND, until
from tests.realtime.hall import WRITTEN, Hall, Kept
from tests.realtime.live import Phone
from tests.servers.databases import PostgreSQLDatabases
from tests.servers.festoon import Festoon
from tests.servers.forked import ForkedFestoon, Forks
from tests.servers.postgresql import PostgreSQL
from tests.servers.redis import Redis


@pytest.fixture(scope="module")
def hosts(
    _postgresql: PostgreSQL,
    postgresql_databases: PostgreSQLDatabases,
    _redis: Redis,
    forks: Forks,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Hall]:
    _redis.start()
    url = postgresql_databases.create()
    values = {"DATABASE_URL": url, "CHANNELS_URL": _redis.url, "PUBLIC_URL": "http://hall.example"}
    folders: list[Path] = [tmp_path_factory.mktemp(name) for name in ("one", "other")]
    pair = [ForkedFestoon(forks, folder, values) for folder in folders]
    try:
        for host in pair:
            host.start()
        yield Hall(pair[0], pair[1], _redis, _postgresql, values)
    finally:
        for host in pair:
            host.kill()
        postgresql_databases.drop(url)


@pytest.fixture
def hall(hosts: Hall) -> Hall:
    """Everything is running, whatever the test before killed."""
    for server in (hosts.database, hosts.redis, hosts.one, hosts.other):
        server.start()
    return hosts


async def online(phone: Phone, room_id: str) -> int:
    listed = await phone.ask("presence:list", roomId=room_id)
    number: int = listed["data"]["online"]
    return number


async def until_online(phone: Phone, room_id: str, number: int, seconds: float = 30.0) -> None:
    deadline = time.monotonic() + seconds
    while (there := await online(phone, room_id)) != number:
        assert time.monotonic() < deadline, f"{there} people instead of {number}"
        await asyncio.sleep(0.02)


async def test_people_are_counted_over_both_and_vanish_with_a_process_that_is_killed(
    hall: Hall,
) -> None:
    room_id = hall.room()
    _, nina = hall.guest("Nina")
    _, otto = hall.guest("Otto")
    async with (
        hall.phone(hall.other, hall.olga, room_id) as screen,
        hall.phone(hall.other, nina, room_id),
    ):
        async with (
            hall.phone(hall.one, nina, room_id) as elsewhere,
            hall.phone(hall.one, otto, room_id),
        ):
            await until_online(screen, room_id, 3)
            await until_online(elsewhere, room_id, 3)
            hall.one.kill()
            # Five seconds of silence, and ten more where the machine stood still meanwhile.
            await until_online(screen, room_id, 2, 30)
        assert screen.named("presence:user_offline")[-1]["data"]["user"]["name"] == "Otto"


async def test_who_is_removed_or_signed_out_here_is_cut_off_there_within_a_second(
    hall: Hall,
) -> None:
    room_id = hall.room()
    _, nina = hall.guest("Nina")
    part = hall.call("POST", f"/rooms/{room_id}/participants", nina, {})
    hall.call("PATCH", f"/rooms/{room_id}", hall.olga, {"isPublic": False})
    async with hall.phone(hall.other, nina, room_id) as phone:
        path = f"/rooms/{room_id}/participants/{part['id']}"
        await asyncio.to_thread(hall.call, "DELETE", path, hall.olga)
        await until(lambda: phone.named("room:unsubscribed"), A_SECOND)
        await asyncio.to_thread(hall.call, "POST", "/auth/logout", nina)
        await until(lambda: phone.code == 4001, A_SECOND)


@pytest.fixture
def listeners(request: pytest.FixtureRequest) -> int:
    number: int = request.config.getoption("--listeners")
    return number


@pytest.fixture
def away(request: pytest.FixtureRequest) -> list[int]:
    """How many events are written while a server is away, kill by kill: longer each time."""
    kills: int = request.config.getoption("--kills") or 1
    return [WRITTEN * number for number in range(1, kills + 1)]


async def test_a_host_killed_amid_writes_costs_nobody_an_event(
    hall: Hall, listeners: int, away: list[int]
) -> None:
    async with Kept(hall, listeners) as kept:
        for host, events in zip(cycle((hall.one, hall.other)), away, strict=False):
            host.kill()
            await kept.go_on(events)
            await until(lambda: all(f.connected for f in kept.followers), 60)
            await asyncio.to_thread(host.start)
            await kept.go_on()
        await kept.end_equal(f"a host killed and started again {len(away)} x")


async def test_a_redis_killed_amid_writes_costs_nobody_an_event(
    hall: Hall, listeners: int, away: list[int]
) -> None:
    async with Kept(hall, listeners) as kept:
        for events in away:
            await asyncio.to_thread(hall.redis.kill)
            await kept.go_on(events)
            await asyncio.to_thread(hall.redis.start)
            await kept.go_on()
        await kept.end_equal(f"Redis killed and started again {len(away)} x")


async def test_a_host_told_to_stop_while_redis_is_away_ends_and_costs_nobody_an_event(
    hall: Hall, listeners: int, away: list[int]
) -> None:
    async with Kept(hall, listeners) as kept:
        for host, events in zip(cycle((hall.one, hall.other)), away, strict=False):
            await asyncio.to_thread(hall.redis.kill)
            await kept.go_on()
            assert await asyncio.to_thread(host.stop, 20) in (0, -signal.SIGTERM)
            await kept.go_on(events)
            await asyncio.to_thread(hall.redis.start)
            await until(lambda: all(f.connected for f in kept.followers), 60)
            await asyncio.to_thread(host.start)
            await kept.go_on()
        await kept.end_equal(f"a host told to stop while Redis is away {len(away)} x")


async def test_a_postgresql_killed_amid_writes_costs_nobody_an_acknowledged_event(
    hall: Hall, listeners: int, away: list[int]
) -> None:
    async with Kept(hall, listeners) as kept:
        for _ in away:
            await asyncio.to_thread(hall.database.kill)
            await until(partial(kept.refused_since, kept.writer.unanswered + 2), 60)
            await asyncio.to_thread(hall.database.start)
            await kept.go_on()
        await kept.end_equal(f"PostgreSQL killed and started again {len(away)} x")


@pytest.fixture
def fleet(hall: Hall, tmp_path: Path) -> Iterator[Hall]:
    """Two workers on one port instead of two hosts."""
    host = Festoon(tmp_path, {**hall.values, "WORKERS": "2"})
    host.start_seconds = 90.0
    host.start()
    yield Hall(host, host, hall.redis, hall.database, hall.values)
    host.kill()


async def test_a_worker_killed_amid_writes_costs_nobody_an_event(
    fleet: Hall, listeners: int, away: list[int]
) -> None:
    async with Kept(fleet, listeners) as kept:
        for events in away:
            comings = sum(f.comings for f in kept.followers)
            killed = fleet.one.workers()[0]
            os.kill(killed, signal.SIGKILL)
            await kept.go_on(events)
            await until(lambda: all(f.connected for f in kept.followers), 60)
            await until(partial(_replaced, fleet.one, killed), 60)
            await kept.go_on()
            assert sum(f.comings for f in kept.followers) > comings
        await kept.end_equal(f"one of two workers killed {len(away)} x")


def _replaced(host: Festoon, killed: int) -> bool:
    return len(set(host.workers()) - {killed}) == 2
