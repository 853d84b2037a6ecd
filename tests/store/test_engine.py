"""The two databases behind one face."""

from __future__ import annotations

import asyncio
import sqlite3
import threading
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from host.errors import ConfigurationError
from host.store import engine, rooms, sqlite
from host.store.engine import Database
from host.store.paging import PageRequest
from host.store.tables import rooms as room_table
from tests.realtime.evening import until
from tests.store.rows import NOON, hall, part, person


async def _names(db: Database) -> list[str]:
    async with db.read() as conn:
        return list((await conn.execute(sa.text("SELECT name FROM users"))).scalars())


async def _journal(db: Database) -> str:
    async with db.read() as conn:
        return str((await conn.execute(sa.text("PRAGMA journal_mode"))).scalar_one())


async def _advance(conn: AsyncConnection, room_id: str) -> None:
    """What every writer of a room does: read the counter under the lock, let others in, write."""
    locked = await rooms.lock(conn, room_id)
    assert locked is not None
    await asyncio.sleep(0)
    await rooms.update(conn, room_id, NOON, event_seq=locked.event_seq + 1)


async def test_what_a_write_did_is_there_for_everyone_afterwards(database: Database) -> None:
    async with database.write() as conn:
        await person(conn, "ada")
    assert await _names(database) == ["ada"]


async def test_a_write_that_raises_leaves_nothing(database: Database) -> None:
    async def write() -> None:
        async with database.write() as conn:
            await person(conn, "ada")
            raise RuntimeError("the power went")

    with pytest.raises(RuntimeError):
        await write()
    assert await _names(database) == []


async def test_a_write_that_is_cancelled_leaves_nothing_and_blocks_nobody(
    database: Database,
) -> None:
    inside = asyncio.Event()

    async def write() -> None:
        async with database.write() as conn:
            await person(conn, "ada")
            inside.set()
            await asyncio.Event().wait()

    task = asyncio.create_task(write())
    await inside.wait()
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    async with asyncio.timeout(30), database.write() as conn:
        await person(conn, "bea")
    assert await _names(database) == ["bea"]


async def test_a_reader_is_not_held_up_by_a_writer_and_sees_only_what_is_committed(
    database: Database,
) -> None:
    async with database.write() as conn:
        await person(conn, "ada")
        async with asyncio.timeout(30):
            assert await _names(database) == []


async def test_each_read_of_one_connection_sees_what_is_committed_by_then(
    database: Database,
) -> None:
    async with database.read() as reader:
        query = sa.text("SELECT count(*) FROM users")
        assert (await reader.execute(query)).scalar_one() == 0
        async with database.write() as conn:
            await person(conn, "ada")
        assert (await reader.execute(query)).scalar_one() == 1


async def test_a_writer_given_up_while_it_waits_for_the_file_holds_nothing_afterwards(
    sqlite_url: str,
) -> None:
    one, other = Database(sqlite_url), Database(sqlite_url, pool_size=1)

    async def write() -> None:
        async with other.write() as conn:
            await person(conn, "ada")

    assert await _names(other) == []
    async with one.write():
        task = asyncio.create_task(write())
        await until(lambda: other.engine.pool.checkedout() == 1)  # type: ignore[attr-defined]
        # Its BEGIN waits in the driver's thread, and comes to pass after it was given up.
        task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    async with asyncio.timeout(30), one.write() as conn:
        await person(conn, "bea")
    assert await _names(one) == ["bea"]
    assert await _names(other) == ["bea"]
    await one.close()
    await other.close()


async def test_a_server_that_was_restarted_costs_no_reader_and_no_writer_an_error(
    postgresql_url: str,
) -> None:
    db = Database(postgresql_url, pool_size=3)

    async def backend() -> int:
        async with db.read() as conn:
            return int((await conn.execute(sa.text("SELECT pg_backend_pid()"))).scalar_one())

    ended = set(await asyncio.gather(*(backend() for _ in range(3))))
    other = Database(postgresql_url)
    async with other.read() as conn:
        for pid in ended:
            await conn.execute(sa.text("SELECT pg_terminate_backend(:pid, 5000)"), {"pid": pid})
    await other.close()
    assert not ended & {await backend() for _ in range(3)}
    async with db.write() as conn:
        await person(conn, "ada")
    assert await _names(db) == ["ada"]
    await db.close()


