"""Bringing the tables up to date: the host's, and each application's from its own package.

Every application has a version table of its own, so one that was removed or that fails is no
matter for the others, and its tables wait for its return. Each upgrade is one transaction, also
on SQLite: all of it or nothing. Processes that migrate at once take turns, on PostgreSQL by an
advisory lock, on SQLite by its one writer, and the later one finds nothing left to do.

An application's `migrations/` (or `migrations/versions/`) holds Alembic revisions and nothing
else: no `env.py`, since the connection, the version table and the transaction are the host's.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection

import host
from host.apps.names import version_table
from host.apps.revisions import MigrationFailed, newest
from host.store.engine import Database

# Any number, as long as every host that shares the database takes the same.
_ADVISORY_LOCK = 0x666573746F6F6E

__all__ = [
    "MigrationFailed",
    "migrate_app",
    "migrate_host",
    "pending_of_app",
    "pending_of_host",
]


async def migrate_host(db: Database) -> None:
    """Brings the host's own tables to the newest revision."""
    from host.apps.upgrades import upgrade_host  # Alembic: only where there is work for it

    async with db.migrate() as connection:
        await _take_turn(connection)
        await connection.run_sync(upgrade_host, _host_folder())


async def pending_of_host(db: Database) -> list[str]:
    """Revisions of the host's tables that did not run yet."""
    return await _pending(db, _host_folder(), "alembic_version")


async def migrate_app(db: Database, app_id: str, folder: Path, app_ids: Iterable[str] = ()) -> bool:
    """Brings an application's tables to the newest revision; whether there was anything to do.

    `folder` is its package, `app_ids` are all applications that own tables. Raises
    `MigrationFailed`, and undoes everything, also when a table of somebody else was touched.
    """
    ids = {*app_ids, app_id}
    try:
        if not await pending_of_app(db, app_id, folder):
            return False
        from host.apps.upgrades import upgrade_app  # Alembic: only where there is work for it

        async with db.write() as connection:
            await _take_turn(connection)
            await connection.run_sync(upgrade_app, folder / "migrations", app_id, ids)
    except MigrationFailed:
        raise
    except (Exception, SystemExit) as error:
        raise MigrationFailed(_told(error)) from error
    return True


async def pending_of_app(db: Database, app_id: str, folder: Path) -> list[str]:
    """An application's revisions that did not run yet. Raises `MigrationFailed`."""
    if not (folder / "migrations").is_dir():
        return []
    try:
        return await _pending(db, folder / "migrations", version_table(app_id))
    except (Exception, SystemExit) as error:
        raise MigrationFailed(_told(error)) from error


def _host_folder() -> Path:
    """`host/_migrations` in a wheel, `migrations/` beside `host/` in a checkout."""
    package = Path(host.__file__).parent
    packed = package / "_migrations"
    return packed if packed.is_dir() else package.parent / "migrations"


async def _pending(db: Database, folder: Path, table: str) -> list[str]:
    async with db.read() as connection:
        return await connection.run_sync(_left, folder, table)


def _left(connection: sa.Connection, folder: Path, table: str) -> list[str]:
    heads = newest(folder)
    if heads is not None and heads == _reached(connection, table):
        return []
    from host.apps.upgrades import pending  # Alembic: what is not plain is for it to tell

    return pending(connection, folder, table)


def _reached(connection: sa.Connection, table: str) -> frozenset[str]:
    if not sa.inspect(connection).has_table(table):
        return frozenset()
    versions = sa.table(table, sa.column("version_num", sa.String))
    return frozenset(connection.scalars(sa.select(versions.c.version_num)))


async def _take_turn(connection: AsyncConnection) -> None:
    if connection.dialect.name == "postgresql":
        await connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_ADVISORY_LOCK)))


def _told(error: BaseException) -> str:
    """The first line of what happened; a database's error without the statement."""
    cause = error.orig if isinstance(error, SQLAlchemyError) and hasattr(error, "orig") else error
    text = " ".join(str(cause or error).split())
    return f"{type(cause or error).__name__}: {text[:300]}" if text else type(error).__name__
