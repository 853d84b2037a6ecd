"""SQLite's driver with one way to its thread and back for a statement, where it takes four."""

from __future__ import annotations

import asyncio
import sqlite3
import time
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial
from queue import SimpleQueue
from threading import Thread
from typing import Any, NamedTuple

import aiosqlite
from aiosqlite.core import _STOP_RUNNING_SENTINEL as LAST
from aiosqlite.core import set_exception, set_result

LOOKS_AGAIN_SECONDS = 0.01
"""How long an opening connection rests before it asks again for the journal it wants."""


class _Done(NamedTuple):
    """A statement that was run, with all that is asked of its cursor."""

    rows: list[Any]
    description: Any
    rowcount: int
    lastrowid: int | None


class _Cursor:
    """A cursor as SQLAlchemy's adapter uses it: run, fetch and close are one errand."""

    arraysize = 1

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._rows: deque[Any] = deque()
        self.description: Any = None
        self.rowcount = -1
        self.lastrowid: int | None = None

    async def __aenter__(self) -> _Cursor:
        return self

    async def execute(self, sql: str, parameters: Sequence[Any] = ()) -> _Cursor:
        """Runs a statement and fetches what it gives."""
        self._take(await self._connection.run(partial(_run, sql=sql, parameters=parameters)))
        return self

    async def executemany(self, sql: str, parameters: Sequence[Sequence[Any]]) -> _Cursor:
        """Runs a statement once for each of the parameters."""
        self._take(await self._connection.run(partial(_run_many, sql=sql, parameters=parameters)))
        return self

    async def fetchone(self) -> Any:
        """The next row, None at the end."""
        return self._rows.popleft() if self._rows else None

    async def fetchmany(self, size: int | None = None) -> list[Any]:
        """The next rows."""
        most = min(size or self.arraysize, len(self._rows))
        return [self._rows.popleft() for _ in range(most)]

    async def fetchall(self) -> list[Any]:
        """The rows that are left."""
        rows = list(self._rows)
        self._rows.clear()
        return rows

    async def close(self) -> None:
        """Forgets the rows; the statement has ended long before."""
        self._rows.clear()

    def _take(self, done: _Done) -> None:
        rows, self.description, self.rowcount, self.lastrowid = done
        self._rows = deque(rows)


class Connection(aiosqlite.Connection):
    """A connection that goes to its thread only where there is something to do."""

    _in_doubt = False
    """Whether an errand was given up that the thread may still be at."""

    def cursor(self) -> Any:
        """A cursor for one statement at a time."""
        return _Cursor(self)

    async def run(self, work: Callable[[sqlite3.Connection], _Done]) -> _Done:
        """What `work` gives, in the connection's thread."""
        done: _Done = await self._execute(work, self._conn)
        return done

    async def commit(self) -> None:
        """Commits what is open."""
        if self._is_open():
            await super().commit()

    async def rollback(self) -> None:
        """Rolls back what is open."""
        if self._is_open():
            await super().rollback()

    def _is_open(self) -> bool:
        # A BEGIN that nobody waits for any more may come to pass after we looked.
        return self._in_doubt or self._conn.in_transaction

    async def _execute(self, fn: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        try:
            result = await super()._execute(fn, *args, **kwargs)  # type: ignore[no-untyped-call]
        except asyncio.CancelledError:
            self._in_doubt = True
            raise
        except BaseException:
            self._in_doubt = False
            raise
        # The thread does one after the other: what came before is over, too.
        self._in_doubt = False
        return result


def connect(database: str, **options: Any) -> Connection:
    """For SQLAlchemy's `async_creator_fn`: a connection that is opened when it is awaited."""
    opened: list[sqlite3.Connection] = []

    def opens() -> sqlite3.Connection:
        opened.append(_open(database, **options))
        return opened[0]

    connection = Connection(opens, iter_chunk_size=64)
    # As SQLAlchemy does for its own: the thread must not keep a program that ends from ending.
    connection._thread = Thread(target=_serve, args=(connection._tx, opened), daemon=True)
    return connection


def _serve(errands: SimpleQueue[Any], opened: list[sqlite3.Connection]) -> None:
    """A connection's thread: one errand after the other, up to the last.

    Whoever asked may have given up, an event loop ended with them: then nobody is told, and what
    was opened for them is closed in the end all the same.
    """
    while True:
        future, errand = errands.get()
        tell: Callable[..., None] = set_result
        try:
            result = errand()
        except BaseException as error:
            tell, result = set_exception, error
        is_last = result is LAST
        if is_last:
            for one in opened:
                one.close()
        if future is not None:
            with suppress(RuntimeError):
                future.get_loop().call_soon_threadsafe(tell, future, result)
        if is_last:
            return
        del future, errand, result


def _open(database: str, *, timeout: float, **options: Any) -> sqlite3.Connection:
    connection: sqlite3.Connection = sqlite3.connect(database, timeout=timeout, **options)
    deadline = time.monotonic() + timeout
    # Readers and a writer go side by side in this journal. While another process is in the middle
    # of making a new file, SQLite refuses the change at once, whatever time it was given.
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY or time.monotonic() > deadline:
                connection.close()
                raise
            time.sleep(LOOKS_AGAIN_SECONDS)
        else:
            return connection


def _run(connection: sqlite3.Connection, *, sql: str, parameters: Sequence[Any]) -> _Done:
    return _done(connection.execute(sql, parameters))


def _run_many(
    connection: sqlite3.Connection, *, sql: str, parameters: Sequence[Sequence[Any]]
) -> _Done:
    return _done(connection.executemany(sql, parameters))


def _done(cursor: sqlite3.Cursor) -> _Done:
    try:
        rows = cursor.fetchall() if cursor.description else []
        return _Done(rows, cursor.description, cursor.rowcount, cursor.lastrowid)
    finally:
        cursor.close()
