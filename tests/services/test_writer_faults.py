"""What happens to the writes of a room when something goes wrong."""

from __future__ import annotations

import asyncio

import pytest
import sqlalchemy as sa

from host.contract import Event
from host.errors import Conflict, NotFound, Unavailable, ValidationFailed
from host.services.idempotency import Claim, claimed
from host.services.text import DEPTH, unstorable
from host.services.writer import RoomTransaction
from host.store import idempotency, rooms
from host.store.idempotency import Claimed
from host.store.tables import events as event_table
from tests.services.desk import Desk, fails_after, joins, says
from tests.store import rows
from tests.store.rows import NOON


async def test_an_operation_that_ends_the_transaction_for_all_leaves_nothing_of_any(
    desk: Desk,
) -> None:
    async def breaks(tx: RoomTransaction) -> None:
        # A seq that is taken: the database refuses the events of the whole group at the end.
        tx.pending.events.append(Event(desk.hall.room, "x:y", {}, NOON, seq=1))

    answers = await desk.together(joins(desk, "a"), breaks, joins(desk, "b"))
    assert all(isinstance(answer, Conflict) for answer in answers)
    assert await desk.log() == []
    assert await desk.seq() == 0
    assert await desk.write(joins(desk, "a")) == "a"


async def test_a_write_to_a_room_that_is_not_there_is_not_found(desk: Desk) -> None:
    with pytest.raises(NotFound):
        await desk.writer.write("nowhere", says("a:b"))


async def test_a_write_to_a_deleted_room_is_not_found(desk: Desk) -> None:
    async with desk.db.write() as conn:
        await rooms.update(conn, desk.hall.room, NOON, deleted_at=NOON)
    with pytest.raises(NotFound):
        await desk.write(says("a:b"))


async def test_one_caller_who_gives_up_does_not_take_the_others_along(desk: Desk) -> None:
    started, go = asyncio.Event(), asyncio.Event()

    async def slow(tx: RoomTransaction) -> int:
        started.set()
        await go.wait()
        return tx.emit("slow:done", {})

    first = asyncio.create_task(desk.write(slow))
    await started.wait()
    waiting = [asyncio.create_task(desk.write(says("a:b"))) for _ in range(3)]
    waiting[1].cancel()
    first.cancel()
    go.set()
    assert [await waiting[0], await waiting[2]] == [2, 3]
    assert [e.event for e in await desk.log()] == ["slow:done", "a:b", "a:b"]


async def test_closing_waits_for_what_was_asked_for(desk: Desk) -> None:
    asked = [asyncio.create_task(desk.write(says("a:b"))) for _ in range(5)]
    await asyncio.sleep(0)
    await desk.writer.close()
    assert await asyncio.gather(*asked) == [1, 2, 3, 4, 5]


async def test_a_database_that_fails_is_unavailable_and_the_next_write_goes_through(
    desk: Desk,
) -> None:
    async def loses_the_connection(tx: RoomTransaction) -> None:
        tx.emit("a:b", {})
        raw = await tx.conn.get_raw_connection()
        driver = raw.driver_connection
        assert driver is not None
        if desk.db.dialect == "sqlite":
            await tx.conn.execute(sa.text("SELECT nothing FROM nowhere"))
        driver.terminate()
        await tx.conn.execute(sa.select(event_table))

    with pytest.raises(Unavailable):
        await desk.write(loses_the_connection)
    assert await desk.write(says("c:d")) == 1


