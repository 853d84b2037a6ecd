"""What the database itself refuses, whoever writes to it: the invariants of the contract."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from host.contract import Capability, Event
from host.store import events, idempotency, prizes, room_apps, winners
from host.store.engine import Database
from host.store.tables import participants, room_capabilities, rooms
from host.store.tables import prizes as prize_table
from host.store.tables import winners as winner_table
from tests.store import rows
from tests.store.rows import NOON, Hall

Write = Callable[[AsyncConnection], Awaitable[Any]]


@pytest.fixture
async def hall(database: Database) -> Hall:
    async with database.write() as conn:
        return await rows.hall(conn)


async def write(database: Database, *operations: Write) -> None:
    """Each operation in a transaction of its own."""
    for operation in operations:
        async with database.write() as conn:
            await operation(conn)


async def refused(database: Database, operation: Write) -> None:
    """The database refuses the operation as a whole."""
    with pytest.raises(IntegrityError):
        await write(database, operation)


async def test_nobody_is_in_a_room_twice(database: Database, hall: Hall) -> None:
    def again(conn: AsyncConnection) -> Awaitable[Any]:
        values = {"id": "other", "room_id": hall.room, "user_id": hall.olga, "role": "VIEWER"}
        more = {"metadata": {}, "joined_at": NOON, "updated_at": NOON}
        return conn.execute(participants.insert().values(**values, **more))

    await refused(database, again)


async def test_nobody_holds_the_same_prize_twice(database: Database, hall: Hall) -> None:
    await write(database, lambda conn: rows.win(conn, hall, "first", hall.organizer))
    await refused(database, lambda conn: rows.win(conn, hall, "second", hall.organizer))


async def test_after_a_revoke_the_prize_can_be_won_again_and_both_records_stay(
    database: Database, hall: Hall
) -> None:
    await write(
        database,
        lambda conn: rows.win(conn, hall, "first", hall.organizer),
        lambda conn: winners.revoke(conn, "first", NOON),
        lambda conn: rows.win(conn, hall, "second", hall.organizer),
    )
    async with database.read() as conn:
        query = sa.select(sa.func.count()).select_from(winner_table)
        assert (await conn.execute(query)).scalar_one() == 2


async def test_no_more_units_are_awarded_than_there_are(database: Database, hall: Hall) -> None:
    await write(
        database,
        lambda conn: conn.execute(prize_table.update().values(awarded=2)),
    )
    await refused(database, lambda conn: conn.execute(prize_table.update().values(awarded=3)))
    await refused(database, lambda conn: conn.execute(prize_table.update().values(quantity=1)))
    await refused(database, lambda conn: conn.execute(prize_table.update().values(awarded=-1)))


async def test_taking_units_takes_all_of_them_or_none(database: Database, hall: Hall) -> None:
    async with database.write() as conn:
        assert not await prizes.take_units(conn, hall.prize, 3)
        assert await prizes.take_units(conn, hall.prize, 2)
        assert not await prizes.take_units(conn, hall.prize, 1)


async def test_a_prize_that_was_won_is_not_deleted(database: Database, hall: Hall) -> None:
    await write(database, lambda conn: conn.execute(prize_table.update().values(awarded=1)))
    await refused(database, lambda conn: conn.execute(prize_table.update().values(deleted_at=NOON)))


async def test_a_capability_has_one_answerer_in_a_room(database: Database, hall: Hall) -> None:
    async def second_app(conn: AsyncConnection) -> None:
        await rows.application(conn, "second")
        await room_apps.put(
            conn,
            room_id=hall.room,
            app_id="second",
            settings={},
            manifest_version="1.0.0",
            now=NOON,
        )

    await write(
        database,
        second_app,
        lambda conn: room_apps.delegate(conn, hall.room, Capability.WINNER_SELECTION, "lot"),
    )

    def beside(conn: AsyncConnection) -> Awaitable[Any]:
        values = {"room_id": hall.room, "capability": "winnerSelection", "app_id": "second"}
        return conn.execute(room_capabilities.insert().values(**values))

    await refused(database, beside)


async def test_only_an_application_that_is_on_in_the_room_answers_there(
    database: Database, hall: Hall
) -> None:
    await write(database, lambda conn: rows.application(conn, "elsewhere"))
    await refused(
        database,
        lambda conn: room_apps.delegate(conn, hall.room, Capability.PRIZE_FUND, "elsewhere"),
    )


async def test_a_room_names_only_a_manifest_version_that_is_kept(
    database: Database, hall: Hall
) -> None:
    await refused(
        database,
        lambda conn: room_apps.change(conn, hall.room, "lot", NOON, manifest_version="9.9.9"),
    )


async def test_a_winner_its_participant_and_its_prize_are_of_one_room(
    database: Database, hall: Hall
) -> None:
    async def next_door(conn: AsyncConnection) -> None:
        await rows.room(conn, "door", hall.olga)
        await rows.part(conn, "door", hall.olga)
        await rows.prize(conn, "door", "bear")

    await write(database, next_door)
    elsewhere = Hall("hall", hall.olga, hall.organizer, "bear")
    await refused(database, lambda conn: rows.win(conn, elsewhere, "w", hall.organizer))
    await refused(database, lambda conn: rows.win(conn, hall, "w", "in-door-olga"))


async def test_a_seq_is_given_once_in_a_room(database: Database, hall: Hall) -> None:
    event = Event(hall.room, "room:updated", {}, NOON, seq=1)
    await write(database, lambda conn: events.append(conn, [event]))
    await refused(database, lambda conn: events.append(conn, [event]))


async def test_a_join_code_opens_one_room(database: Database, hall: Hall) -> None:
    await write(database, lambda conn: rows.room(conn, "door", hall.olga))
    await refused(database, lambda conn: conn.execute(rooms.update().values(join_code="SAME")))


async def test_counts_never_fall_below_nothing(database: Database, hall: Hall) -> None:
    for column in ("participant_count", "prize_count", "winner_count"):
        change = rooms.update().values({column: -1})
        await refused(database, lambda conn, change=change: conn.execute(change))  # type: ignore[misc]


async def test_roles_states_and_capabilities_are_those_of_the_contract(
    database: Database, hall: Hall
) -> None:
    await refused(database, lambda conn: conn.execute(participants.update().values(role="KING")))
    await refused(database, lambda conn: conn.execute(rooms.update().values(status="OPEN")))
    await refused(
        database,
        lambda conn: conn.execute(
            room_capabilities.insert().values(
                room_id=hall.room, capability="everything", app_id="lot"
            )
        ),
    )


async def test_an_idempotency_key_is_claimed_once_by_each_caller(database: Database) -> None:
    async def claim(caller: str) -> bool:
        ours = idempotency.Claimed(caller, "key", "ours")
        async with database.write() as conn:
            return await idempotency.claim(conn, ours, "print", NOON, NOON)

    assert [await claim(caller) for caller in ("user:a", "user:b", "user:a")] == [True, True, False]


async def test_an_address_belongs_to_one_account_whatever_its_case(database: Database) -> None:
    await write(database, lambda conn: rows.person(conn, "ada"))
    await refused(
        database,
        lambda conn: conn.execute(
            sa.text("UPDATE users SET email = 'Ada@example.com' WHERE id = 'ada'")
        ),
    )
