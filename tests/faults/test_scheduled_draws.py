"""Draws that were scheduled happen once each, whichever workers die around their minute.

Three servers on one PostgreSQL. Several rooms draw at the same minute; around it each server is
killed (SIGKILL) at a time of its own, from half a second before to a second after, and started
again. `pytest tests/faults/test_scheduled_draws.py --kills 200 -s` draws 200 times instead of 3,
in 20 such minutes, and says how late the draws were and how busy the machine was.
"""

from __future__ import annotations

import asyncio
import json
import os
import random
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
import sqlalchemy as sa

from festoon_lottery import verify
from host.contract import iso
from host.services.schedule import LEASE_SECONDS
from host.store.engine import Database
from host.store.tables import draws, winners
from tests.faults.clients import Client
from tests.servers.forked import ForkedFestoon, Forks

DRAWS = 3
TOGETHER = 10
"""So many rooms draw at one minute."""
WORKERS = 3
BETWEEN = timedelta(seconds=24)
"""From one minute to the next: more than a lease, so that each has only its own deaths."""
AHEAD = 2.0
"""Seconds for whatever else the machine does before the first minute has come."""
BEFORE, AFTER = 0.5, 1.0
"""Seconds around the moment in which workers are killed."""
GUESTS = 4
PRIZES = (("Tea", 2), ("Car", 1))
PATIENCE = 120.0

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1800)]


@dataclass
class Scheduled:
    """A room whose draw starts by itself."""

    room_id: str
    at: datetime
    owner: Client
    prizes: dict[str, int]


@pytest.fixture
async def workers(
    postgresql_url: str, forks: Forks, tmp_path: Path
) -> AsyncIterator[list[ForkedFestoon]]:
    made = []
    for number in range(WORKERS):
        folder = tmp_path / f"worker-{number}"
        folder.mkdir()
        made.append(ForkedFestoon(forks, folder, {"DATABASE_URL": postgresql_url}))
    yield made
    for worker in made:
        worker.kill()


def _wait_for(workers: Sequence[ForkedFestoon]) -> None:
    """Returns when every worker serves."""
    ends = time.monotonic() + PATIENCE
    for worker in workers:
        while not worker.ready():
            assert time.monotonic() < ends, worker.last_words()
            time.sleep(0.05)


async def _scheduled(http: httpx.AsyncClient, at: datetime, number: int) -> Scheduled:
    """A room with guests and prizes, open, whose draw is at `at`."""

    async def call(who: Client, method: str, path: str, body: Any = None) -> Any:
        answer = await who.call(method, path, body)
        assert answer.status_code < 300, answer.text
        return answer.json()["data"]

    signed_in = await call(Client(http), "POST", "/auth/guest", {"name": f"Olga {number}"})
    owner = Client(http, signed_in["accessToken"])
    settings = {
        "drawBy": "itself",
        "drawDate": iso(at),
        "closesAt": iso(at - timedelta(seconds=1)),
        "suspenseSeconds": 0,
    }
    room = await call(
        owner, "POST", "/rooms", {"name": "New Year", "appId": "lottery", "appSettings": settings}
    )
    base = f"/rooms/{room['id']}"
    await call(owner, "PATCH", base, {"status": "ACTIVE"})
    prizes = {}
    for name, units in PRIZES:
        prize = await call(owner, "POST", f"{base}/prizes", {"name": name, "quantity": units})
        prizes[prize["id"]] = units
    for guest in range(GUESTS):
        person = await call(Client(http), "POST", "/auth/guest", {"name": f"Guest {guest}"})
        someone = Client(http, person["accessToken"])
        await call(someone, "POST", f"{base}/participants", {"joinCode": room["joinCode"]})
    return Scheduled(room["id"], at, owner, prizes)