async def test_the_answer_under_an_idempotency_key_is_kept_with_what_it_tells(
    desk: Desk,
) -> None:
    olgas = Claimed("user:olga", "key", "first")
    claim = Claim(olgas, 201, lambda result: str(result).encode())

    async def kept() -> idempotency.KeptAnswer | None:
        async with desk.db.read() as conn:
            return await idempotency.get(conn, "user:olga", "key")

    async with desk.db.write() as conn:
        assert await idempotency.claim(conn, olgas, "print", NOON, NOON)
    with claimed.during(claim):
        refused, _ = await asyncio.gather(
            desk.write(fails_after(says("a:b"), Conflict("no"))),
            desk.writer.write(desk.hall.room, says("c:d"), answers_call=False),
            return_exceptions=True,
        )
    assert isinstance(refused, Conflict)
    found = await kept()
    assert found is not None
    assert found.status is None
    with claimed.during(claim):
        await desk.write(says("e:f"))
    found = await kept()
    assert found is not None
    assert (found.status, found.body) == (201, b"2")


async def test_a_call_that_was_taken_for_dead_writes_nothing_once_another_has_its_key(
    desk: Desk,
) -> None:
    slow, quick = (Claimed("user:olga", "slow", claim) for claim in ("slow", "quick"))
    async with desk.db.write() as conn:
        assert await idempotency.claim(conn, slow, "print", NOON, NOON)
        assert not await idempotency.claim(conn, quick, "print", NOON, NOON)
        known = await idempotency.get(conn, "user:olga", "slow")
        assert known is not None
        await idempotency.forget(conn, "user:olga", "slow", known)
        assert await idempotency.claim(conn, quick, "print", NOON, NOON)
        # What somebody knew before is not what is there now.
        await idempotency.forget(conn, "user:olga", "slow", known)
    with claimed.during(Claim(slow, 201, lambda _: b"slow")):
        with pytest.raises(Conflict) as refused:
            await desk.write(says("a:slow"))
        assert refused.value.headers["Retry-After"]
    with claimed.during(Claim(quick, 201, lambda _: b"quick")):
        await asyncio.gather(desk.write(says("a:quick")), desk.write(says("a:quick")))
    async with desk.db.read() as conn:
        written = (await conn.execute(sa.select(event_table.c.event))).scalars()
        assert set(written) == {"a:quick"}
        kept = await idempotency.get(conn, "user:olga", "slow")
        assert kept is not None
        assert kept.body == b"quick"


@pytest.mark.parametrize(
    ("name", "data", "audience"),
    [
        ("a:b", {"text": "a\x00b"}, "all"),
        ("a:b", {"\x00": 1}, "all"),
        ("a:b", {"text": "\ud83c"}, "all"),
        ("a:b", {"odds": float("inf")}, "all"),
        ("a:b", {"seen": {1, 2}}, "all"),
        ("a:" + "b" * 119, {}, "all"),
        ("a:b\x00", {}, "all"),
        ("a:b", {}, "user:" + "x" * 76),
    ],
)
async def test_an_event_that_cannot_be_kept_is_refused_before_it_harms_its_group(
    desk: Desk, name: str, data: dict[str, object], audience: str
) -> None:
    async def bad(tx: RoomTransaction) -> int:
        return tx.emit(name, data, audience=audience)

    answers = await desk.together(joins(desk, "a"), bad, joins(desk, "b"))
    assert answers[0::2] == ["a", "b"]
    assert isinstance(answers[1], ValidationFailed)
    assert [e.data["user"] for e in await desk.log()] == ["a", "b"]


async def test_what_came_in_with_all_the_nesting_that_is_allowed_fits_into_its_event(
    desk: Desk,
) -> None:
    metadata: dict[str, object] = {}
    for _ in range(DEPTH - 2):
        metadata = {"in": metadata}
    assert unstorable({"metadata": metadata}) is None

    async def deep(tx: RoomTransaction) -> int:
        return tx.emit("winner:selected", {"participant": {"metadata": metadata}})

    assert await desk.write(deep) == 1


async def test_what_the_database_cannot_hold_is_told_as_such(desk: Desk) -> None:
    async def nul(tx: RoomTransaction) -> None:
        await rows.person(tx.conn, "a\x00b")
        tx.emit("participant:joined", {"user": "a\x00b"})

    answers = await desk.together(joins(desk, "a"), nul, joins(desk, "b"))
    assert [type(answer) for answer in answers] == [str, ValidationFailed, str]
