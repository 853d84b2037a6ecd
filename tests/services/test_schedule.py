"""Work that applications schedule: done when it is due, by one process, and never lost."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from datetime import datetime, timedelta
from importlib.metadata import EntryPoint
from typing import Any

import pytest
import sqlalchemy as sa

from host.apps.discovery import GROUP
from host.context import Context
from host.contract import Job
from host.errors import Conflict, ValidationFailed
from host.ids import Sources
from host.services import running
from host.services import schedule as service
from host.store import jobs, rooms, tables
from host.testing.host import Person, TestHost, running_host
from tests.auth.conftest import Clock
from tests.fixtures.sandglass import SAND, Sand
from tests.realtime.evening import A_SECOND, until

APPS = [
    EntryPoint("platform", "host.defaults", GROUP),
    EntryPoint("sandglass", "tests.fixtures.sandglass", GROUP),
    EntryPoint("lottery", "festoon_lottery", GROUP),
]


@pytest.fixture(autouse=True)
def sand() -> Sand:
    """The application's memory, empty."""
    SAND.__init__()  # type: ignore[misc]
    return SAND


class House:
    """A host on a clock that is turned, and Olga's room at it."""

    def __init__(self, host: TestHost, clock: Clock) -> None:
        self.host = host
        self.clock = clock
        self.olga: Person
        self.room: dict[str, Any]

    async def open(self) -> None:
        """Olga comes, and has a room. Jobs are run when a test says so, and not before."""
        await self.host.host.core.schedule.stop()
        self.olga = await self.host.register("Olga")
        self.room = await self.host.room(self.olga, "sandglass")

    async def later(self, seconds: float = 0, **said: Any) -> str:
        """Has something done later; the job's id."""
        sent = {"seconds": seconds, **said}
        answer = await self.host.send(self.olga, self.room, "sandglass:later", sent)
        return str(answer["id"])

    async def turn(self, **by: float) -> int:
        """Lets time pass, and everything happen that is due then."""
        self.clock.turn(timedelta(**by))
        return await self.host.host.core.schedule.run_due()

    async def kept(self) -> list[Any]:
        """The rows of the application's jobs."""
        async with self.host.host.db.read() as connection:
            query = sa.select(tables.jobs).where(tables.jobs.c.app_id == "sandglass")
            return list(await connection.execute(query))

    async def ctx(self) -> Context:
        """What the application is given in the room."""
        core = self.host.host.core
        async with core.db.read() as connection:
            room = await rooms.get(connection, self.room["id"])
        made = await self.host.host._make_context("sandglass", room)
        assert isinstance(made, Context)
        return made


@pytest.fixture
async def house(database_url: str) -> AsyncIterator[House]:
    clock = Clock()
    sources = Sources(now=lambda: clock.moment)
    async with running_host(database_url=database_url, entry_points=APPS, sources=sources) as host:
        made = House(host, clock)
        await made.open()
        yield made


async def test_it_is_done_when_it_is_due_and_not_before(house: House, sand: Sand) -> None:
    due = house.clock.moment + timedelta(seconds=60)
    job_id = await house.later(60, data={"glass": 1})
    assert await house.turn(seconds=59) == 0
    assert await house.turn(seconds=1) == 1
    assert sand.of(house.room) == [Job(job_id, "turn", {"glass": 1}, due, 1)]
    assert await house.kept() == []
    assert await house.turn(days=1) == 0


async def test_a_key_stands_for_one_job_that_is_replaced_and_taken_back(
    house: House, sand: Sand
) -> None:
    await house.later(10, key="glass", data={"first": True})
    second = await house.later(30, key="glass", data={"first": False})
    await house.later(30, key="other")
    assert await house.turn(seconds=20) == 0
    take_back = ("sandglass:never", {"key": "other"})
    assert await house.host.send(house.olga, house.room, *take_back) == {"was": True}
    assert await house.host.send(house.olga, house.room, *take_back) == {"was": False}
    assert await house.turn(seconds=20) == 1
    assert [(job.id, job.data) for job in sand.of(house.room)] == [(second, {"first": False})]


async def test_a_job_may_schedule_the_next_by_its_own_key(house: House, sand: Sand) -> None:
    await house.later(key="again", data={"again": 2})
    await house.turn()
    assert [job.data["again"] for job in sand.of(house.room)] == [2, 1, 0]


