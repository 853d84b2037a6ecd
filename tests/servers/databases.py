"""Fresh, migrated databases, quickly: each is a copy of a template that was migrated once."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from pathlib import Path

from host.apps.migrate import migrate_all
from host.config import Config
from tests.servers.postgresql import PostgreSQL

TEMPLATE = "festoon_template"
COPY = f"TEMPLATE {TEMPLATE} STRATEGY FILE_COPY"
"""The other strategy writes every page to the log as well."""


async def migrate(url: str) -> None:
    """Brings the tables of the host and of what is installed to the newest version: a host that
    finds them so starts in a quarter of the time.
    """
    await migrate_all(Config(database_url=url))


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
        self._dropped: list[str] = []

    def create(self) -> str:
        """The address of a new, migrated database."""
        self.server.start()
        name = f"festoon_{next(self._numbers)}"
        drops = [f"DROP DATABASE IF EXISTS {name} WITH (FORCE)" for name in self._dropped]
        self.server.execute(*drops, f"CREATE DATABASE {name} {COPY}")
        self._dropped.clear()
        return self.server.url(name)

    def drop(self, url: str) -> None:
        """Removes a database that was created here, and whoever is still connected to it.

        When the next one is made: to ask the server costs as much as what it is asked.
        """
        self._dropped.append(url.rpartition("/")[2])
