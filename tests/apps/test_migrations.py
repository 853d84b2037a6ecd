"""Tables are brought up to date whole or not at all, and no application is in another's way."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest
import sqlalchemy as sa

from host.apps.migrate import migrate_all
from host.apps.migrations import (
    MigrationFailed,
    migrate_app,
    migrate_host,
    pending_of_app,
    pending_of_host,
)
from host.apps.states import AppState
from host.config import Config
from host.ids import Sources
from host.store import apps as store
from host.store.engine import Database
from tests.apps.conftest import LoadBroken
from tests.fixtures.broken import broken

ROOT = Path(__file__).resolve().parents[2]
REVISION = '''"""A revision of a test."""

import sqlalchemy as sa
from alembic import op

revision = {revision!r}
down_revision = {before!r}


def upgrade() -> None:
    {code}
'''


def app(folder: Path, *codes: str, versions: bool = False) -> Path:
    """An application's package whose revisions `1`, `2`, … do this."""
    place = folder / "migrations" / "versions" if versions else folder / "migrations"
    place.mkdir(parents=True, exist_ok=True)
    for number, code in enumerate(codes, 1):
        before = str(number - 1) if number > 1 else None
        text = REVISION.format(revision=str(number), before=before, code=code)
        (place / f"{number}_step.py").write_text(text)
    return folder


def table(name: str) -> str:
    return f"op.create_table({name!r}, sa.Column('id', sa.Integer, primary_key=True))"


async def tables(db: Database) -> set[str]:
    async with db.read() as connection:
        return set(await connection.run_sync(lambda c: sa.inspect(c).get_table_names()))


async def revision(db: Database, version_table: str) -> Sequence[str]:
    async with db.read() as connection:
        rows = await connection.execute(sa.text(f"SELECT version_num FROM {version_table}"))
        return list(rows.scalars())


@pytest.mark.parametrize("versions", [False, True])
async def test_an_application_brings_its_tables_and_a_version_table_of_its_own(
    database: Database, tmp_path: Path, versions: bool
) -> None:
    folder = app(tmp_path, table("wine_glasses"), table("wine_guests"), versions=versions)
    assert await pending_of_app(database, "wine", folder) == ["1", "2"]
    assert await migrate_app(database, "wine", folder) is True
    assert {"wine_glasses", "wine_guests", "alembic_version_wine"} <= await tables(database)
    assert await revision(database, "alembic_version_wine") == ["2"]
    assert await migrate_app(database, "wine", folder) is False, "there is nothing left to do"
    app(
        tmp_path,
        table("wine_glasses"),
        table("wine_guests"),
        table("wine_marks"),
        versions=versions,
    )
    assert await pending_of_app(database, "wine", folder) == ["3"]
    assert await migrate_app(database, "wine", folder) is True


async def test_an_application_without_tables_needs_nothing(
    database: Database, tmp_path: Path
) -> None:
    assert await pending_of_app(database, "wine", tmp_path) == []
    assert await migrate_app(database, "wine", tmp_path) is False


async def test_of_an_upgrade_that_fails_nothing_stays(database: Database, tmp_path: Path) -> None:
    before = await tables(database)
    folder = app(tmp_path, table("wine_glasses"), "op.execute('SELECT 1 FROM nowhere')")
    with pytest.raises(MigrationFailed, match="nowhere"):
        await migrate_app(database, "wine", folder)
    assert await tables(database) == before
    assert await pending_of_app(database, "wine", folder) == ["1", "2"]


@pytest.mark.parametrize(
    ("code", "touched"),
    [
        (table("glasses"), "glasses"),
        (table("beer_glasses"), "beer_glasses"),
        ("op.add_column('users', sa.Column('nick', sa.String(9)))", "users"),
        ("op.create_index('wine_by_name', 'users', ['name'])", "users"),
        ("op.drop_table('audit_log')", "audit_log"),
        ("op.rename_table('outbox', 'wine_outbox')", "outbox"),
    ],
)
async def test_an_application_keeps_to_its_own_tables(
    database: Database, tmp_path: Path, code: str, touched: str
) -> None:
    before = await tables(database)
    with pytest.raises(MigrationFailed, match=f"it touches {touched}; .* begin with wine_"):
        await migrate_app(database, "wine", app(tmp_path, code), ["wine", "beer"])
    assert await tables(database) == before


async def test_the_tables_of_the_longer_id_are_not_the_shorter_ones(
    database: Database, tmp_path: Path
) -> None:
    folder = app(tmp_path, table("riddle_pro_rounds"))
    with pytest.raises(MigrationFailed, match="it touches riddle_pro_rounds"):
        await migrate_app(database, "riddle", folder, ["riddle", "riddle-pro"])
    assert await migrate_app(database, "riddle-pro", folder, ["riddle", "riddle-pro"])


