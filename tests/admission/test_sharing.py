"""host.admission: processes count together over Redis, and alone without it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from time import monotonic

from host.admission import Admission, Tier
from host.limits import Limits
from tests.servers.redis import Redis

FIGURES = Limits.read("off,reads_per_user=100,writes_per_user=100")
KEY = b"the same for all processes"


@asynccontextmanager
async def processes(redis: Redis, count: int) -> AsyncIterator[list[Admission]]:
    made = [Admission(FIGURES, monotonic, redis.url, KEY) for _ in range(count)]
    for one in made:
        await one.start()
    try:
        yield made
    finally:
        for one in made:
            await one.stop()


def passes(process: Admission, caller: str, calls: int, tier: Tier = Tier.READS) -> int:
    """How many of so many calls are let pass."""
    said = [process.of_user(tier, caller) for _ in range(calls)]
    return sum(standing is not None and not standing.wait for standing in said)


async def told(process: Admission) -> None:
    """Waits until everything was told, with a deadline."""
    deadline = monotonic() + 30
    while any(one.unsent for one in process._buckets.values()):
        assert monotonic() < deadline
        await asyncio.sleep(0.01)


async def test_what_passed_in_one_process_counts_in_the_others(redis: Redis) -> None:
    async with processes(redis, 3) as (first, second, third):
        assert passes(first, "anna", 95) == 95
        await told(first)
        # The first tenth is each process's own; the one after makes it ask.
        assert passes(second, "anna", 11) == 11
        await told(second)
        assert passes(second, "anna", 50) <= 16
        assert passes(third, "boris", 100) == 100
        assert passes(third, "anna", 100, Tier.WRITES) == 100


async def test_a_few_calls_are_nothing_that_redis_hears_of(redis: Redis) -> None:
    async with processes(redis, 1) as (only,):
        assert passes(only, "clara", 10) == 10
        assert not any(one.unsent for one in only._buckets.values())


async def test_without_redis_each_counts_alone_and_together_again_when_it_is_back(
    redis: Redis,
) -> None:
    async with processes(redis, 2) as (first, second):
        redis.kill()
        assert passes(first, "dora", 150) == 100
        assert passes(second, "dora", 150) == 100
        redis.start()
        await told(first)
        assert passes(first, "emil", 95) == 95
        await told(first)
        assert passes(second, "emil", 11) == 11
        await told(second)
        assert passes(second, "emil", 50) <= 16


async def test_nobody_reads_in_redis_who_calls(redis: Redis) -> None:
    async with processes(redis, 1) as (only,):
        passes(only, "frida@example.com", 50)
        await told(only)
        assert only._sharing is not None
        keys = await only._sharing._redis.keys("festoon:calls:*")
        assert keys
        assert not any(b"frida" in key for key in keys)
        assert all([0 < await only._sharing._redis.pttl(key) <= 60_001 for key in keys])
