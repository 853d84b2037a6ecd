"""Every way in which loading can fail ends in its named state, and takes nobody along."""

from __future__ import annotations

import logging
from importlib.metadata import EntryPoint

import pytest
import sqlalchemy as sa

from host.apps.discovery import GROUP
from host.apps.loading import Loader, candidates
from host.apps.registry import Registry
from host.apps.states import AppState
from host.config import Config
from host.errors import AppLoadError, ConfigurationError
from host.ids import Sources
from host.store import apps as store
from host.store.engine import Database
from tests.apps.conftest import LoadBroken, make_context
from tests.fixtures.broken import PLATFORM, broken

ENDS = {
    "bad_json": (AppState.INVALID_MANIFEST, ["is not JSON", "line 1"]),
    "unknown_key": (
        AppState.INVALID_MANIFEST,
        ["/price: is not known here", "/meta/version: must be a semantic version"],
    ),
    "import_error": (
        AppState.IMPORT_FAILED,
        ["ModuleNotFoundError", "a_module_that_nobody_installed", "__init__.py, line 3"],
    ),
    "exit_on_import": (AppState.IMPORT_FAILED, ["SystemExit"]),
    "block_on_import": (AppState.IMPORT_FAILED, ["not done within 1 s"]),
    "incompatible_api": (AppState.INCOMPATIBLE, ["/apiVersion", "version 99"]),
    "incompatible_host": (AppState.INCOMPATIBLE, ["/host: runs with >=99; this host is 0.1.0"]),
    "sync_hook": (AppState.CONTRACT_BROKEN, ["select_winner: must be async def"]),
    "undeclared_capability": (
        AppState.CONTRACT_BROKEN,
        ["select_winner: belongs to winnerSelection, which the manifest does not declare"],
    ),
    "missing_capability": (
        AppState.CONTRACT_BROKEN,
        ["select_winner: the manifest declares winnerSelection", "lacks @hookimpl"],
    ),
    "wrapper": (AppState.CONTRACT_BROKEN, ["select_winner: is a wrapper"]),
    "first_in_line": (AppState.CONTRACT_BROKEN, ["select_winner: asks for an order"]),
    "unknown_hook": (
        AppState.CONTRACT_BROKEN,
        [
            "winner_celebrated: this host has no such hook",
            "winner_selected: takes 'champion', which the hook does not have",
        ],
    ),
    "bad_routes": (AppState.CONTRACT_BROKEN, ["'/page', which is no route"]),
    "failing_migration": (AppState.MIGRATION_FAILED, ["a_table_that_is_not_there"]),
    "foreign_table": (AppState.MIGRATION_FAILED, ["touches users", "begin with foreign_table_"]),
    "startup_raises": (AppState.STARTUP_FAILED, ["startup: RuntimeError: no fuel"]),
    "startup_hangs": (AppState.STARTUP_FAILED, ["no answer within 0.2 s"]),
    "startup_blocks": (AppState.STARTUP_FAILED, ["blocked the host for 0.3 s"]),
}


@pytest.mark.parametrize("name", ENDS)
async def test_a_broken_application_ends_in_its_state_while_the_others_run(
    load: LoadBroken, name: str
) -> None:
    state, said = ENDS[name]
    registry = await load("well", name)
    record = registry.record(name.replace("_", "-"))
    assert record.state is state
    for text in said:
        assert text in (record.reason or ""), record.reason
    assert record.since.tzinfo is not None
    assert [entry.app_id for entry in registry.active] == ["platform", "well"]


async def test_all_broken_applications_together_still_leave_the_others_running(
    load: LoadBroken,
) -> None:
    registry = await load("well", *ENDS)
    states = {entry.app_id.replace("-", "_"): entry.state for entry in registry.entries}
    assert {name: states[name] for name in ENDS} == {name: end for name, (end, _) in ENDS.items()}
    assert [entry.app_id for entry in registry.active] == ["platform", "well"]


@pytest.mark.parametrize("name", ENDS)
async def test_strict_mode_raises_with_the_state_and_every_problem(
    load: LoadBroken, name: str
) -> None:
    state, said = ENDS[name]
    with pytest.raises(AppLoadError) as raised:
        await load("well", name, strict=True)
    assert raised.value.app_id == name.replace("_", "-")
    assert raised.value.state == state
    for text in said:
        assert text in "; ".join(raised.value.problems)


