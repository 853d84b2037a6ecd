"""One database, two dialects: SQLite for a laptop, PostgreSQL for a fleet.

`read()` gives a connection for single reads, `write()` one transaction. On SQLite a writer
begins with BEGIN IMMEDIATE, so that it meets other writers at the start and not at the commit.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import orjson
from sqlalchemy import event
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, DisconnectionError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from host.errors import ConfigurationError
from host.store.lane import TRUSTED_SECONDS, Lane

BUSY_SECONDS = 15
"""How long a SQLite writer waits for another process's transaction."""


def _dumps(value: Any) -> str:
    return orjson.dumps(value).decode()


class Database:
    """The engine with its dialect's habits.

    `pool_size` bounds the connections of this process; a caller past it waits for one. On
    PostgreSQL half of them are the `lane`'s, for the statements that are asked most.
    """

    def __init__(self, url: str, *, pool_size: int = 20) -> None:
        """`url` names the driver: `sqlite+aiosqlite:///…` or `postgresql+asyncpg://…`."""
        try:
            parsed = make_url(url)
        except ArgumentError as error:
            raise ConfigurationError(
                f"FESTOON_DATABASE_URL is not a database URL: {error}"
            ) from None
        if parsed.drivername not in ("sqlite+aiosqlite", "postgresql+asyncpg"):
            raise ConfigurationError(
                "FESTOON_DATABASE_URL must begin with sqlite+aiosqlite:/// or "
                f"postgresql+asyncpg://, not {parsed.drivername}://"
            )
        self.dialect = "sqlite" if parsed.drivername.startswith("sqlite") else "postgresql"
        options: dict[str, Any] = {
            "json_serializer": _dumps,
            "json_deserializer": orjson.loads,
            # An error goes into the log; addresses, hashes and what people wrote do not.
            "hide_parameters": True,
        }
        if self.dialect == "sqlite":
            from host.store import sqlite  # SQLite itself, which no PostgreSQL needs

            options["connect_args"] = {
                "timeout": BUSY_SECONDS,
                "async_creator_fn": sqlite.connect,
            }
        self.lane: Lane | None = None
        if self.dialect == "postgresql":
            self.lane = Lane(parsed, pool_size // 2)
            pool_size -= pool_size // 2
        if parsed.database != ":memory:":
            options |= {"pool_size": pool_size, "max_overflow": 0}
        self.engine: AsyncEngine = create_async_engine(parsed, **options)
        # SQLite has one writer: waiting here is fair and cheap, waiting in the file is neither.
        self._sqlite_writer = asyncio.Lock()
        self._after_commit: dict[AsyncConnection, list[Callable[[], None]]] = {}
        if self.dialect == "sqlite":
            event.listen(self.engine.sync_engine, "connect", _sqlite_connect)
            event.listen(self.engine.sync_engine, "begin", _sqlite_begin)
            self._reading = self.engine.execution_options(festoon_reads=True)
            self._writing = self.engine.execution_options(festoon_writes=True)
        else:
            event.listen(self.engine.sync_engine, "checkin", _rests)
            event.listen(self.engine.sync_engine, "checkout", self._look_at)
            self._reading = self.engine.execution_options(isolation_level="AUTOCOMMIT")
            self._writing = self.engine

    @asynccontextmanager
    async def read(self) -> AsyncIterator[AsyncConnection]:
        """A connection for reading; each statement sees what is committed."""
        async with self._reading.connect() as connection:
            yield connection

    @asynccontextmanager
    async def write(self) -> AsyncIterator[AsyncConnection]:
        """One transaction: committed at the end, rolled back by any exception."""
        calls: list[Callable[[], None]] = []
        async with self._begin() as connection:
            self._after_commit[connection] = calls
            try:
                yield connection
            finally:
                del self._after_commit[connection]
        for call in calls:
            call()

    def after_commit(self, connection: AsyncConnection, call: Callable[[], None]) -> None:
        """Has `call` called once the transaction that `write` gave is committed, else never."""
        self._after_commit[connection].append(call)

    @asynccontextmanager
    async def _begin(self) -> AsyncIterator[AsyncConnection]:
        if self.dialect == "postgresql":
            async with self._writing.begin() as connection:
                yield connection
            return
        async with self._sqlite_writer, self._writing.begin() as connection:
            yield connection

    @asynccontextmanager
    async def migrate(self) -> AsyncIterator[AsyncConnection]:
        """As `write`, for changing tables.

        SQLite changes a table by writing it anew, which its foreign keys forbid; so they are
        off until the end, and the end refuses what would break one.
        """
        if self.dialect == "postgresql":
            async with self._writing.begin() as connection:
                yield connection
            return
        async with self._sqlite_writer, self._reading.connect() as connection:
            # Without effect inside a transaction, so before it.
            await connection.exec_driver_sql("PRAGMA foreign_keys = OFF")
            await connection.commit()
            try:
                async with connection.begin():
                    await connection.exec_driver_sql("BEGIN IMMEDIATE")
                    yield connection
                    broken = await connection.exec_driver_sql("PRAGMA foreign_key_check")
                    if rows := broken.all():
                        raise RuntimeError(f"rows would be left without what they name: {rows[:3]}")
            finally:
                await connection.exec_driver_sql("PRAGMA foreign_keys = ON")
                await connection.commit()

    async def close(self) -> None:
        """Closes every connection."""
        if self.lane is not None:
            await self.lane.close()
        await self.engine.dispose()

    def _look_at(self, connection: Any, record: Any, _proxy: Any) -> None:
        """Refuses a connection that is gone; the pool then opens another in its place."""
        if connection.driver_connection.is_closed():
            raise DisconnectionError("The server has closed this connection.")
        resting_since = record.info.get("resting_since")
        # A question to the server each time would cost as much as a short read.
        if resting_since is None or time.monotonic() - resting_since < TRUSTED_SECONDS:
            return
        dialect = self.engine.sync_engine.dialect
        try:
            dialect.do_ping(connection)
        except dialect.loaded_dbapi.Error as error:
            raise DisconnectionError("The server does not answer here any more.") from error


def _sqlite_connect(connection: Any, _record: Any) -> None:
    # The driver must not begin transactions by itself: `_sqlite_begin` says how they begin.
    connection.isolation_level = None
    cursor = connection.cursor()
    # FULL: an acknowledged write is on disk even when the power goes.
    cursor.execute("PRAGMA synchronous = FULL")
    cursor.execute("PRAGMA foreign_keys = ON")
    cursor.execute(f"PRAGMA busy_timeout = {BUSY_SECONDS * 1000}")
    cursor.close()
    # SQLite's own knows only ASCII, so a search would miss names in most of the world's letters.
    connection.create_function("lower", 1, _lower, deterministic=True)


def _lower(value: object) -> object:
    return value.lower() if isinstance(value, str) else value


def _sqlite_begin(connection: Any) -> None:
    options = connection.get_execution_options()
    if not options.get("festoon_reads", False):
        writes = options.get("festoon_writes", False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _rests(_connection: Any, record: Any) -> None:
    record.info["resting_since"] = time.monotonic()
