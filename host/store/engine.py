"""One database, two dialects: SQLite for a laptop, PostgreSQL for a fleet.

`read()` gives a connection for single reads, `write()` one transaction. On SQLite a writer
begins with BEGIN IMMEDIATE, so that it meets other writers at the start and not at the commit.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import orjson
from sqlalchemy import event
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from host.errors import ConfigurationError

BUSY_SECONDS = 15
"""How long a SQLite writer waits for another process's transaction."""


def _dumps(value: Any) -> str:
    return orjson.dumps(value).decode()


class Database:
    """The engine with its dialect's habits.

    `pool_size` bounds the connections of this process; a caller past it waits for one.
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
        options: dict[str, Any] = {"json_serializer": _dumps, "json_deserializer": orjson.loads}
        if self.dialect == "sqlite":
            options["connect_args"] = {"timeout": BUSY_SECONDS}
        else:
            options |= {"pool_size": pool_size, "max_overflow": 0, "pool_pre_ping": True}
        self.engine: AsyncEngine = create_async_engine(parsed, **options)
        # SQLite has one writer: waiting here is fair and cheap, waiting in the file is neither.
        self._sqlite_writer = asyncio.Lock()
        if self.dialect == "sqlite":
            event.listen(self.engine.sync_engine, "connect", _sqlite_connect)
            event.listen(self.engine.sync_engine, "begin", _sqlite_begin)

    @asynccontextmanager
    async def read(self) -> AsyncIterator[AsyncConnection]:
        """A connection for reading; each statement sees what is committed."""
        async with self.engine.connect() as connection:
            if self.dialect == "postgresql":
                await connection.execution_options(isolation_level="AUTOCOMMIT")
            yield connection

    @asynccontextmanager
    async def write(self) -> AsyncIterator[AsyncConnection]:
        """One transaction: committed at the end, rolled back by any exception."""
        if self.dialect == "postgresql":
            async with self.engine.begin() as connection:
                yield connection
            return
        async with self._sqlite_writer, self.engine.connect() as connection:
            await connection.execution_options(festoon_writes=True)
            async with connection.begin():
                yield connection

    async def close(self) -> None:
        """Closes every connection."""
        await self.engine.dispose()


def _sqlite_connect(connection: Any, _record: Any) -> None:
    # The driver must not begin transactions by itself: `_sqlite_begin` says how they begin.
    connection.isolation_level = None
    cursor = connection.cursor()
    cursor.execute("PRAGMA journal_mode = WAL")
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
    writes = connection.get_execution_options().get("festoon_writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
