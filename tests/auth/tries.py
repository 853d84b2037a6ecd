"""Jobs that are tried in vain, and the time that goes by between their tries.

The clock is turned only while every job waits for its next try, and only up to that: turned while
one is under way it would put off what was due, and turned again and again it would run past the
end of what the job is for.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Any, TypeVar

import sqlalchemy as sa

from host.store import tables
from host.testing.host import TestHost
from tests.auth.conftest import Clock

SECONDS = 30.0
T = TypeVar("T")


async def jobs_left(host: TestHost) -> list[Any]:
    """The rows of all jobs, parked ones too."""
    async with host.host.db.read() as connection:
        return list((await connection.execute(sa.select(tables.jobs))).mappings())


async def until_jobs(host: TestHost, wanted: Callable[[list[Any]], bool]) -> None:
    """Waits until the jobs are as wanted."""
    async with asyncio.timeout(SECONDS):
        while True:
            if wanted(await jobs_left(host)):
                return
            await asyncio.sleep(0.01)


async def none_left(host: TestHost) -> None:
    """Waits until every job is done."""
    await until_jobs(host, lambda jobs: not jobs)


async def tried_in_vain(host: TestHost) -> None:
    """Waits until every job was tried and put off."""
    await until_jobs(host, lambda jobs: _next_try(jobs) is not None)


async def trying(host: TestHost, clock: Clock, ask: Callable[[], Awaitable[T | None]]) -> T:
    """The first answer that says anything; until then the time between the tries goes by."""
    async with asyncio.timeout(SECONDS):
        while True:
            if answer := await ask():
                return answer
            run_at = _next_try(await jobs_left(host))
            if run_at is not None and run_at > clock.moment:
                turn_and_wake(host, clock, run_at - clock.moment)
            await asyncio.sleep(0.005)


def turn_and_wake(host: TestHost, clock: Clock, by: timedelta = timedelta(minutes=20)) -> None:
    """Lets time go by; what is due now is done now."""
    clock.turn(by)
    host.host.core.jobs.wake()


def _next_try(jobs: list[Any]) -> datetime | None:
    waiting = [job for job in jobs if job["parked_at"] is None]
    if not waiting or not all(job["reason"] and job["claimed_until"] is None for job in waiting):
        return None
    return max(job["run_at"] for job in waiting)
