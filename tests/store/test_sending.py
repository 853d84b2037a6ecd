"""host.store.sending: who has it to bring what, and what goes first."""

from __future__ import annotations

import asyncio
from datetime import timedelta

from host.contract import Category
from host.store import sending
from host.store.engine import Database
from host.store.inbox import Notice
from host.store.sending import Ended, State
from tests.store.rows import NOON, at

LEASE = timedelta(seconds=40)


def _notice(name: str, category: Category, *, urgent: bool = False) -> Notice:
    return Notice(name, "test", name, "", {}, category, room_id="r", urgent=urgent)


async def _claimed(database: Database, seconds: float, most: int) -> list[sending.Sending]:
    async with database.write() as connection:
        return await sending.claim(connection, now=at(seconds), until=at(seconds + 40), most=most)


async def test_a_win_waits_behind_no_announcement_even_when_it_is_tried_again(
    database: Database,
) -> None:
    announced = _notice("bus", Category.ANNOUNCEMENT)
    async with database.write() as connection:
        hall = [(f"guest{n:02}", announced) for n in range(30)]
        await sending.put(connection, hall, NOON)
        await sending.put(connection, [("olga", _notice("door", Category.ROOM))], at(1))
        await sending.put(connection, [("masha", _notice("won", Category.RESULT))], at(2))
        fire = _notice("fire", Category.ANNOUNCEMENT, urgent=True)
        await sending.put(connection, [("ann", fire)], at(3))
    first = await _claimed(database, 4, 4)
    assert [one.notification_id for one in first] == ["fire", "won", "door", "bus"]
    async with database.write() as connection:
        won = first[1]
        again = Ended(won, State.WAITING, at(4), 1, next_at=at(6), why="the line was cut")
        assert await sending.end(connection, [again]) == 0
    assert {one.notification_id for one in await _claimed(database, 5, 3)} == {"bus"}
    assert [one.notification_id for one in await _claimed(database, 6, 2)] == ["won", "bus"]


async def test_what_ended_together_is_kept_and_whoever_came_too_late_is_counted(
    database: Database,
) -> None:
    async with database.write() as connection:
        notice = _notice("bus", Category.ANNOUNCEMENT)
        await sending.put(connection, [(f"guest{n}", notice) for n in range(6)], NOON)
    mine = await _claimed(database, 0, 4)
    # The claim of one of them ran out, and somebody else has it.
    (other,) = [one for one in await _claimed(database, 41, 6) if one.id == mine[0].id]
    ended = [Ended(one, State.SENT, at(42), 1, channel="mail") for one in mine[:1]]
    ended += [Ended(other, State.FAILED, at(42), 2, why="no such address")]
    async with database.write() as connection:
        assert await sending.end(connection, ended) == 1
        figures = await sending.figures(connection, ["bus"])
        assert figures == {"bus": {State.FAILED: 1, State.WAITING: 5}}
        assert await sending.reasons(connection, ["bus"]) == {"bus": [("no such address", 1)]}


async def test_two_processes_share_what_is_due_and_neither_gets_what_the_other_has(
    database: Database,
) -> None:
    async with database.write() as connection:
        notice = _notice("bus", Category.ANNOUNCEMENT)
        await sending.put(connection, [(f"guest{n}", notice) for n in range(20)], NOON)
    found = await asyncio.gather(*(_claimed(database, 1, 10) for _ in range(4)))
    ids = [one.id for some in found for one in some]
    assert len(ids) == len(set(ids))
    assert len(ids) + len(await _claimed(database, 1, 20)) == 20