async def test_strict_mode_lets_what_is_well_pass(load: LoadBroken) -> None:
    registry = await load("well", strict=True)
    assert all(entry.active for entry in registry.entries)


@pytest.mark.parametrize(
    "order", [("duplicate_one", "duplicate_two"), ("duplicate_two", "duplicate_one")]
)
async def test_of_two_that_claim_an_id_neither_is_loaded_and_both_are_named(
    load: LoadBroken, order: tuple[str, str]
) -> None:
    registry = await load("well", *order)
    record = registry.record("twin")
    assert record.state is AppState.DUPLICATE
    assert record.reason == (
        "broken-duplicate-one 1.0.0 (broken_duplicate_one) and "
        "broken-duplicate-two 1.0.0 (broken_duplicate_two) claim the id; uninstall one of them"
    )
    assert [entry.app_id for entry in registry.active] == ["platform", "well"]


def test_nobody_takes_the_platforms_place(caplog: pytest.LogCaptureFixture) -> None:
    impostor = EntryPoint("platform", "an_impostor", GROUP)
    with caplog.at_level(logging.ERROR, "festoon.apps"):
        (entry,) = candidates([impostor, PLATFORM], Sources().now())
    assert entry.active
    assert entry.entry_point == PLATFORM
    assert "an_impostor claims the platform's id" in caplog.text


async def test_without_the_platform_the_host_does_not_start(db: Database) -> None:
    impostor = EntryPoint("platform", "an_impostor", GROUP)
    registry = Registry(db, Config(), entry_points=[impostor])
    with pytest.raises(AppLoadError, match="an_impostor"):
        await registry.load(make_context)


async def test_an_application_of_the_api_before_still_runs(db: Database) -> None:
    loader = Loader(Sources().now, db, api_version=2)
    with broken("well") as entry_points:
        well, _ = sorted(
            candidates(entry_points, Sources().now()), key=lambda e: e.app_id != "well"
        )
        assert (await loader.load(well, None)).active
        gone = Loader(Sources().now, db, api_version=3)
        assert (await gone.load(well, None)).state is AppState.INCOMPATIBLE


async def test_an_application_that_was_switched_off_is_not_imported(
    load: LoadBroken, db: Database
) -> None:
    await load("well", "exit_on_import")
    async with db.write() as connection:
        assert await store.disable(connection, "exit-on-import", "too loud", Sources().now())
    registry = await load("well", "exit_on_import")
    record = registry.record("exit-on-import")
    assert (record.state, record.reason) == (AppState.DISABLED, "too loud")
    async with db.read() as connection:
        known = await store.get(connection, "exit-on-import")
    assert known is not None
    assert record.since == known.disabled_at


async def test_an_application_that_was_uninstalled_is_missing_until_it_comes_back(
    load: LoadBroken,
) -> None:
    await load("well", "raises")
    registry = await load("well")
    record = registry.record("raises")
    assert record.state is AppState.MISSING
    assert record.reason == "version 1.0.0 was installed; its distribution is no longer there"
    assert registry.record("never-heard-of").state is AppState.MISSING
    assert (await load("well", "raises")).record("raises").state is AppState.ACTIVE


async def test_a_failed_migration_leaves_nothing_behind(load: LoadBroken, db: Database) -> None:
    await load("failing_migration", "foreign_table")
    async with db.read() as connection:
        tables = await connection.run_sync(lambda c: sa.inspect(c).get_table_names())
        columns = await connection.run_sync(lambda c: sa.inspect(c).get_columns("users"))
    assert not [table for table in tables if "failing" in table or "foreign" in table]
    assert "nickname" not in [column["name"] for column in columns]


async def test_a_database_that_is_not_up_to_date_stops_the_start_with_what_to_do(
    tmp_path: object,
) -> None:
    db = Database(f"sqlite+aiosqlite:///{tmp_path}/empty.db")
    try:
        with pytest.raises(ConfigurationError, match="festoon migrate"):
            await Registry(db, Config(), entry_points=[PLATFORM]).load(make_context)
    finally:
        await db.close()


async def test_standalone_mode_runs_its_one_application_and_the_platform(load: LoadBroken) -> None:
    registry = await load("well", "raises", mode="standalone", app="well")
    assert [entry.app_id for entry in registry.entries] == ["platform", "well"]