async def test_a_connection_that_rested_long_is_asked_before_it_is_used(
    postgresql_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    db = Database(postgresql_url, pool_size=1)
    asked: list[object] = []
    dialect = db.engine.sync_engine.dialect
    ping = dialect.do_ping

    def noted(connection: Any) -> bool:
        asked.append(connection)
        return ping(connection)

    monkeypatch.setattr(dialect, "do_ping", noted)
    assert await _names(db) == []
    assert await _names(db) == []
    assert not asked
    monkeypatch.setattr(engine, "TRUSTED_SECONDS", 0.0)
    assert await _names(db) == []
    assert len(asked) == 1
    await db.close()


async def test_writers_of_one_room_take_turns_so_that_no_count_is_lost(
    database: Database,
) -> None:
    async with database.write() as conn:
        room_id = (await hall(conn)).room

    async def bump() -> None:
        async with database.write() as conn:
            locked = await rooms.lock(conn, room_id)
            assert locked is not None
            await asyncio.sleep(0)
            await rooms.update(
                conn, room_id, locked.room.updated_at, event_seq=locked.event_seq + 1
            )

    await asyncio.gather(*(bump() for _ in range(20)))
    async with database.read() as conn:
        assert await rooms.event_seq(conn, room_id) == 20


async def test_processes_that_share_a_sqlite_file_wait_for_each_other(sqlite_url: str) -> None:
    one, other = Database(sqlite_url), Database(sqlite_url)
    async with one.write() as conn:
        room_id = (await hall(conn)).room

    async def bump(db: Database) -> None:
        async with db.write() as conn:
            locked = await rooms.lock(conn, room_id)
            assert locked is not None
            await rooms.update(
                conn, room_id, locked.room.updated_at, event_seq=locked.event_seq + 1
            )

    await asyncio.gather(*(bump(db) for db in (one, other) for _ in range(10)))
    async with one.read() as conn:
        assert await rooms.event_seq(conn, room_id) == 20
    await one.close()
    await other.close()


async def test_sqlite_keeps_foreign_keys_and_survives_the_power(sqlite_url: str) -> None:
    db = Database(sqlite_url)
    async with db.read() as conn:
        found = {
            name: (await conn.execute(sa.text(f"PRAGMA {name}"))).scalar_one()
            for name in ("foreign_keys", "journal_mode", "synchronous")
        }
    assert found == {"foreign_keys": 1, "journal_mode": "wal", "synchronous": 2}
    await db.close()


async def test_a_new_file_that_another_process_is_just_making_is_waited_for(
    tmp_path: Path,
) -> None:
    other = sqlite3.connect(tmp_path / "new.db", isolation_level=None, check_same_thread=False)
    other.execute("BEGIN IMMEDIATE")
    db = Database(f"sqlite+aiosqlite:///{tmp_path / 'new.db'}")
    opening = asyncio.create_task(_journal(db))
    with pytest.raises(asyncio.TimeoutError):
        await asyncio.wait_for(asyncio.shield(opening), 0.2)
    other.execute("COMMIT")
    assert await opening == "wal"
    await db.close()
    other.close()


async def test_a_new_file_that_another_process_never_lets_go_is_given_up(tmp_path: Path) -> None:
    other = sqlite3.connect(tmp_path / "new.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(sqlite3.OperationalError, match="locked"):
        await sqlite.connect(str(tmp_path / "new.db"), timeout=0.05)
    other.close()


@pytest.mark.parametrize("fails", [False, True])
def test_who_gives_up_opening_a_file_and_ends_leaves_no_thread_and_no_connection(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fails: bool
) -> None:
    may_go_on = threading.Event()
    opened: list[sqlite3.Connection] = []

    def opens(*_: Any, **__: Any) -> sqlite3.Connection:
        assert may_go_on.wait(60)
        if fails:
            raise sqlite3.OperationalError("no such folder")
        opened.append(sqlite3.connect(tmp_path / "new.db", check_same_thread=False))
        return opened[0]

    monkeypatch.setattr(sqlite, "_open", opens)
    connection = sqlite.connect("", timeout=1)

    async def gives_up() -> None:
        opening = asyncio.ensure_future(connection)
        await asyncio.sleep(0)
        opening.cancel()
        await asyncio.wait([opening])

    asyncio.run(gives_up())
    # Only now, after the end of the loop, is there anything to be told.
    may_go_on.set()
    connection._thread.join(60)
    assert not connection._thread.is_alive()
    for one in opened:
        with pytest.raises(sqlite3.ProgrammingError, match="closed"):
            one.execute("SELECT 1")


async def test_searching_finds_letters_of_any_alphabet_whatever_their_case(
    database: Database,
) -> None:
    async with database.write() as conn:
        found = await hall(conn)
        await conn.execute(room_table.update().values(name="Новый Год"))
        await part(conn, found.room, await person(conn, "ada"))
    found_anywhere = ["Новый", "ый Г"]
    # The tests' PostgreSQL has the locale C, which knows only the case of ASCII.
    by_case = ["новый", "ГОД", "й г"] if database.dialect == "sqlite" else []
    for text in (*found_anywhere, *by_case):
        async with database.read() as conn:
            page = await rooms.find(
                conn,
                rooms.RoomFilter(text=text),
                PageRequest(),
                viewer_id="ada",
            )
        assert [room.id for room in page.items] == [found.room], text


async def test_searching_takes_percent_and_underscore_for_what_they_are(
    database: Database,
) -> None:
    async with database.write() as conn:
        found = await hall(conn)
        await conn.execute(room_table.update().values(name="100% fun_"))

    async def hits(text: str) -> int:
        async with database.read() as conn:
            page = await rooms.find(
                conn, rooms.RoomFilter(text=text), PageRequest(), viewer_id=found.olga
            )
        return len(page.items)

    assert [await hits(t) for t in ("0% f", "n_", "%%", "f_n", "\\", "100% FUN_")] == [
        1,
        1,
        0,
        0,
        0,
        1,
    ]


@pytest.mark.parametrize(
    "url", ["mysql://x", "postgresql://x/y", "sqlite:///x.db", "not a url", ""]
)
def test_a_database_url_that_cannot_work_says_so_in_one_line(url: str) -> None:
    with pytest.raises(ConfigurationError) as refused:
        Database(url)
    assert "FESTOON_DATABASE_URL" in refused.value.message
    assert "\n" not in refused.value.message
