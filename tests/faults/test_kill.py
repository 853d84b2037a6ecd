"""A server that is killed again and again in the middle of an evening loses and doubles nothing.

Each kill is SIGKILL on the process that serves, at a moment that a seeded chance picks: most in
the middle of calls, some while it is still starting. `pytest tests/faults --kills 500` kills more
often on each database than the 13 times without it, `--chaos-seed` takes other moments. What dies
at every single step of a call is in test_crash_points.py.
"""

from __future__ import annotations

import asyncio
import random
import signal
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
import sqlalchemy as sa

from host.store.engine import Database
from tests.faults.evening import Evening
from tests.faults.retries import age_claims
from tests.servers.forked import ForkedFestoon, Forks

KILLS = 13
ENOUGH = 26
"""So many kills meet some calls between their commit and their answer."""
KILLS_OF_AN_EVENING = 13
WHILE_STARTING = 0.2
"""The share of kills that do not wait for the server to answer."""
MOST_CALLS = 40
LONGEST_WAIT = 0.1
"""A kill comes after so many calls, and so many seconds, at most."""

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1800)]


@pytest.fixture
async def server(database_url: str, forks: Forks, tmp_path: Path) -> AsyncIterator[ForkedFestoon]:
    server = ForkedFestoon(forks, tmp_path, {"DATABASE_URL": database_url})
    yield server
    server.kill()


async def test_over_many_kills_nothing_acknowledged_is_lost_and_nothing_is_done_twice(
    server: ForkedFestoon, database_url: str, request: pytest.FixtureRequest
) -> None:
    kills = request.config.getoption("--kills") or KILLS
    seed = request.config.getoption("--chaos-seed", None) or 2026
    chance = random.Random(seed)
    db = Database(database_url)
    draws = replays = killed = 0
    async with httpx.AsyncClient(base_url=server.url, timeout=30) as http:
        server.begin()
        while killed < kills:
            evening = await Evening.begin(server, chance, http)
            for _ in range(min(KILLS_OF_AN_EVENING, kills - killed)):
                answered = evening.calls
                if chance.random() > WHILE_STARTING:
                    await evening.goes_on(answered + chance.randrange(MOST_CALLS))
                await asyncio.sleep(chance.uniform(0, LONGEST_WAIT))
                _kill(server)
                killed += 1
                await _last_word(db)
                await evening.check(db)
                await age_claims(db)
                server.begin()
            await evening.goes_on(evening.calls)
            found = await evening.end(db)
            assert evening.listener.subscriptions > 1
            draws += len(found.draws)
            replays += sum(client.replays for client in evening.clients)
    await db.close()
    assert draws > 0
    assert replays > 0 or killed < ENOUGH


def _kill(server: ForkedFestoon) -> None:
    server.kill()
    assert server.process is not None
    status = server.process.poll()
    assert status == -signal.SIGKILL, f"it ended by itself\n{server.last_words()}"


async def _last_word(db: Database) -> None:
    """Waits until PostgreSQL has ended what it was doing for those who are dead."""
    if db.dialect != "postgresql":
        return
    others = sa.text(
        "SELECT count(*) FROM pg_stat_activity"
        " WHERE datname = current_database() AND pid <> pg_backend_pid()"
    )
    async with asyncio.timeout(30):
        while True:
            async with db.read() as conn:
                if await conn.scalar(others) == 0:
                    return
            await asyncio.sleep(0.01)
