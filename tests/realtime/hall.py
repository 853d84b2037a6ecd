"""A hall that listens while its servers are killed, and what everybody must end with."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from itertools import count
from typing import Any

import httpx
from websockets.asyncio.client import connect

from tests.realtime.evening import until
from tests.realtime.followers import API, Follower, Writer
from tests.realtime.live import Phone
from tests.servers.festoon import Festoon
from tests.servers.postgresql import PostgreSQL
from tests.servers.redis import Redis

WRITTEN = 20
"""So many events at least before and after a kill."""
MESSAGES_PER_SECOND = 10_000
"""So many the clients, all in the test's one process, can surely take in."""


class Hall:
    """Two hosts and an organizer. `values` are the hosts' settings."""

    def __init__(
        self,
        one: Festoon,
        other: Festoon,
        redis: Redis,
        database: PostgreSQL,
        values: Mapping[str, str],
    ) -> None:
        self.values = values
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
        # The lottery hears of it after the answer, and says so to the room.
        deadline = time.monotonic() + 30
        while not self._heard(room_id):
            assert time.monotonic() < deadline, "the lottery opened no round"
        return room_id

    def _heard(self, room_id: str) -> bool:
        log = self.call("GET", f"/rooms/{room_id}/events", self.olga)
        return any(one["event"] == "lottery:opened" for one in log)

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


class Kept:
    """Everybody who listens while something is killed, and what they must end with."""

    def __init__(self, hall: Hall, listeners: int) -> None:
        self.hall = hall
        self.room_id = hall.room()
        tokens = [hall.guest(f"Guest {number}")[1] for number in range(10)]
        self.followers = [
            Follower(
                [hall.sockets[n % 2], hall.sockets[(n + 1) % 2]],
                tokens[n % len(tokens)],
                self.room_id,
            )
            for n in range(listeners)
        ]

    async def __aenter__(self) -> Kept:
        await until(lambda: all(f.connected for f in self.followers), 60)
        pause = max(0.01, len(self.followers) / MESSAGES_PER_SECOND)
        self.writer = Writer([*reversed(self.hall.urls)], self.hall.olga, self.room_id, pause)
        await self.go_on()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.writer.stop()
        for follower in self.followers:
            await follower.stop()

    async def go_on(self, events: int = WRITTEN) -> None:
        """Waits until so many more events have been written."""
        enough = len(self.writer.written) + events
        await until(lambda: len(self.writer.written) >= enough, 60)

    def refused_since(self, number: int) -> bool:
        """Whether more than this number of writes were not answered."""
        return self.writer.unanswered > number

    async def end_equal(self, what: str) -> None:
        """Everybody has every durable event, in order and once; the counts are printed."""
        await self.writer.stop()
        # By the log: a host that is still catching up would say less, and rightly so.
        told = [row["seq"] for row in await asyncio.to_thread(self._all, "events")]
        prizes = {row["id"] for row in await asyncio.to_thread(self._all, "prizes")}
        began = time.monotonic()
        try:
            await until(lambda: all(f.last >= told[-1] for f in self.followers), 60)
        finally:
            print(
                f"\n{what}: {len(self.followers)} listeners, {len(told)} events, "
                f"{sum(len(f.seqs) for f in self.followers)} received, "
                f"{sum(f.last != told[-1] for f in self.followers)} late, "
                f"{sum(f.comings - 1 for f in self.followers)} came back, "
                f"{len(self.writer.written)} writes answered, {self.writer.unanswered} not, "
                f"level after {time.monotonic() - began:.1f} s"
            )
        for follower in self.followers:
            assert follower.seqs == [seq for seq in told if seq > follower.first]
        assert set(self.writer.written) <= prizes

    def _all(self, kind: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        for page in count(1):
            path = f"/rooms/{self.room_id}/{kind}?page={page}&limit=100"
            rows = self.hall.call("GET", path, self.hall.olga)
            found += rows
            if len(rows) < 100:
                break
        return found
