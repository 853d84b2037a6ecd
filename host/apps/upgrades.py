"""Alembic at work: what is pending in a database, and bringing it up to date.

Loaded where something is pending, or may be: see `revisions`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from alembic.config import Config
from alembic.environment import EnvironmentContext
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from host.apps.names import owner_of_table, table_prefix, version_table
from host.apps.revisions import MigrationFailed, place_of


def upgrade_host(connection: sa.Connection, folder: Path) -> None:
    """Brings the host's tables to the newest revision of a folder."""
    script = _script(folder)
    config = Config(attributes={"connection": connection})
    with EnvironmentContext(config, script, fn=_to_newest(script)):
        script.run_env()


def pending(connection: sa.Connection, folder: Path, table: str) -> list[str]:
    """Revisions of a folder that did not run yet, by a version table. Raises `MigrationFailed`."""
    script = _script(folder)
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


def upgrade_app(connection: sa.Connection, folder: Path, app_id: str, app_ids: set[str]) -> None:
    """Brings an application's tables to the newest revision of a folder.

    Raises `MigrationFailed` where it touched a table that is not its own.
    """
    script = _script(folder)
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


def _script(folder: Path) -> ScriptDirectory:
    """The revisions in a folder, or in its `versions/`. Not by a configuration: there a path
    could not hold a colon or a percent sign.
    """
    return ScriptDirectory(str(folder), version_locations=[str(place_of(folder))])


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