async def test_what_fails_is_tried_again_later_and_in_the_end_kept_for_a_person(
    house: House, sand: Sand
) -> None:
    sand.fails = lambda job: True
    job_id = await house.later(data={"glass": 1})
    for attempt in range(1, service.TRIES + 1):
        await house.turn(hours=1)
        (row,) = await house.kept()
        assert row.attempts == attempt
        assert (row.parked_at is not None) == (attempt == service.TRIES)
    assert (row.app_id, row.room_id) == ("sandglass", house.room["id"])
    assert "RuntimeError" in row.reason
    assert await house.turn(days=1) == 0
    services = house.host.host.services
    ada = await services.identity.authenticate((await house.host.admin()).token or "")
    sand.fails = lambda job: False
    await services.admin.run_job_again(ada, job_id)
    assert await house.turn() == 1
    assert [job.attempt for job in sand.of(house.room)] == [1]


async def test_a_job_is_written_in_the_transaction_of_the_application_or_is_none(
    house: House, sand: Sand
) -> None:
    ctx = await house.ctx()
    database, now = ctx.database(), ctx.now()

    async def fail() -> None:
        async with database.write() as connection:
            await ctx.schedule("turn", {}, at=now, key="kept", connection=connection)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await fail()
    assert await house.turn() == 0
    async with database.write() as connection:
        await ctx.schedule("turn", {"n": 1}, at=now, connection=connection)
        await ctx.schedule("turn", {"n": 2}, at=now, key="kept", connection=connection)
        assert await ctx.unschedule("kept", connection=connection)
    await house.turn()
    assert [job.data for job in sand.of(house.room)] == [{"n": 1}]
    async with database.read() as connection:
        with pytest.raises(ValidationFailed, match="write"):
            await ctx.schedule("turn", {}, at=now, connection=connection)


NO_JOBS: list[tuple[str, object]] = [
    ("kind", ""),
    ("kind", "k" * 61),
    ("key", "k" * 121),
    ("data", {"a": float("nan")}),
    ("data", ["no object"]),
    ("data", {"a": "x" * 70_000}),
    ("at", datetime(2026, 12, 31)),
]


async def test_what_cannot_be_kept_is_refused_in_words(house: House) -> None:
    ctx = await house.ctx()
    for field, value in NO_JOBS:
        said: dict[str, Any] = {"kind": "turn", "data": {}, "at": ctx.now(), "key": None}
        said[field] = value
        with pytest.raises(ValidationFailed) as refused:
            await ctx.schedule(**said)
        assert list(refused.value.details["fields"]) == [field]
    assert await house.kept() == []


async def test_who_could_not_hear_of_a_job_cannot_schedule_one(house: House) -> None:
    core = house.host.host.core
    with pytest.raises(Conflict, match="job_due"):
        await core.schedule.add("platform", house.room["id"], "turn", {}, at=core.sources.now())
    outside = await house.host.host._make_context("sandglass", None)
    with pytest.raises(Conflict, match="no room"):
        await outside.schedule("turn", {}, at=core.sources.now())


async def test_an_application_that_does_not_run_finds_its_jobs_when_it_does_again(
    house: House, sand: Sand
) -> None:
    await house.later(10)
    registry = house.host.host.registry
    running = registry._entries["sandglass"]
    await registry.disable("sandglass", "for a while")
    assert await house.turn(hours=1) == 0
    assert len(await house.kept()) == 1
    registry._entries["sandglass"] = running
    assert await house.turn() == 1
    assert [job.attempt for job in sand.of(house.room)] == [1]


async def test_of_a_room_that_is_gone_or_an_app_taken_out_nothing_is_left(
    house: House, sand: Sand
) -> None:
    first = house.room
    await house.later(10)
    house.room = second = await house.host.room(house.olga, "lottery")
    await house.olga.post(f"/rooms/{second['id']}/apps", {"appId": "sandglass"})
    await house.later(10)
    await house.olga.delete(f"/rooms/{second['id']}/apps/sandglass")
    assert [row.room_id for row in await house.kept()] == [first["id"]]
    await house.olga.delete(f"/rooms/{first['id']}")
    assert await house.turn(seconds=10) == 1
    assert (sand.ran, await house.kept()) == ([], [])


async def test_an_application_that_is_off_in_the_room_keeps_its_jobs_untried(
    house: House, sand: Sand
) -> None:
    house.room = await house.host.room(house.olga, "lottery")
    path = f"/rooms/{house.room['id']}/apps"
    await house.olga.post(path, {"appId": "sandglass"})
    await house.later(10)
    await house.olga.patch(f"{path}/sandglass", {"enabled": False})
    for _ in range(service.TRIES + 1):
        await house.turn(minutes=1)
    (row,) = await house.kept()
    assert (row.attempts, row.parked_at) == (0, None)
    await house.olga.patch(f"{path}/sandglass", {"enabled": True})
    await house.turn(minutes=1)
    assert [job.attempt for job in sand.of(house.room)] == [1]


