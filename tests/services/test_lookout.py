"""Who was killed is missed soon, and its jobs are free; who lives keeps them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import sqlalchemy as sa

from host.ids import Sources
from host.services.jobs import Jobs
from host.services.lookout import MISSED_SECONDS, Lookout
from host.store import jobs as store
from host.store.connected import PROCESSES
from host.store.engine import Database
from host.store.jobs import Job
from host.store.showing import living
from tests.realtime.evening import until

NOW = datetime(2026, 12, 31, 21, 30, tzinfo=UTC)
WISHES = store.of_kinds(["wish"])


@dataclass
class Process:
    """One process of the host, as far as it takes jobs and looks out for others."""

    db: Database
    seconds: float = 0.0
    done: list[Job] = field(default_factory=list)

    def __post_init__(self) -> None:
        sources = Sources(now=lambda: NOW, monotonic=lambda: self.seconds)
        self.living = living(self.db)
        self.jobs = Jobs(self.db, sources, living=self.living)
        self.jobs.handle("wish", self.keep)
        self.lookout = Lookout(self.db, sources, self.living, [self.jobs])
        self.lost = asyncio.Event()

    async def keep(self, job: Job) -> None:
        """A handler that remembers."""
        self.done.append(job)

    async def takes(self) -> list[Job]:
        """Takes what is due, and does not run it."""
        async with self.db.write() as conn:
            until = NOW + timedelta(seconds=90)
            number = self.living.number
            return await store.claim(conn, WISHES, now=NOW, until=until, most=5, by=number)

    async def misses(self, number: int) -> None:
        """Waits until the database takes a process for dead: that is a moment after its end."""
        async with asyncio.timeout(30):
            while True:
                if await self.living.gone([number]):
                    return
                await asyncio.sleep(0.01)


@asynccontextmanager
async def seen(db: Database) -> AsyncIterator[Process]:
    process = Process(db)
    assert await process.living.begin(process.lost.set)
    yield process
    await process.living.end()


async def test_the_jobs_of_a_process_that_is_gone_are_begun_again_and_those_of_others_are_not(
    database: Database,
) -> None:
    db = database
    async with AsyncExitStack() as stack:
        dies, lives, looks = [await stack.enter_async_context(seen(db)) for _ in range(3)]
        ids = []
        for process in (dies, lives):
            async with db.write() as connection:
                ids.append(await process.jobs.enqueue(connection, "wish", {}))
            assert [job.id for job in await process.takes()] == ids[-1:]
        number = dies.living.number
        assert number is not None
        assert await looks.lookout.look() == 0
        await dies.living.end()
        await looks.misses(number)
        assert await looks.lookout.look() == 0, "it may be back in a moment"
        looks.seconds += MISSED_SECONDS
        assert await looks.lookout.look() == 1
        assert [(job.id, job.attempts, job.orphan) for job in await looks.takes()] == [
            (ids[0], 2, True)
        ]
        looks.seconds += MISSED_SECONDS
        assert await looks.lookout.look() == 0


async def test_who_loses_only_a_connection_is_seen_again_and_keeps_its_jobs(
    postgresql_url: str,
) -> None:
    db = Database(postgresql_url)
    async with seen(db) as cut_off, seen(db) as looks:
        async with db.write() as connection:
            await cut_off.jobs.enqueue(connection, "wish", {})
        assert await cut_off.takes()
        number = cut_off.living.number
        assert number is not None
        async with db.write() as connection:
            await connection.execute(
                sa.text(
                    "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' "
                    f"AND classid = {PROCESSES} AND objid = {number}"
                )
            )
        await looks.misses(number)
        assert await looks.lookout.look() == 0
        await until(lambda: cut_off.lost.is_set() and cut_off.living.number is None)
        await cut_off.lookout.look()
        assert cut_off.living.number == number
        looks.seconds += MISSED_SECONDS
        assert await looks.lookout.look() == 0
    await db.close()


async def test_a_process_that_runs_takes_over_what_a_dead_one_had(database: Database) -> None:
    db = database
    async with seen(db) as dies:
        async with db.write() as connection:
            await dies.jobs.enqueue(connection, "wish", {})
        assert await dies.takes()
        lives = Process(db)
        await lives.lookout.start()
        await lives.jobs.start()
        await dies.living.end()

        def past() -> bool:
            lives.seconds += MISSED_SECONDS
            return bool(lives.done)

        await until(past)
        await lives.jobs.stop()
        await lives.lookout.stop()
    assert [job.attempts for job in lives.done] == [2]


async def test_beside_sqlite_the_next_process_takes_away_what_a_killed_one_left(
    sqlite_url: str,
) -> None:
    db = Database(sqlite_url)
    folder = Path(str(db.engine.url.database)).parent
    name = Path(str(db.engine.url.database)).name

    def files() -> set[str]:
        return {one.name for one in folder.iterdir() if one.name.startswith(f"{name}-process-")}

    (folder / f"{name}-process-7").touch()
    async with seen(db) as first, seen(db) as second:
        numbers = (first.living.number, second.living.number)
        assert files() == {f"{name}-process-{number}" for number in numbers}
        (folder / f"{name}-process-{numbers[0]}").unlink()
        assert await second.living.gone([numbers[0] or 0, numbers[1] or 0]) == {numbers[0]}
        assert await first.living.begin(first.lost.set)
        assert not await second.living.gone([numbers[0] or 0])
    assert files() == set()
    await db.close()


async def test_alone_on_a_database_in_memory_nobody_is_seen() -> None:
    db = Database("sqlite+aiosqlite:///:memory:")
    shown = living(db)
    assert not await shown.begin(lambda: None)
    assert shown.number is None
    assert not await shown.gone([1])
    await db.close()
