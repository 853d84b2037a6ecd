"""The first migration makes the tables that the code believes in, and takes them away again."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from host.apps.migrations import migrate_host
from host.store.engine import Database
from host.store.tables import metadata

MIGRATIONS = Path(__file__).resolve().parents[2] / "migrations"


@pytest.fixture
async def database(database_url: str, tmp_path: Path) -> AsyncIterator[Database]:
    """The host's own tables alone, which its migrations made in what was empty."""
    if database_url.startswith("sqlite"):
        database_url = f"sqlite+aiosqlite:///{tmp_path / 'own.db'}"
    opened = Database(database_url)
    if opened.dialect == "postgresql":
        async with opened.write() as connection:
            await connection.exec_driver_sql("DROP SCHEMA public CASCADE")
            await connection.exec_driver_sql("CREATE SCHEMA public")
    await migrate_host(opened)
    yield opened
    await opened.close()


async def _on(db: Database, work: Callable[[sa.Connection], Any]) -> Any:
    async with db.engine.connect() as conn:
        found = await conn.run_sync(work)
        await conn.commit()
    return found


def _config(connection: sa.Connection) -> Config:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["connection"] = connection
    return config


def _tables(connection: sa.Connection) -> set[str]:
    return set(sa.inspect(connection).get_table_names()) - {"alembic_version"}


def _checks(connection: sa.Connection) -> dict[str, set[str | None]]:
    inspector = sa.inspect(connection)
    return {
        table: {check["name"] for check in inspector.get_check_constraints(table)}
        for table in inspector.get_table_names()
        if table != "alembic_version"
    }


def _differences(connection: sa.Connection) -> list[Any]:
    context = MigrationContext.configure(
        connection, opts={"compare_type": True, "compare_server_default": True}
    )
    return list(compare_metadata(context, metadata))


async def test_a_migrated_database_has_exactly_the_tables_of_the_code(database: Database) -> None:
    assert await _on(database, _differences) == []


async def test_a_migrated_database_has_every_check_of_the_code(database: Database) -> None:
    """Autogenerate does not look at check constraints; the invariants stand in them."""
    wanted = {
        table.name: {
            str(constraint.name)
            for constraint in table.constraints
            if isinstance(constraint, sa.CheckConstraint) and constraint.name
        }
        for table in metadata.tables.values()
    }
    assert await _on(database, _checks) == wanted


async def test_a_migrated_database_keeps_one_living_win_by_a_partial_index(
    database: Database,
) -> None:
    def living(connection: sa.Connection) -> Any:
        indexes = sa.inspect(connection).get_indexes("winners")
        return next(index for index in indexes if index["name"] == "uq_winners_living")

    index = await _on(database, living)
    assert index["unique"]
    where = index["dialect_options"][f"{database.dialect}_where"]
    assert "deleted_at IS NULL" in str(where)


async def test_going_down_takes_every_table_away_and_up_brings_them_back(
    database: Database,
) -> None:
    def down(connection: sa.Connection) -> None:
        command.downgrade(_config(connection), "base")

    def up(connection: sa.Connection) -> None:
        command.upgrade(_config(connection), "head")

    await _on(database, down)
    assert await _on(database, _tables) == set()
    await _on(database, up)
    assert await _on(database, _differences) == []


async def test_migrating_twice_changes_nothing(database: Database) -> None:
    def up(connection: sa.Connection) -> None:
        command.upgrade(_config(connection), "head")

    await _on(database, up)
    assert await _on(database, _differences) == []


async def test_a_room_of_the_first_version_keeps_its_guests_and_is_its_creators(
    database: Database,
) -> None:
    """SQLite writes the tables of people and of rooms anew, with others pointing at their rows."""

    def down(connection: sa.Connection) -> None:
        command.downgrade(_config(connection), "0001")

    await _on(database, down)
    moment = "'2026-12-31 20:00:00'"
    async with database.write() as connection:
        for row in (
            "users (id, name, email, is_guest, is_admin, created_at, updated_at) VALUES "
            f"('ann', 'Ann', 'ann@example.org', false, false, {moment}, {moment})",
            "apps (id, source, current_version, review_state, created_at, updated_at) VALUES "
            f"('lottery', 'IN_PROCESS', '1.0.0', 'APPROVED', {moment}, {moment})",
            "rooms (id, name, app_id, status, is_public, join_code, created_by, event_seq, "
            "participant_count, prize_count, winner_count, winner_revision, created_at, "
            f"updated_at) VALUES ('hall', 'Hall', 'lottery', 'DRAFT', false, 'ABC', 'ann', 0, "
            f"1, 0, 0, 0, {moment}, {moment})",
            "participants (id, room_id, user_id, role, metadata, joined_at, updated_at) VALUES "
            f"('p', 'hall', 'ann', 'ORGANIZER', '{{}}', {moment}, {moment})",
        ):
            await connection.exec_driver_sql(f"INSERT INTO {row}")
    await migrate_host(database)
    async with database.read() as connection:
        kept = await connection.exec_driver_sql(
            "SELECT rooms.owner_id, participants.user_id FROM rooms "
            "JOIN participants ON participants.room_id = rooms.id"
        )
        assert kept.all() == [("ann", "ann")]
    assert await _on(database, _differences) == []


def test_the_migrations_form_one_line() -> None:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    script = ScriptDirectory.from_config(config)
    assert len(script.get_heads()) == 1
    assert len(script.get_bases()) == 1


@pytest.mark.parametrize("table", sorted(metadata.tables))
def test_every_index_of_a_table_has_a_name_that_a_migration_can_drop(table: str) -> None:
    assert all(index.name for index in metadata.tables[table].indexes)
