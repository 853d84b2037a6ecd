"""One way to write to a room: grouped, in order, and each caller with an answer of its own."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass

import pytest
import sqlalchemy as sa

from host.contract import Event
from host.errors import Conflict, NotFound, Unavailable, ValidationFailed
from host.ids import Sources
from host.realtime.channels import Channels
from host.services.idempotency import Claim, claimed
from host.services.outbox import Outbox
from host.services.text import DEPTH, unstorable
from host.services.writer import GROUP, RoomTransaction, RoomWriter
from host.store import events, idempotency, rooms
from host.store.engine import Database
from host.store.tables import events as event_table
from host.store.tables import outbox as outbox_table
from tests.store import rows
from tests.store.rows import NOON, Hall

Operation = Callable[[RoomTransaction], Awaitable[object]]


class Announcements(Outbox):
    """Keeps what was announced, in order, and publishes it as ever."""

    def __init__(self, db: Database, channels: Channels, sources: Sources) -> None:
        super().__init__(db, channels, sources)
        self.heard: list[list[int | None]] = []

    async def announce(self, room_id: str, events: object, outbox_id: str) -> None:
        """As the outbox does."""
        assert isinstance(events, list)
        self.heard.append([event.seq for event in events])
        await super().announce(room_id, events, outbox_id)


@dataclass
class Desk:
    """A room, and the writer that everyone brings their writes to."""

    db: Database
    writer: RoomWriter
    outbox: Announcements
    hall: Hall

    async def log(self) -> list[Event]:
        async with self.db.read() as conn:
            return await events.read_after(conn, self.hall.room, 0, 1000)

    async def seq(self) -> int:
        async with self.db.read() as conn:
            return await rooms.event_seq(conn, self.hall.room)

    async def write(self, operation: Operation) -> object:
        return await self.writer.write(self.hall.room, operation)

    async def together(self, *operations: Operation) -> list[object]:
        """Asked for in one breath: results, and refusals in their places."""
        return await asyncio.gather(*map(self.write, operations), return_exceptions=True)


@pytest.fixture
async def desk(database: Database) -> AsyncIterator[Desk]:
    async with database.write() as conn:
        hall = await rows.hall(conn)
    channels, sources = Channels("memory://"), Sources(now=lambda: rows.at(60))
    await channels.start()
    outbox = Announcements(database, channels, sources)
    writer = RoomWriter(database, sources, outbox)
    yield Desk(database, writer, outbox, hall)
    await writer.close()
    await channels.stop()


def says(name: str) -> Operation:
    """Emits one event and answers its seq."""

    async def operation(tx: RoomTransaction) -> int:
        return tx.emit(name, {})

    return operation


def joins(desk: Desk, user: str) -> Operation:
    """A new person joins, and the room hears of it."""

    async def operation(tx: RoomTransaction) -> str:
        await rows.person(tx.conn, user)
        await rows.part(tx.conn, desk.hall.room, user)
        tx.count(participants=1)
        tx.emit("participant:joined", {"user": user})
        return user

    return operation


def fails_after(operation: Operation, error: Exception) -> Operation:
    """Does the whole of an operation, and then raises."""

    async def failing(tx: RoomTransaction) -> None:
        await operation(tx)
        raise error

    return failing


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


async def test_each_transaction_leaves_one_range_in_the_outbox_until_it_is_forgotten(
    desk: Desk,
) -> None:
    await desk.together(says("a:b"), says("c:d"))
    async with desk.db.read() as conn:
        found = (await conn.execute(sa.select(outbox_table))).one()
    assert (found.first_seq, found.last_seq) == (1, 2)
    await desk.outbox.close()
    async with desk.db.read() as conn:
        assert (await conn.execute(sa.select(outbox_table))).all() == []


async def test_what_a_dead_process_did_not_announce_is_announced_at_the_next_start(
    desk: Desk,
) -> None:
    async with desk.db.write() as conn:
        await events.append(conn, [Event(desk.hall.room, "a:b", {}, NOON, seq=1)])
        await events.put_in_outbox(conn, "left", desk.hall.room, 1, 1, NOON)
    await desk.outbox.start()
    assert desk.outbox.heard == [[1]]
    await desk.outbox.close()


async def test_a_write_to_a_room_that_is_not_there_is_not_found(desk: Desk) -> None:
    with pytest.raises(NotFound):
        await desk.writer.write("nowhere", says("a:b"))


async def test_a_write_to_a_deleted_room_is_not_found(desk: Desk) -> None:
    async with desk.db.write() as conn:
        await rooms.update(conn, desk.hall.room, NOON, deleted_at=NOON)
    with pytest.raises(NotFound):
        await desk.write(says("a:b"))


async def test_an_operation_that_writes_nothing_moves_nothing(desk: Desk) -> None:
    async def nothing(tx: RoomTransaction) -> str:
        return "looked"

    assert await desk.write(nothing) == "looked"
    assert desk.outbox.heard == []
    assert await desk.seq() == 0


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
    claim = Claim("user:olga", "key", 201, lambda result: str(result).encode())

    async def kept() -> idempotency.KeptAnswer | None:
        async with desk.db.read() as conn:
            return await idempotency.get(conn, "user:olga", "key")

    async with desk.db.write() as conn:
        await idempotency.claim(conn, "user:olga", "key", "print", NOON, NOON)
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
