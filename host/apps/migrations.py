"""Bringing the tables up to date: the host's, and each application's from its own package.

Every application has a version table of its own, so one that was removed or that fails is no
matter for the others, and its tables wait for its return. Each upgrade is one transaction, also
on SQLite: all of it or nothing. Processes that migrate at once take turns, on PostgreSQL by an
advisory lock, on SQLite by its one writer, and the later one finds nothing left to do.

An application's `migrations/` (or `migrations/versions/`) holds Alembic revisions and nothing
else: no `env.py`, since the connection, the version table and the transaction are the host's.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from alembic.config import Config
from alembic.environment import EnvironmentContext
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection

import host
from host.apps.names import owner_of_table, table_prefix, version_table
from host.store.engine import Database

# Any number, as long as every host that shares the database takes the same.
_ADVISORY_LOCK = 0x666573746F6F6E


class MigrationFailed(Exception):
    """An application's migrations could not be run; nothing of them stays."""


async def migrate_host(db: Database) -> None:
    """Brings the host's own tables to the newest revision."""
    script = _script(_host_folder())

    def upgrade(connection: sa.Connection) -> None:
        config = Config(attributes={"connection": connection})
        with EnvironmentContext(config, script, fn=_to_newest(script)):
            script.run_env()

    async with db.migrate() as connection:
        await _take_turn(connection)
        await connection.run_sync(upgrade)


async def pending_of_host(db: Database) -> list[str]:
    """Revisions of the host's tables that did not run yet."""
    script = _script(_host_folder())
    async with db.read() as connection:
        return await connection.run_sync(_pending, script, "alembic_version")


async def migrate_app(db: Database, app_id: str, folder: Path, app_ids: Iterable[str] = ()) -> bool:
    """Brings an application's tables to the newest revision; whether there was anything to do.

    `folder` is its package, `app_ids` are all applications that own tables. Raises
    `MigrationFailed`, and undoes everything, also when a table of somebody else was touched.
    """
    ids = {*app_ids, app_id}
    try:
        if not await pending_of_app(db, app_id, folder):
            return False
        script = _script(folder / "migrations")
        async with db.write() as connection:
            await _take_turn(connection)
            await connection.run_sync(_upgrade_app, script, app_id, ids)
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
        script = _script(folder / "migrations")
        async with db.read() as connection:
            return await connection.run_sync(_pending, script, version_table(app_id))
    except (Exception, SystemExit) as error:
        raise MigrationFailed(_told(error)) from error


def _host_folder() -> Path:
    """`host/_migrations` in a wheel, `migrations/` beside `host/` in a checkout."""
    package = Path(host.__file__).parent
    packed = package / "_migrations"
    return packed if packed.is_dir() else package.parent / "migrations"


def _script(folder: Path) -> ScriptDirectory:
    """The revisions in a folder, or in its `versions/`. Not by a configuration: there a path
    could not hold a colon or a percent sign.
    """
    versions = folder / "versions"
    place = versions if versions.is_dir() else folder
    return ScriptDirectory(str(folder), version_locations=[str(place)])


async def _take_turn(connection: AsyncConnection) -> None:
    if connection.dialect.name == "postgresql":
        await connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_ADVISORY_LOCK)))


def _pending(connection: sa.Connection, script: ScriptDirectory, table: str) -> list[str]:
    current = MigrationContext.configure(
        connection, opts={"version_table": table}
    ).get_current_heads()
    known = {revision.revision for revision in script.walk_revisions()}
    if unknown := set(current) - known:
        raise MigrationFailed(
            f"the database is at revision {', '.join(sorted(unknown))}, which this version "
            "does not know: it was migrated by a newer one"
        )
    if set(current) == set(script.get_heads()):
        return []
    newer = script.iterate_revisions(tuple(script.get_heads()), current or "base")
    return [revision.revision for revision in newer][::-1]


def _upgrade_app(
    connection: sa.Connection, script: ScriptDirectory, app_id: str, app_ids: set[str]
) -> None:
    before = _tables(connection)
    with EnvironmentContext(Config(), script, fn=_to_newest(script)) as environment:
        environment.configure(
            connection=connection,
            version_table=version_table(app_id),
            transactional_ddl=True,
            render_as_batch=connection.dialect.name == "sqlite",
        )
        with environment.begin_transaction():
            environment.run_migrations()
    after = _tables(connection)
    touched = {
        table for table in before.keys() | after.keys() if before.get(table) != after.get(table)
    }
    foreign = {t for t in touched - {version_table(app_id)} if owner_of_table(t, app_ids) != app_id}
    if foreign:
        raise MigrationFailed(
            f"it touches {', '.join(sorted(foreign))}; an application's tables begin with "
            f"{table_prefix(app_id)}"
        )


def _to_newest(script: ScriptDirectory) -> Callable[[Any, Any], Any]:
    """What Alembic's own `upgrade` hands to its environment."""
    return lambda revision, _context: script._upgrade_revs("heads", revision)


def _tables(connection: sa.Connection) -> dict[str, str]:
    """What every table looks like, in a form that differs when the table does."""
    inspector = sa.inspect(connection)
    looks: dict[str, list[str]] = {}
    for aspect in (
        inspector.get_multi_columns,
        inspector.get_multi_indexes,
        inspector.get_multi_unique_constraints,
        inspector.get_multi_foreign_keys,
    ):
        for (_, table), parts in aspect().items():
            looks.setdefault(table, []).extend(sorted(map(_look, parts)))
    return {table: "\n".join(parts) for table, parts in looks.items()}


def _look(part: Any) -> str:
    # The condition of a partial index comes as an object, whose repr is its address.
    if isinstance(part, Mapping):
        return repr({name: _look(value) for name, value in part.items()})
    return str(part) if isinstance(part, sa.ClauseElement) else repr(part)


def _told(error: BaseException) -> str:
    """The first line of what happened; a database's error without the statement."""
    cause = error.orig if isinstance(error, SQLAlchemyError) and hasattr(error, "orig") else error
    text = " ".join(str(cause or error).split())
    return f"{type(cause or error).__name__}: {text[:300]}" if text else type(error).__name__
