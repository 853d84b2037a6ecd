"""Jobs: done after the commit they follow from, by one process at a time, and never lost."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta
from typing import TypeVar

import pytest
import sqlalchemy as sa

from host.ids import Sources
from host.services import jobs as service
from host.services.jobs import GiveUp, Handler, Jobs
from host.store import jobs as store
from host.store import tables
from host.store.engine import Database
from host.store.jobs import Job
from tests.auth.conftest import Clock

T = TypeVar("T")
SECONDS = 30.0
WISHES = store.of_kinds(["wish"])


class Process:
    """One process of the host, as far as jobs go, and what its handler did."""

    def __init__(self, database: Database, clock: Clock, first_pause: float) -> None:
        sources = Sources(now=lambda: clock.moment, monotonic=lambda: clock.seconds)
        self.database = database
        self.jobs = Jobs(database, sources, first_pause=first_pause)
        self.done: list[Job] = []

    async def keep(self, job: Job) -> None:
        """A handler that remembers."""
        self.done.append(job)

    async def enqueue(self, **payload: object) -> str:
        """A job of the kind `wish`, committed."""
        async with self.database.write() as connection:
            return await self.jobs.enqueue(connection, "wish", dict(payload))


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def processes(database: Database, clock: Clock) -> AsyncIterator[Callable[..., Process]]:
    made: list[Process] = []

    def make(
        handler: Handler | None = None, *, tries: int = 3, first_pause: float = 0.0
    ) -> Process:
        process = Process(database, clock, first_pause)
        process.jobs.handle("wish", handler or process.keep, tries=tries)
        made.append(process)
        return process

    yield make
    for process in made:
        await process.jobs.stop(seconds=0)


async def eventually(ask: Callable[[], Awaitable[T | None]]) -> T:
    """The first answer that says anything."""
    async with asyncio.timeout(SECONDS):
        while True:
            if answer := await ask():
                return answer
            await asyncio.sleep(0.005)


async def until(condition: Callable[[], bool]) -> None:
    async def ask() -> bool:
        return condition()

    await eventually(ask)


async def left(database: Database, number: int) -> None:
    """Waits until so many jobs are left."""

    async def ask() -> bool:
        async with database.read() as connection:
            rows = await connection.execute(sa.select(sa.func.count()).select_from(tables.jobs))
            return rows.scalar_one() == number

    await eventually(ask)


async def none_left(database: Database) -> None:
    await left(database, 0)


async def test_a_job_is_run_at_once_after_its_commit_and_forgotten(
    database: Database, processes: Callable[..., Process], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service, "POLL_SECONDS", 3600.0)
    process = processes()
    await process.jobs.start()
    async with database.write() as connection:
        job_id = await process.jobs.enqueue(connection, "wish", {"secret": "none"})
        process.jobs.wake()
        await asyncio.sleep(0)
        assert process.done == [], "nothing is run before the commit"
    await until(lambda: bool(process.done))
    assert [(job.id, job.payload, job.attempts) for job in process.done] == [
        (job_id, {"secret": "none"}, 1)
    ]
    await none_left(database)


async def test_what_was_rolled_back_is_no_job(
    database: Database, processes: Callable[..., Process]
) -> None:
    process = processes()
    await process.jobs.start()

    async def act() -> None:
        async with database.write() as connection:
            await process.jobs.enqueue(connection, "wish", {"number": 1})
            raise RuntimeError("the act failed")

    with pytest.raises(RuntimeError):
        await act()
    await process.enqueue(number=2)
    await until(lambda: bool(process.done))
    await none_left(database)
    assert [job.payload for job in process.done] == [{"number": 2}]


async def test_a_job_that_nobody_would_run_is_refused(
    database: Database, processes: Callable[..., Process]
) -> None:
    process = processes()
    async with database.write() as connection:
        with pytest.raises(ValueError, match="nobody handles"):
            await process.jobs.enqueue(connection, "wihs", {})


async def test_what_an_earlier_process_left_is_run_by_the_next(
    database: Database, processes: Callable[..., Process]
) -> None:
    await processes().enqueue(number=1)
    process = processes()
    await process.jobs.start()
    await until(lambda: bool(process.done))
    await none_left(database)


async def test_a_job_is_run_when_its_time_has_come(
    database: Database, processes: Callable[..., Process], clock: Clock
) -> None:
    process = processes()
    await process.jobs.start()
    async with database.write() as connection:
        later = clock.moment + timedelta(hours=1)
        await process.jobs.enqueue(connection, "wish", {"when": "later"}, run_at=later)
    await process.enqueue(when="now")
    await left(database, 1)
    assert [job.payload for job in process.done] == [{"when": "now"}]
    # Not before the first is forgotten: an hour on, its claim would have ended.
    clock.turn(timedelta(hours=1))
    process.jobs.wake()
    await until(lambda: len(process.done) == 2)


async def test_among_many_processes_each_job_is_run_by_one(
    database: Database, processes: Callable[..., Process]
) -> None:
    several = [processes() for _ in range(4)]
    ids = {await several[0].enqueue(number=number) for number in range(60)}
    await asyncio.gather(*(process.jobs.start() for process in several))
    await none_left(database)
    done = [job.id for process in several for job in process.done]
    assert len(done) == 60
    assert set(done) == ids


async def test_while_a_job_is_under_way_nobody_else_has_it(
    database: Database, processes: Callable[..., Process], clock: Clock
) -> None:
    may_end, begun = asyncio.Event(), asyncio.Event()

    async def slow(_: Job) -> None:
        begun.set()
        await may_end.wait()

    first, second = processes(slow), processes()
    await first.enqueue()
    await first.jobs.start()
    await begun.wait()
    clock.turn(timedelta(seconds=service.RUN_SECONDS))
    await second.jobs.start()
    await second.enqueue()
    await until(lambda: len(second.done) == 1)
    may_end.set()
    await none_left(database)
    assert len(second.done) == 1


async def test_the_claim_of_a_process_that_was_killed_ends_by_itself(
    database: Database, processes: Callable[..., Process], clock: Clock
) -> None:
    process = processes()
    job_id = await process.enqueue()
    # As a process that was killed right after it took the job: claimed, and nobody at it.
    async with database.write() as connection:
        until_then = clock.moment + timedelta(seconds=service.LEASE_SECONDS)
        taken = await store.claim(connection, WISHES, now=clock.moment, until=until_then, most=5)
    assert [job.id for job in taken] == [job_id]
    await process.jobs.start()
    assert process.done == []
    clock.turn(timedelta(seconds=service.LEASE_SECONDS))
    process.jobs.wake()
    await until(lambda: bool(process.done))
    assert process.done[0].attempts == 2
    async with database.write() as connection:
        assert not await store.remove(connection, taken[0]), "the dead one's word counts no more"


async def test_a_job_that_fails_is_tried_again_and_parked_with_the_reason(
    database: Database, processes: Callable[..., Process]
) -> None:
    tried: list[int] = []

    async def fail(job: Job) -> None:
        tried.append(job.attempts)
        raise RuntimeError(f"no luck\0 \ud83c, {job.attempts}")

    process = processes(fail)
    job_id = await process.enqueue(to="masha")
    await process.jobs.start()
    await until(lambda: len(tried) == 3)
    parked = await eventually(process.jobs.parked)
    assert tried == [1, 2, 3]
    assert [(job.id, job.attempts, job.payload) for job in parked] == [(job_id, 3, {"to": "masha"})]
    assert parked[0].reason == "RuntimeError: no luck ?, 3"

    process.jobs.handle("wish", process.keep)
    assert await process.jobs.put_back(job_id)
    await none_left(database)
    assert [job.attempts for job in process.done] == [1], "it begins anew"
    assert not await process.jobs.put_back(job_id)


async def test_the_pause_between_tries_doubles(
    database: Database, processes: Callable[..., Process], clock: Clock
) -> None:
    tries = 0

    async def fail(_: Job) -> None:
        nonlocal tries
        tries += 1
        raise RuntimeError("no luck")

    process = processes(fail, tries=5, first_pause=100.0)
    await process.enqueue()
    await process.jobs.start()

    async def put_off() -> timedelta | None:
        async with database.read() as connection:
            run_at = (await connection.execute(sa.select(tables.jobs.c.run_at))).scalar_one()
        pause: timedelta = run_at - clock.moment
        return pause if pause > timedelta() else None

    for number, wanted in enumerate((100, 200, 400, 800), start=1):
        pause = await eventually(put_off)
        assert tries == number
        assert 0.75 * wanted <= pause.total_seconds() <= 1.25 * wanted
        clock.turn(pause)
        process.jobs.wake()
    await until(lambda: tries == 5)


async def test_what_no_try_can_mend_is_parked_at_once(
    database: Database, processes: Callable[..., Process]
) -> None:
    async def give_up(_: Job) -> None:
        raise GiveUp("there is no such address")

    process = processes(give_up)
    await process.enqueue()
    await process.jobs.start()
    parked = await eventually(process.jobs.parked)
    assert (parked[0].attempts, parked[0].reason) == (1, "there is no such address")


async def test_a_job_that_kills_every_process_is_parked_in_the_end(
    database: Database, processes: Callable[..., Process], clock: Clock
) -> None:
    process = processes(tries=2)
    await process.enqueue()
    for _ in range(2):
        async with database.write() as connection:
            now = clock.moment
            assert await store.claim(connection, WISHES, now=now, until=now, most=1)
    await process.jobs.start()
    parked = await eventually(process.jobs.parked)
    assert process.done == []
    assert "did not live" in parked[0].reason


async def test_a_host_that_stops_leaves_the_job_to_the_next_without_counting_the_try(
    database: Database, processes: Callable[..., Process]
) -> None:
    begun = asyncio.Event()

    async def endless(_: Job) -> None:
        begun.set()
        await asyncio.Event().wait()

    first = processes(endless)
    await first.enqueue()
    await first.jobs.start()
    await begun.wait()
    await first.jobs.stop(seconds=0)
    second = processes()
    await second.jobs.start()
    await until(lambda: bool(second.done))
    assert second.done[0].attempts == 1


async def test_a_try_that_hangs_is_ended_before_its_claim_is(
    database: Database, processes: Callable[..., Process], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert service.RUN_SECONDS < service.LEASE_SECONDS
    monkeypatch.setattr(service, "RUN_SECONDS", 0.01)

    async def hang(_: Job) -> None:
        await asyncio.Event().wait()

    process = processes(hang, tries=1)
    await process.enqueue()
    await process.jobs.start()
    parked = await eventually(process.jobs.parked)
    assert parked[0].reason == "TimeoutError"
