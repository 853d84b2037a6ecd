"""A process that dies at any step of a call leaves all of the call or nothing of it.

For the steps between the host and its database there are processes that end there, as kill -9
would end them: every fourth (every eighth where the lottery makes its proof besides), others on
one database than on the other, and every one with `--kills`. Whoever asks again under the same
key gets what the first call did, or has it done.
"""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import pytest
import sqlalchemy as sa

from host.store import tables as t
from host.store.engine import Database
from host.testing.host import Person, TestHost, running_host
from tests.faults.retries import age_claims
from tests.servers.forked import Forks
from tests.servers.forking import CRASHED
from tests.services import invariants

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]


@dataclass
class Scene:
    """A host that goes on, a room at it, and the program that starts those that will not."""

    url: str
    running: TestHost
    olga: Person
    room: dict[str, Any]
    forks: Forks

    @property
    def db(self) -> Database:
        """The database that all of them share."""
        return self.running.host.db

    async def check(self) -> None:
        """Asserts that none of the room's promises is broken."""
        await invariants.check(self.db, self.room["id"])

    async def crash(self, caller: Person, path: str, body: Any, key: str, at: int) -> int:
        """Makes the call in a process that ends at its step `at`; the exit status."""
        order = {
            "database_url": self.url,
            "token": caller.token,
            "path": f"/api/v1{path}",
            "body": body,
            "key": key,
            "at": at,
        }
        log = str(self.forks.folder / "calls.log")
        # In a thread: the host here goes on, and may hold what that process waits for.
        return await asyncio.to_thread(self.forks.order, {"call": order, "log": log})


@pytest.fixture
async def scene(database_url: str, forks: Forks) -> AsyncIterator[Scene]:
    async with running_host(database_url=database_url) as running:
        olga = await running.register("Olga")
        room = await running.room(olga, appSettings={"onePrizePerPerson": False})
        for name in ("Ann", "Bob", "Cid"):
            await running.join(room, await running.guest(name))
        yield Scene(database_url, running, olga, room, forks)
    # Whatever the dead did not announce, the next host to start does.
    async with running_host(database_url=database_url):
        pass
    after = Database(database_url)
    assert await invariants.outbox_rows(after) == 0
    await after.close()


@dataclass
class Attempt:
    """One call that is about to be cut short, and the column by which its work is known."""

    caller: Person
    path: str
    body: dict[str, Any]
    table: sa.Table
    column: str
    value: str | None

    async def done(self, db: Database) -> list[str]:
        """The ids of what the call made, in order."""
        ids = sa.select(self.table.c.id).where(self.table.c[self.column] == self.value)
        async with db.read() as conn:
            return sorted((await conn.execute(ids)).scalars())


async def _draw(scene: Scene) -> Attempt:
    """By the platform, whose steps are the same each time."""
    await scene.olga.put(f"/rooms/{scene.room['id']}/delegations", {"winnerSelection": None})
    return await _draw_by_the_lottery(scene)


async def _draw_by_the_lottery(scene: Scene) -> Attempt:
    """With a proof: its log is brought up to date first, in transactions of its own."""
    base = f"/rooms/{scene.room['id']}"
    prize = await scene.olga.post(f"{base}/prizes", {"name": "Sledge", "quantity": 2})
    body = {"prizeId": prize["id"], "count": 2}
    return Attempt(scene.olga, f"{base}/draws", body, t.winners, "prize_id", prize["id"])


async def _join(scene: Scene) -> Attempt:
    guest = await scene.running.guest("Dan")
    path, body = f"/rooms/{scene.room['id']}/participants", {"joinCode": scene.room["joinCode"]}
    return Attempt(guest, path, body, t.participants, "user_id", guest.id)


async def _new_room(scene: Scene) -> Attempt:
    name = f"Room {scene.running.host.sources.new_id()}"
    return Attempt(scene.olga, "/rooms", {"name": name, "appId": "lottery"}, t.rooms, "name", name)


CALLS: dict[str, Callable[[Scene], Awaitable[Attempt]]] = {
    "draw": _draw,
    "draw by the lottery": _draw_by_the_lottery,
    "join": _join,
    "new room": _new_room,
}


async def _cut_short(scene: Scene, call: str, at: int, key: str) -> bool | None:
    """Whether the call was done all the same; None where it came to its end before that step."""
    attempt = await CALLS[call](scene)
    status = await scene.crash(attempt.caller, attempt.path, attempt.body, key, at)
    await scene.check()
    left = await attempt.done(scene.db)
    await age_claims(scene.db)
    answer = await attempt.caller.call("POST", attempt.path, attempt.body, Idempotency_Key=key)
    assert answer.status_code == 201, (at, answer.text)
    data = answer.json()["data"]
    told = sorted(one["id"] for one in (data if isinstance(data, list) else [data]))
    await scene.check()
    assert told == await attempt.done(scene.db), at
    if left:
        assert left == told, at
        assert answer.headers["Idempotent-Replayed"] == "true", at
    if status == 0:
        return None
    assert status == CRASHED, (scene.forks.folder / "calls.log").read_text()
    return bool(left)


@pytest.mark.parametrize("call", CALLS)
async def test_a_crash_at_any_step_leaves_all_or_nothing_and_the_key_finds_out_which(
    scene: Scene, call: str, request: pytest.FixtureRequest
) -> None:
    survived: list[bool] = []
    every = request.config.getoption("--kills") is not None
    first = 1 if every or scene.db.dialect == "sqlite" else 3
    stride = 1 if every else 8 if CALLS[call] is _draw_by_the_lottery else 4
    for at in itertools.count(first, stride):
        done = await _cut_short(scene, call, at, f"{call}-{at}")
        if done is None:
            break
        survived.append(done)
    # Before the commit and after it: where that is may differ, as what the host does beside counts.
    assert len(survived) > (20 if every else 4)
    assert False in survived
    # Few steps are left behind the commit: those that lay between two are looked at as well.
    for before in range(1, 11):
        if True in survived:
            break
        done = await _cut_short(scene, call, at - before, f"{call}-{at - before}-again")
        survived.append(done is True)
    assert True in survived
