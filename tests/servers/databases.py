"""Fresh, migrated databases, quickly: each is a copy of a template that was migrated once."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection

from host.store.engine import Database
from tests.servers.postgresql import PostgreSQL

MIGRATIONS = Path(__file__).resolve().parents[2] / "migrations"
TEMPLATE = "festoon_template"


async def migrate(url: str) -> None:
    """Brings the host's tables of a database to the newest version."""
    database = Database(url)
    try:
        async with database.engine.connect() as connection:
            await connection.run_sync(_upgrade)
            await connection.commit()
    finally:
        await database.close()


def _upgrade(connection: Connection) -> None:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


def run_apart(work: Coroutine[None, None, None]) -> None:
    """Runs a coroutine in a loop and a thread of its own: the tests' loops stay untouched."""
    with ThreadPoolExecutor(1) as thread:
        thread.submit(asyncio.run, work).result()


class SQLiteDatabases:
    """Copies of one migrated file."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.template = folder / "template.db"
        run_apart(migrate(f"sqlite+aiosqlite:///{self.template}"))
        self._numbers = count(1)

    def create(self) -> str:
        """The address of a new, migrated database."""
        path = self.folder / f"{next(self._numbers)}.db"
        shutil.copyfile(self.template, path)
        return f"sqlite+aiosqlite:///{path}"

    def drop(self, url: str) -> None:
        """Removes a database that was created here."""
        path = Path(url.removeprefix("sqlite+aiosqlite:///"))
        for file in path.parent.glob(f"{path.name}*"):
            file.unlink()


class PostgreSQLDatabases:
    """Copies of one migrated database of a server that may be killed in between."""

    def __init__(self, server: PostgreSQL) -> None:
        self.server = server
        server.execute(f"CREATE DATABASE {TEMPLATE}")
        run_apart(migrate(server.url(TEMPLATE)))
        self._numbers = count(1)

    def create(self) -> str:
        """The address of a new, migrated database."""
        self.server.start()
        name = f"festoon_{next(self._numbers)}"
        self.server.execute(f"CREATE DATABASE {name} TEMPLATE {TEMPLATE}")
        return self.server.url(name)

    def drop(self, url: str) -> None:
        """Removes a database that was created here, and whoever is still connected to it."""
        self.server.start()
        self.server.execute(f"DROP DATABASE {url.rpartition('/')[2]} WITH (FORCE)")