@pytest.mark.parametrize("code", ["raise SystemExit(1)", "raise ValueError('no')", "nonsense("])
async def test_whatever_a_revision_does_is_a_failed_migration(
    database: Database, tmp_path: Path, code: str
) -> None:
    with pytest.raises(MigrationFailed):
        await migrate_app(database, "wine", app(tmp_path, code))


async def test_a_database_that_a_newer_version_migrated_is_left_alone(
    database: Database, tmp_path: Path
) -> None:
    newer = app(tmp_path / "newer", table("wine_glasses"), table("wine_guests"))
    older = app(tmp_path / "older", table("wine_glasses"))
    await migrate_app(database, "wine", newer)
    with pytest.raises(MigrationFailed, match="revision 2, which this version does not know"):
        await migrate_app(database, "wine", older)


async def test_a_folder_may_have_any_name(database: Database, tmp_path: Path) -> None:
    folder = app(tmp_path / "100%s of; it:", table("wine_glasses"))
    assert await migrate_app(database, "wine", folder)


async def test_an_application_that_was_removed_breaks_no_upgrade_and_comes_back(
    database: Database, tmp_path: Path
) -> None:
    wine = app(tmp_path / "wine", table("wine_glasses"))
    beer = app(tmp_path / "beer", table("beer_glasses"))
    await migrate_app(database, "wine", wine, ["wine", "beer"])
    await migrate_host(database)
    assert await migrate_app(database, "beer", beer, ["beer"])
    assert await migrate_app(database, "wine", wine, ["wine", "beer"]) is False


async def test_the_hosts_tables_come_from_nothing_and_only_once(tmp_path: Path) -> None:
    db = Database(f"sqlite+aiosqlite:///{tmp_path / 'new.db'}")
    try:
        assert "0001" in (await pending_of_host(db))[0]
        await asyncio.gather(migrate_host(db), migrate_host(db))
        assert await pending_of_host(db) == []
        assert {"rooms", "users", "winners"} <= await tables(db)
        await migrate_host(db)
    finally:
        await db.close()


MIGRATE = """
import asyncio, sys
from pathlib import Path
from host.apps.migrations import migrate_app, migrate_host
from host.store.engine import Database

async def main():
    db = Database(sys.argv[1])
    print("ready", flush=True)
    sys.stdin.readline()
    await migrate_host(db)
    print(await migrate_app(db, "wine", Path(sys.argv[2])))
    await db.close()

asyncio.run(main())
"""


@pytest.mark.parametrize("dialect", ["sqlite", "postgresql"])
def test_processes_that_migrate_at_once_take_turns(
    request: pytest.FixtureRequest, tmp_path: Path, dialect: str
) -> None:
    if dialect == "sqlite":
        url = f"sqlite+aiosqlite:///{tmp_path / 'new.db'}"
    else:
        url = request.getfixturevalue("postgresql_url")
    folder = app(tmp_path, *(table(f"wine_t{number}") for number in range(10)))
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", MIGRATE, url, str(folder)],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for _ in range(2)
    ]
    for process in processes:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    ended = [process.communicate(timeout=60) for process in processes]
    assert [process.returncode for process in processes] == [0, 0], ended


async def test_festoon_migrate_goes_on_past_an_application_that_fails(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    config = Config(database_url=f"sqlite+aiosqlite:///{tmp_path / 'data' / 'new.db'}")
    with broken("failing_migration", "with_tables", "bad_json", "incompatible_api") as entry_points:
        assert await migrate_all(config, entry_points=entry_points) == 0
    db = Database(config.database_url)
    try:
        found = await tables(db)
    finally:
        await db.close()
    assert "with_tables_notes" in found
    assert "failing_migration_notes" not in found
    assert "the tables of failing-migration could not be brought up to date" in caplog.text


async def test_an_application_that_is_switched_off_is_not_migrated(
    load: LoadBroken, db: Database
) -> None:
    with broken("with_tables") as entry_points:
        async with db.write() as connection:
            await store.keep(
                connection,
                app_id="with-tables",
                version="1.0.0",
                manifest={},
                source=store.Source.IN_PROCESS,
                review_state=store.ReviewState.APPROVED,
                now=Sources().now(),
            )
            await store.disable(connection, "with-tables", "not now", Sources().now())
        config = Config(database_url=db.engine.url.render_as_string(hide_password=False))
        assert await migrate_all(config, entry_points=entry_points) == 0
    assert "with_tables_notes" not in await tables(db)
    registry = await load("with_tables")
    assert registry.record("with-tables").state is AppState.DISABLED


async def test_an_application_that_was_just_installed_is_migrated_when_the_host_starts(
    load: LoadBroken, db: Database
) -> None:
    registry = await load("with_tables")
    assert registry.record("with-tables").state is AppState.ACTIVE
    assert "with_tables_notes" in await tables(db)
