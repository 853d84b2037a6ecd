"""What is over goes, what is not stays, and nobody does it twice."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from host.contract import Category
from host.ids import Sources
from host.store import inbox, sending, sweeping, tables
from host.store.inbox import Notice
from host.store.sending import Ended, State
from host.testing.host import TestHost, running_host

START = datetime(2026, 12, 31, 21, 30, tzinfo=UTC)


@dataclass
class Clock:
    """Stands still until it is turned."""

    moment: datetime = START
    turned: timedelta = field(default_factory=timedelta)

    def turn(self, **by: float) -> None:
        self.moment += timedelta(**by)
        self.turned += timedelta(**by)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def host(database_url: str, clock: Clock) -> AsyncIterator[TestHost]:
    sources = Sources(now=lambda: clock.moment, monotonic=lambda: clock.turned.total_seconds())
    async with running_host(database_url=database_url, sources=sources) as running:
        yield running


async def count(host: TestHost, table: sa.Table) -> int:
    async with host.host.db.read() as connection:
        query = sa.select(sa.func.count()).select_from(table)
        return (await connection.execute(query)).scalar_one()


async def _write_over(connection: AsyncConnection, user_id: str, expires_at: datetime) -> None:
    await connection.execute(
        tables.sign_in_flows.insert().values(
            state_hash="s",
            provider="p",
            nonce="n",
            verifier="v",
            created_at=START,
            expires_at=expires_at,
        )
    )
    await connection.execute(
        tables.codes.insert().values(
            id="c",
            purpose="EMAIL",
            target="ann@example.com",
            user_id=user_id,
            secret_hash="h",
            attempts=0,
            created_at=START,
            expires_at=expires_at,
        )
    )


async def test_what_has_expired_goes_and_guests_who_left_no_trace_with_it(
    host: TestHost, clock: Clock
) -> None:
    ann, olga = await host.register("Ann"), await host.guest("Olga")
    room = await host.room(olga)
    masha, _ = await host.guest("Masha"), await host.guest("Nobody")
    await host.join(room, masha)
    await masha.call("PATCH", f"/users/{masha.id}", {"name": "Masha K."}, Idempotency_Key="k" * 20)
    assert ann.id is not None
    async with host.host.db.write() as connection:
        await _write_over(connection, ann.id, START + timedelta(minutes=10))
    upkeep = host.host.services.upkeep
    assert await upkeep.sweep() == {}
    clock.turn(days=2)
    assert await upkeep.sweep() == {"kept answers": 1, "sign-in flows": 1, "codes": 1}
    clock.turn(days=29)
    assert await upkeep.sweep() == {"refresh tokens": 4}
    assert await count(host, tables.sessions) == 4, "a process that was cut off may still ask"
    clock.turn(days=7)
    assert await upkeep.sweep() == {"sessions": 4, "guests": 1}
    async with host.host.db.read() as connection:
        names = sa.select(tables.users.c.name).order_by(tables.users.c.name)
        left = list((await connection.execute(names)).scalars())
    assert left == ["Ann", "Masha K.", "Olga"], "who took part stays in the records of the room"


async def test_what_was_told_stays_for_a_year_and_what_came_of_bringing_it_for_a_season(
    host: TestHost, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("host.services.upkeep.BATCH", 2)
    notice = Notice("bus", "test", "The bus", "", {}, Category.ANNOUNCEMENT)
    people = [f"guest{n}" for n in range(5)]
    async with host.host.db.write() as connection:
        await inbox.put(connection, [(one, notice) for one in people], START)
        await sending.put(connection, [(one, notice) for one in people[:2]], START)
        later = START + timedelta(days=4000)
        await sending.put(connection, [(people[2], notice)], later)
        taken = await sending.claim(connection, now=START, until=later, most=2)
        ended = [Ended(one, State.SENT, START, 1, channel="mail") for one in taken]
        assert await sending.end(connection, ended) == 0
    upkeep = host.host.services.upkeep
    clock.turn(days=89)
    assert await upkeep.sweep() == {}
    clock.turn(days=2)
    assert await upkeep.sweep() == {"deliveries of notifications": 2}
    assert await count(host, tables.notification_deliveries) == 1, "it waits still"
    clock.turn(days=273)
    assert await upkeep.sweep() == {}
    clock.turn(days=2)
    assert await upkeep.sweep() == {"notifications": 5}


async def test_many_rows_go_in_small_transactions(
    host: TestHost, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("host.services.upkeep.BATCH", 2)
    for name in "abcde":
        await host.guest(name)
    clock.turn(days=40)
    gone = {"refresh tokens": 5, "sessions": 5, "guests": 5}
    assert await host.host.services.upkeep.sweep() == gone
    assert await count(host, tables.users) == 0


async def test_one_process_sweeps_at_a_time(postgresql_url: str, clock: Clock) -> None:
    sources = Sources(now=lambda: clock.moment)
    async with running_host(database_url=postgresql_url, sources=sources) as host:
        await host.guest("Ann")
        clock.turn(days=40)
        async with host.host.db.write() as other:
            assert await sweeping.alone(other)
            assert await host.host.services.upkeep.sweep() == {}
        assert (await host.host.services.upkeep.sweep())["sessions"] == 1


async def test_the_use_of_a_session_is_noted_beside_the_calls_and_not_with_each(
    host: TestHost, clock: Clock
) -> None:
    ann = await host.register("Ann")

    async def seen() -> datetime:
        async with host.host.db.read() as connection:
            found = await connection.execute(sa.select(tables.sessions.c.seen_at))
            moment: datetime = found.scalar_one()
            return moment

    sessions = host.host.services.identity.sessions
    clock.turn(minutes=4)
    await ann.get("/auth/me")
    await sessions.write_seen()
    assert await seen() == START, "it was noted less than five minutes ago"
    clock.turn(minutes=2)
    await ann.get("/auth/me")
    assert await seen() == START, "a call writes nothing"
    await sessions.write_seen()
    assert await seen() == clock.moment