async def _in_time(http: httpx.AsyncClient, count: int) -> tuple[list[datetime], list[Scheduled]]:
    """The minutes, and rooms that draw at them; all are there before the first minute."""
    # One for measure, since machines differ.
    began = time.monotonic()
    await _scheduled(http, datetime.now(UTC) + timedelta(days=1), 0)
    took = time.monotonic() - began
    at_once = asyncio.Semaphore(TOGETHER)

    async def one(at: datetime, number: int) -> Scheduled:
        async with at_once:
            return await _scheduled(http, at, number)

    ahead = AHEAD + took * count
    while True:
        first = datetime.now(UTC) + timedelta(seconds=ahead)
        moments = [first + BETWEEN * number for number in range(-(-count // TOGETHER))]
        rooms = await asyncio.gather(*(one(moments[n // TOGETHER], n) for n in range(count)))
        if datetime.now(UTC) < first - timedelta(seconds=1 + BEFORE):
            return moments, rooms
        ahead *= 2


async def _killed_around(
    worker: ForkedFestoon, moments: Sequence[datetime], chance: random.Random
) -> None:
    """Kills one worker around each of these moments, and starts it again."""
    for moment in moments:
        to = moment + timedelta(seconds=chance.uniform(-BEFORE, AFTER))
        await asyncio.sleep(max(0.0, (to - datetime.now(UTC)).total_seconds()))
        worker.kill()
        worker.begin()


async def _proof(workers: Sequence[ForkedFestoon], one: Scheduled) -> dict[str, Any]:
    """The proof, once the seed was told, from whichever worker answers."""
    headers = {"Authorization": f"Bearer {one.owner.token}"}
    path = f"/apps/lottery/rooms/{one.room_id}/proof.json"
    ends = time.monotonic() + PATIENCE
    async with httpx.AsyncClient(timeout=30) as http:
        while time.monotonic() < ends:
            for worker in workers:
                with suppress(httpx.TransportError):
                    answer = await http.get(worker.url + path, headers=headers)
                    if answer.status_code == 200 and answer.json()["seed"] is not None:
                        found: dict[str, Any] = verify.read(answer.text)
                        return found
            await asyncio.sleep(0.1)
    raise AssertionError(f"room {one.room_id} was not drawn")


async def _late(db: Database, one: Scheduled) -> float:
    """Checks that each prize was drawn once, wholly; how many seconds after its time."""
    async with db.read() as connection:
        drawn = (
            await connection.execute(
                sa.select(draws, draws.c.count.label("winners")).where(
                    draws.c.room_id == one.room_id
                )
            )
        ).all()
        won = (
            await connection.execute(sa.select(winners).where(winners.c.room_id == one.room_id))
        ).all()
    assert sorted((row.prize_id, row.winners) for row in drawn) == sorted(one.prizes.items())
    assert len(won) == sum(one.prizes.values())
    assert len({row.participant_id for row in won}) == len(won)
    return float(max((row.created_at - one.at).total_seconds() for row in drawn))


async def test_a_scheduled_draw_happens_once_though_workers_die_around_its_minute(
    workers: list[ForkedFestoon],
    postgresql_url: str,
    request: pytest.FixtureRequest,
    capsys: pytest.CaptureFixture[str],
) -> None:
    asked = request.config.getoption("--kills")
    count = asked or DRAWS
    seed = request.config.getoption("--chaos-seed", None) or 2026
    chance = random.Random(seed)
    for worker in workers:
        worker.begin()
    await asyncio.to_thread(_wait_for, workers)
    async with httpx.AsyncClient(base_url=workers[0].url, timeout=60) as http:
        moments, rooms = await _in_time(http, count)
    await asyncio.gather(
        *(_killed_around(worker, moments, random.Random(chance.random())) for worker in workers)
    )
    db = Database(postgresql_url)
    late = []
    for one in rooms:
        proof = await _proof(workers, one)
        lines = verify.check(proof)
        assert any(f"all {sum(one.prizes.values())} wins" in line for line in lines), lines
        late.append(await _late(db, one))
    await db.close()
    if asked:
        late.sort()
        figures = {
            "draws": count,
            "kills": len(moments) * WORKERS,
            "lease_s": LEASE_SECONDS,
            "load": os.getloadavg()[0],
            "late_s": {
                "median": late[len(late) // 2],
                "p95": late[int(len(late) * 0.95)],
                "most": late[-1],
            },
        }
        with capsys.disabled():
            print(json.dumps(figures))
