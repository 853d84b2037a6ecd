"""One way to write to a room: grouped, in order, and each caller with an answer of its own."""

from __future__ import annotations

import asyncio

import sqlalchemy as sa

from host.errors import Conflict
from host.ids import Sources
from host.services.writer import GROUP, RoomTransaction, RoomWriter
from host.store import rooms
from tests.services.desk import Desk, fails_after, joins, says


async def test_writes_that_arrive_together_share_a_transaction_and_each_has_its_answer(
    desk: Desk,
) -> None:
    answers = await desk.together(*(joins(desk, f"guest{n}") for n in range(10)))
    assert answers == [f"guest{n}" for n in range(10)]
    assert desk.outbox.heard == [list(range(1, 11))]
    async with desk.db.read() as conn:
        room = await rooms.get(conn, desk.hall.room)
    assert room is not None
    assert room.counts.participants == 10


async def test_a_group_is_no_longer_than_people_can_wait_for(desk: Desk) -> None:
    await desk.together(*(says("a:b") for _ in range(GROUP + 5)))
    assert [len(seqs) for seqs in desk.outbox.heard] == [GROUP, 5]


async def test_one_refusal_in_a_group_is_its_own_and_leaves_nothing(desk: Desk) -> None:
    refused = fails_after(joins(desk, "bad"), Conflict("You are already in this room."))
    first, second, third = await desk.together(joins(desk, "a"), refused, joins(desk, "b"))
    assert (first, third) == ("a", "b")
    assert isinstance(second, Conflict)
    log = await desk.log()
    assert [(e.seq, e.data["user"]) for e in log] == [(1, "a"), (2, "b")]
    async with desk.db.read() as conn:
        names = await conn.execute(sa.text("SELECT name FROM users ORDER BY name"))
        assert list(names.scalars()) == ["a", "b", "olga"]


async def test_what_the_database_refuses_in_a_group_is_a_conflict_for_its_caller_only(
    desk: Desk,
) -> None:
    answers = await desk.together(joins(desk, "a"), joins(desk, "a"), joins(desk, "b"))
    assert [type(answer) for answer in answers] == [str, Conflict, str]
    assert [e.data["user"] for e in await desk.log()] == ["a", "b"]


async def test_an_error_that_nobody_foresaw_reaches_its_caller_as_it_is(desk: Desk) -> None:
    answers = await desk.together(fails_after(says("a:b"), ZeroDivisionError()), says("c:d"))
    assert isinstance(answers[0], ZeroDivisionError)
    assert answers[1] == 1


async def test_seqs_have_no_gap_over_groups_and_refusals(desk: Desk) -> None:
    for _ in range(3):
        await desk.together(says("a:b"), fails_after(says("c:d"), Conflict("no")), says("e:f"))
    assert [e.seq for e in await desk.log()] == [1, 2, 3, 4, 5, 6]
    assert await desk.seq() == 6


async def test_writers_of_two_processes_share_one_rising_seq(desk: Desk) -> None:
    other = RoomWriter(desk.db, Sources(), desk.outbox)
    await asyncio.gather(
        *(w.write(desk.hall.room, says("a:b")) for _ in range(20) for w in (desk.writer, other))
    )
    assert [e.seq for e in await desk.log()] == list(range(1, 41))


async def test_an_operation_sees_the_counts_and_the_seq_of_those_before_it(desk: Desk) -> None:
    async def look(tx: RoomTransaction) -> tuple[int, int]:
        return tx.room.counts.participants, tx.seq

    answers = await desk.together(joins(desk, "a"), look, joins(desk, "b"), look)
    assert answers == ["a", (1, 1), "b", (2, 2)]


async def test_an_answer_comes_only_after_its_events_were_announced(desk: Desk) -> None:
    seq = await desk.write(says("a:b"))
    assert desk.outbox.heard == [[seq]]


async def test_an_operation_that_writes_nothing_moves_nothing(desk: Desk) -> None:
    async def nothing(tx: RoomTransaction) -> str:
        return "looked"

    assert await desk.write(nothing) == "looked"
    assert desk.outbox.heard == []
    assert await desk.seq() == 0
