"""Who is there, counted over several processes."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from typing import Any

import orjson
import pytest

from host.contract import Person
from host.ids import Sources
from host.realtime.channels import Channels
from host.realtime.fleet import Fleet
from host.realtime.peers import Peers
from host.realtime.presence import Presence
from host.realtime.timing import Timing
from tests.realtime.evening import until
from tests.servers.redis import Redis

GONE = 30.0
"""A second and a half of silence, ten more where the machine stood still, and as many again."""
QUICK = Timing(grace=0.05, window=0.1, heartbeat=0.1, silence=1.5)
CHANNEL = "room:one"


class Process:
    """One process's part in who is in a room."""

    def __init__(self, url: str, timing: Timing = QUICK) -> None:
        self.channels = Channels(url)
        self.told: list[tuple[str, dict[str, Any]]] = []
        self.words: list[bytes] = []
        self.presence = Presence(lambda *event: self.told.append(event), lambda: None, timing)
        self.fleet = Fleet(self.channels, Sources(), timing, on_lost=lambda p: self.peers.lost(p))
        self.peers = Peers(self.presence, self._publish, self.fleet)

    async def _publish(self, word: dict[str, Any]) -> None:
        await self.channels.publish(CHANNEL, orjson.dumps(word))

    async def _receive(self, payload: bytes) -> None:
        self.words.append(payload)
        self.peers.hear(orjson.loads(payload))

    async def _resync(self) -> None:
        self.peers.ask()

    async def start(self) -> None:
        await self.channels.start()
        await self.fleet.start(_ignore, _nothing, lambda _: self.peers.ask())
        await self.channels.listen(CHANNEL, self._receive, self._resync)
        self.peers.ask()

    async def stop(self) -> None:
        self.presence.close()
        await self.peers.close()
        await self.fleet.stop()
        await self.channels.stop()

    def names(self) -> list[str]:
        return [name for name, _ in self.told]


async def _ignore(_: dict[str, Any]) -> None:
    return None


async def _nothing() -> None:
    return None


Started = Callable[[], Any]


@pytest.fixture(params=["redis", "postgresql"])
async def process(request: pytest.FixtureRequest) -> AsyncIterator[Started]:
    """Starts processes that share a server."""
    if request.param == "redis":
        url = request.getfixturevalue("redis").url
    else:
        url = request.getfixturevalue("postgresql_url").replace("+asyncpg", "")
    async with AsyncExitStack() as stack:

        async def start(timing: Timing = QUICK) -> Process:
            made = Process(url, timing)
            await made.start()
            stack.push_async_callback(made.stop)
            return made

        yield start


def guests(first: int, last: int) -> list[Person]:
    return [Person(f"u{n}", f"Guest {n}") for n in range(first, last)]


async def test_the_people_of_all_processes_are_counted_once_each(process: Started) -> None:
    one, other = await process(), await process()
    nina, otto = Person("nina", "Nina"), Person("otto", "Otto")
    one.presence.enter(nina)
    other.presence.enter(nina)
    other.presence.enter(otto)
    await until(lambda: one.presence.online == other.presence.online == 2)
    assert {u["id"] for u in one.presence.listing()["users"]} == {"nina", "otto"}
    one.presence.leave("nina")
    await asyncio.sleep(0)
    await until(lambda: not one.presence.here())
    other.presence.leave("otto")
    await until(lambda: one.presence.online == other.presence.online == 1)
    assert one.names() == other.names() == ["presence:user_online"] * 2 + ["presence:user_offline"]
    assert one.told[-1][1]["userId"] == "otto"


async def test_a_process_that_comes_later_hears_of_everybody(process: Started) -> None:
    one = await process()
    for person in guests(0, 300):
        one.presence.enter(person)
    other = await process()
    await until(lambda: other.presence.online == 300)


async def test_a_rush_is_gathered_between_processes_and_for_those_who_listen(
    process: Started,
) -> None:
    one, other = await process(), await process()
    await until(lambda: other.words)
    for person in guests(0, 400):
        one.presence.enter(person)
    await until(lambda: other.presence.online == 400)
    assert len(other.words) < 30
    await until(lambda: "presence:changed" in other.names())
    assert other.names().count("presence:user_online") <= 50
    assert len(other.told) <= 55


async def test_the_people_of_a_process_that_is_gone_are_gone_within_seconds(
    process: Started,
) -> None:
    one, other = await process(), await process()
    for person in guests(0, 3):
        one.presence.enter(person)
    other.presence.enter(Person("u0", "Guest 0"))
    await until(lambda: other.presence.online == 3)
    # As kill -9 does it: not a word more.
    await one.fleet.stop()
    await one.channels.stop()
    await until(lambda: other.presence.online == 1, GONE)
    assert [user["id"] for user in other.presence.listing()["users"]] == ["u0"]


async def test_a_process_that_was_taken_for_gone_brings_its_people_back(process: Started) -> None:
    one, other = await process(), await process()
    one.presence.enter(Person("nina", "Nina"))
    await until(lambda: other.presence.online == 1)
    await one.fleet.stop()
    await until(lambda: other.presence.online == 0, GONE)
    await one.fleet.start(_ignore, _nothing, lambda _: None)
    await until(lambda: other.presence.online == 1)


async def test_a_server_that_is_away_makes_nobody_vanish(redis: Redis) -> None:
    one, other = Process(redis.url), Process(redis.url)
    await one.start()
    await other.start()
    try:
        one.presence.enter(Person("nina", "Nina"))
        await until(lambda: other.presence.online == 1)
        redis.kill()
        await until(lambda: not one.channels.healthy and not other.channels.healthy)
        one.presence.enter(Person("otto", "Otto"))
        await asyncio.sleep(2 * QUICK.silence)
        assert other.presence.online == 1
        redis.start()
        await until(lambda: other.presence.online == 2, 20)
        assert "presence:user_offline" not in other.names()
    finally:
        await one.stop()
        await other.stop()
