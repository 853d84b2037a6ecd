"""An application's own tables, without a host around them."""

from __future__ import annotations

import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from sqlalchemy import MetaData

from host.contract import AsyncDatabase
from host.store.engine import Database


@asynccontextmanager
async def own_tables(metadata: MetaData) -> AsyncIterator[AsyncDatabase]:
    """A fresh SQLite database with these tables, as `ctx.database()` gives it."""
    with tempfile.TemporaryDirectory(prefix="festoon-") as folder:
        database = Database(f"sqlite+aiosqlite:///{Path(folder) / 'tables.db'}")
        try:
            async with database.write() as connection:
                await connection.run_sync(metadata.create_all)
            yield database
        finally:
            await database.close()