async def test_one_that_hangs_holds_up_a_few_of_its_own_and_nobody_else(
    house: House, sand: Sand
) -> None:
    sand.gate = asyncio.Event()
    await house.host.host.core.schedule.start()
    for number in range(service.SLOTS + 3):
        await house.later(data={"n": number})
    await until(lambda: sand.at_once == service.SLOTS)
    await house.host.admin()  # The platform's own work goes on.
    sand.gate.set()
    await until(lambda: len(sand.ran) == service.SLOTS + 3)
    assert sand.most_at_once == service.SLOTS
    assert sorted(job.data["n"] for job in sand.of(house.room)) == list(range(service.SLOTS + 3))


async def test_several_processes_do_each_job_once_and_in_time(
    postgresql_url: str, sand: Sand
) -> None:
    async with AsyncExitStack() as stack:
        first, _, _ = [
            await stack.enter_async_context(
                running_host(database_url=postgresql_url, entry_points=APPS)
            )
            for _ in range(3)
        ]
        olga = await first.register("Olga")
        room = await first.room(olga, "sandglass")
        sent = [{"seconds": 1.5 + n / 100, "data": {"n": n}} for n in range(20)]
        for said in sent:
            await first.send(olga, room, "sandglass:later", said)
        # Whoever scheduled them is gone; those who are left must know by themselves.
        await first.host.core.schedule.stop()
        late: list[float] = []
        for done in range(1, len(sent) + 1):
            await until(lambda: len(sand.ran) >= done)  # noqa: B023
            job = sand.ran[done - 1][1]
            late.append((first.host.sources.now() - job.due_at).total_seconds())
    assert sorted(job.data["n"] for _, job in sand.ran) == list(range(20))
    assert max(late) < A_SECOND
    assert all(one > -0.05 for one in late)


async def test_who_runs_a_job_keeps_it_as_long_as_it_lives(
    house: House, sand: Sand, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service, "LEASE_SECONDS", 0.15)
    sand.gate = asyncio.Event()
    await house.later()
    running = asyncio.create_task(house.turn())
    await until(lambda: sand.at_once == 1)
    for _ in range(3):
        house.clock.turn(timedelta(seconds=0.1))
        deadline = asyncio.get_running_loop().time() + 30
        while (await house.kept())[0].claimed_until <= house.clock.moment + timedelta(seconds=0.1):
            assert asyncio.get_running_loop().time() < deadline
    sand.gate.set()
    await running
    assert [job.attempt for job in sand.of(house.room)] == [1]


async def test_who_stood_still_past_its_claim_does_not_begin_anew_what_it_runs(
    house: House, sand: Sand
) -> None:
    sand.gate = asyncio.Event()
    await house.later()
    schedule = house.host.host.core.schedule
    await schedule._look()
    await until(lambda: sand.at_once == 1)
    house.clock.turn(timedelta(seconds=2 * service.LEASE_SECONDS))
    await schedule._look()
    sand.gate.set()
    await until(lambda: not schedule._running)
    assert (sand.most_at_once, [job.attempt for job in sand.of(house.room)]) == (1, [1])
    assert await house.kept() == []


async def test_what_a_killed_process_had_begun_is_begun_again_within_seconds(
    house: House, sand: Sand
) -> None:
    await house.later()
    # As a process that was killed right after it took the job: claimed, and nobody at it.
    lease = timedelta(seconds=service.LEASE_SECONDS)
    now = house.clock.moment
    async with house.host.host.db.write() as connection:
        mine = jobs.of_app("sandglass")
        assert await jobs.claim(connection, mine, now=now, until=now + lease, most=5)
    assert await house.turn(seconds=service.LEASE_SECONDS - 1) == 0
    assert await house.turn(seconds=1) == 1
    assert [job.attempt for job in sand.of(house.room)] == [2]


async def test_a_job_whose_processes_die_again_and_again_is_put_off_and_not_given_up(
    house: House, sand: Sand
) -> None:
    await house.later()
    lease = timedelta(seconds=service.LEASE_SECONDS)
    for _ in range(running.DEATHS):
        now = house.clock.moment
        async with house.host.host.db.write() as connection:
            mine = jobs.of_app("sandglass")
            assert await jobs.claim(connection, mine, now=now, until=now + lease, most=5)
        house.clock.turn(lease)
    assert await house.turn() == 1, "it was looked at, and not run"
    (row,) = await house.kept()
    assert (sand.ran, row.attempts, row.parked_at) == ([], running.DEATHS, None)
    assert row.run_at > house.clock.moment
    await house.turn(seconds=running.LONGEST_PAUSE)
    assert [job.attempt for job in sand.of(house.room)] == [running.DEATHS + 1]
