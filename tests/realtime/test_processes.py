"""Two host processes, one PostgreSQL and one Redis, any of which may be killed.

`--listeners 500` for a hall.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from websockets.asyncio.client import connect

from tests.realtime.evening import until
from tests.realtime.followers import API, Follower, Writer
from tests.realtime.live import Phone
from tests.servers.databases import PostgreSQLDatabases
from tests.servers.festoon import Festoon
from tests.servers.postgresql import PostgreSQL
from tests.servers.redis import Redis

WRITTEN = 20
"""So many events at least before and after a kill."""


class Hall:
    """Two hosts and an organizer's room."""

    def __init__(self, one: Festoon, other: Festoon, redis: Redis, database: PostgreSQL) -> None:
        self.one = one
        self.other = other
        self.redis = redis
        self.database = database
        self.urls = [one.url, other.url]
        self.sockets = [one.realtime_url, other.realtime_url]
        self.olga = self.call("POST", "/auth/guest", "", {"name": "Olga"})["accessToken"]

    def call(self, method: str, path: str, token: str = "", body: Any = None) -> Any:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        answer = httpx.request(
            method, self.one.url + API + path, headers=headers, json=body, timeout=20
        )
        assert answer.is_success, answer.text
        return answer.json()["data"] if answer.content else None

    def guest(self, name: str) -> tuple[str, str]:
        """A new guest's id and token."""
        made = self.call("POST", "/auth/guest", "", {"name": name})
        return made["user"]["id"], made["accessToken"]

    def room(self) -> str:
        body = {"name": "Hall", "appId": "lottery", "isPublic": True}
        room_id: str = self.call("POST", "/rooms", self.olga, body)["id"]
        self.call("PATCH", f"/rooms/{room_id}", self.olga, {"status": "ACTIVE"})
        return room_id

    @asynccontextmanager
    async def phone(self, host: Festoon, token: str, room_id: str) -> AsyncIterator[Phone]:
        client = Phone(await connect(host.realtime_url, compression=None))
        try:
            await client.ask("auth", token=token)
            answer = await client.ask("room:subscribe", roomId=room_id)
            assert "data" in answer, answer
            yield client
        finally:
            await client.hang_up()


@pytest.fixture(scope="module")
def hosts(
    _postgresql: PostgreSQL,
    postgresql_databases: PostgreSQLDatabases,
    _redis: Redis,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Hall]:
    _redis.start()
    url = postgresql_databases.create()
    values = {"DATABASE_URL": url, "CHANNELS_URL": _redis.url, "PUBLIC_URL": "http://hall.example"}
    folders: list[Path] = [tmp_path_factory.mktemp(name) for name in ("one", "other")]
    pair = [Festoon(folder, values) for folder in folders]
    try:
        for host in pair:
            host.start_seconds = 60.0
        with ThreadPoolExecutor() as threads:
            list(threads.map(Festoon.start, pair))
        yield Hall(pair[0], pair[1], _redis, _postgresql)
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


async def until_online(phone: Phone, room_id: str, number: int, seconds: float = 10.0) -> None:
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
            began = time.monotonic()
            await until_online(screen, room_id, 2, 15)
            assert time.monotonic() - began < 10
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
        await until(lambda: phone.named("room:unsubscribed"), 1.0)
        await asyncio.to_thread(hall.call, "POST", "/auth/logout", nina)
        await until(lambda: phone.code == 4001, 1.0)


class Kept:
    """Everybody who listens while something is killed, and what they must end with."""

    def __init__(self, hall: Hall, count: int) -> None:
        self.hall = hall
        self.room_id = hall.room()
        tokens = [hall.guest(f"Guest {number}")[1] for number in range(10)]
        self.followers = [
            Follower(
                [hall.sockets[n % 2], hall.sockets[(n + 1) % 2]],
                tokens[n % len(tokens)],
                self.room_id,
            )
            for n in range(count)
        ]

    async def __aenter__(self) -> Kept:
        await until(lambda: all(f.connected for f in self.followers), 60)
        self.writer = Writer([*reversed(self.hall.urls)], self.hall.olga, self.room_id)
        await self.go_on()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.writer.stop()
        for follower in self.followers:
            await follower.stop()

    async def go_on(self) -> None:
        """Waits until more events have been written."""
        enough = len(self.writer.written) + WRITTEN
        await until(lambda: len(self.writer.written) >= enough, 60)

    async def end_equal(self, what: str) -> None:
        """Everybody has every durable event, in order and once."""
        await self.writer.stop()
        listed = await asyncio.to_thread(self._prizes)
        head = await self._head()
        try:
            await until(lambda: all(f.last == head for f in self.followers), 60)
        finally:
            late = sum(f.last != head for f in self.followers)
            print(
                f"\n{what}: {len(self.followers)} listeners, {head} events, {late} late, "
                f"{sum(f.comings - 1 for f in self.followers)} came back, "
                f"{len(self.writer.written)} writes answered, {self.writer.unanswered} not"
            )
        for follower in self.followers:
            assert follower.seqs == list(range(follower.first + 1, head + 1))
        assert set(self.writer.written) <= listed

    async def _head(self) -> int:
        link = await connect(self.hall.sockets[1], compression=None)
        phone = Phone(link)
        try:
            await phone.ask("auth", token=self.hall.olga)
            answer = await phone.ask("room:subscribe", roomId=self.room_id)
            seq: int = answer["data"]["seq"]
            return seq
        finally:
            await phone.hang_up()

    def _prizes(self) -> set[str]:
        found: set[str] = set()
        page = 1
        while True:
            path = f"/rooms/{self.room_id}/prizes?page={page}&limit=100"
            rows = self.hall.call("GET", path, self.hall.olga)
            found |= {row["id"] for row in rows}
            if len(rows) < 100:
                return found
            page += 1


@pytest.fixture
def listeners(request: pytest.FixtureRequest) -> int:
    number: int = request.config.getoption("--listeners")
    return number


async def test_a_host_killed_amid_writes_costs_nobody_an_event(hall: Hall, listeners: int) -> None:
    async with Kept(hall, listeners) as kept:
        hall.one.kill()
        await kept.go_on()
        await until(lambda: all(f.connected for f in kept.followers), 60)
        await asyncio.to_thread(hall.one.start)
        await kept.go_on()
        await kept.end_equal("a host killed and started again")


async def test_a_redis_killed_amid_writes_costs_nobody_an_event(hall: Hall, listeners: int) -> None:
    async with Kept(hall, listeners) as kept:
        await asyncio.to_thread(hall.redis.kill)
        await kept.go_on()
        await asyncio.to_thread(hall.redis.start)
        await kept.go_on()
        await kept.end_equal("Redis killed and started again")


async def test_a_postgresql_killed_amid_writes_costs_nobody_an_acknowledged_event(
    hall: Hall, listeners: int
) -> None:
    async with Kept(hall, listeners) as kept:
        await asyncio.to_thread(hall.database.kill)
        await until(lambda: kept.writer.unanswered > 2, 60)
        await asyncio.to_thread(hall.database.start)
        await kept.go_on()
        await kept.end_equal("PostgreSQL killed and started again")
