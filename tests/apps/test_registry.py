"""The registry answers for what is installed, and for what rooms were made with."""

from __future__ import annotations

import json
import logging
import shutil
from pathlib import Path

import pytest

from host.apps.discovery import installed
from host.apps.entry import AppEntry
from host.apps.loading import Loader, candidates
from host.apps.registry import MOST_KEPT
from host.apps.states import AppState
from host.contract import JsonObject
from host.errors import Conflict, NotFound, ValidationFailed
from host.ids import Sources
from host.store import apps as store
from host.store.engine import Database
from tests.apps.conftest import LoadBroken
from tests.fixtures.broken import FOLDER
from tests.store import rows


async def test_entries_come_by_id_with_all_that_is_known(load: LoadBroken) -> None:
    registry = await load("well", "bad_json", "sync_hook")
    assert [e.app_id for e in registry.entries] == ["bad-json", "platform", "sync-hook", "well"]
    well = registry.get("well")
    assert well is not None
    assert (well.version, well.state, well.reason) == ("1.0.0", AppState.ACTIVE, None)
    assert well.folder == FOLDER / "well" / "broken_well"
    assert well.origin == "broken-well 1.0.0 (broken_well)"
    assert registry.get("never-heard-of") is None


async def test_a_manifest_is_known_also_of_an_application_that_failed_later(
    load: LoadBroken,
) -> None:
    registry = await load("sync_hook", "bad_json")
    assert registry.manifest("sync-hook").name == "Sync hook"
    for app_id in ("bad-json", "never-heard-of"):
        with pytest.raises(NotFound):
            registry.manifest(app_id)


async def test_an_organizer_can_choose_only_what_runs(load: LoadBroken) -> None:
    registry = await load("well", "sync_hook")
    assert registry.usable("well").id == "well"
    with pytest.raises(Conflict) as refused:
        registry.usable("sync-hook")
    assert refused.value.details == {"appId": "sync-hook", "state": "CONTRACT_BROKEN"}
    for app_id in ("platform", "never-heard-of"):
        with pytest.raises(ValidationFailed):
            registry.usable(app_id)


async def test_a_kept_manifest_keeps_its_validator(load: LoadBroken) -> None:
    registry = await load("well")
    assert registry.kept("well", registry.manifest("well").raw) is registry.manifest("well")
    old = {"meta": {"version": "0.9.0"}, "settings": {"type": "object"}}
    assert registry.kept("well", old) is registry.kept("well", dict(old))
    assert registry.kept("well", old).validator is registry.kept("well", old).validator
    assert registry.kept("gone", old).id == "gone"
    for number in range(MOST_KEPT + 1):
        registry.kept("well", {"meta": {"version": f"0.{number}.0"}})
    assert registry.kept("well", old).version == "0.9.0"


async def test_what_runs_is_kept_in_the_catalogue_with_its_version(
    load: LoadBroken, db: Database
) -> None:
    await load("well", "bad_json", "import_error")
    async with db.read() as connection:
        listed = {app.app_id: app for app in await store.listed(connection)}
    assert set(listed) == {"well", "import-error", "platform"}, "whatever has a good manifest"
    assert listed["well"].version == "1.0.0"
    assert listed["well"].manifest["meta"]["name"] == "Well"


@pytest.fixture
def copied(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of `well` whose manifest a test may change, found by imports before the other."""
    folder = tmp_path / "well"
    shutil.copytree(FOLDER / "well", folder)
    monkeypatch.syspath_prepend(str(folder))
    return folder


async def loaded(folder: Path, db: Database) -> AppEntry:
    (entry,) = candidates(installed([str(folder)]), Sources().now())
    async with db.read() as connection:
        known = await store.get(connection, "well")
    return await Loader(Sources().now, db, host_version="0.1.0").load(entry, known)


def change_settings(folder: Path, settings: JsonObject) -> None:
    path = folder / "broken_well" / "manifest.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), "settings": settings}))


async def test_a_manifest_that_changed_without_its_version_is_refused_once_rooms_have_it(
    copied: Path, db: Database, caplog: pytest.LogCaptureFixture
) -> None:
    assert (await loaded(copied, db)).active
    change_settings(copied, {"title": "changed"})
    with caplog.at_level(logging.WARNING, "festoon.apps"):
        assert (await loaded(copied, db)).active, "no room was made with it yet"
    assert "the manifest of version 1.0.0 was replaced" in caplog.text
    async with db.write() as connection:
        await rows.room(connection, "hall", await rows.person(connection, "olga"), app="well")
    change_settings(copied, {"title": "changed again"})
    refused = await loaded(copied, db)
    assert refused.state is AppState.INCOMPATIBLE
    assert refused.reason == (
        "/meta/version: rooms were made with version 1.0.0 and another manifest (it differs in "
        "/settings); give this one a new version"
    )
    async with db.read() as connection:
        kept = await store.manifest(connection, "well", "1.0.0")
    assert kept is not None
    assert kept["settings"] == {"title": "changed"}


async def test_a_checkout_that_is_worked_on_may_change_its_manifest_under_its_rooms(
    copied: Path, db: Database
) -> None:
    await loaded(copied, db)
    async with db.write() as connection:
        await rows.room(connection, "hall", await rows.person(connection, "olga"), app="well")
    change_settings(copied, {"title": "changed"})
    info = copied / "broken_well-1.0.0.dist-info"
    (info / "direct_url.json").write_text('{"url": "file:///", "dir_info": {"editable": true}}')
    assert (await loaded(copied, db)).active
    async with db.read() as connection:
        kept = await store.manifest(connection, "well", "1.0.0")
    assert kept is not None
    assert kept["settings"] == {"title": "changed"}


def change_version(folder: Path, version: str) -> None:
    path = folder / "broken_well" / "manifest.json"
    manifest = json.loads(path.read_text())
    manifest["meta"]["version"] = version
    path.write_text(json.dumps(manifest))


async def test_code_that_is_older_than_what_has_run_is_not_let_in(
    copied: Path, db: Database
) -> None:
    change_version(copied, "1.10.0")
    assert (await loaded(copied, db)).active
    change_version(copied, "1.9.0")
    older = await loaded(copied, db)
    assert older.state is AppState.INCOMPATIBLE
    assert older.reason == (
        "/meta/version: version 1.10.0 has run here, and 1.9.0 is older: there is no way back. "
        "Install 1.10.0 or a newer one"
    )
    async with db.read() as connection:
        known = await store.get(connection, "well")
        assert known is not None
        assert known.version == "1.10.0"
        assert list(await store.versions(connection, "well")) == ["1.10.0"]


async def test_a_checkout_may_go_back_to_before_what_no_room_has(
    copied: Path, db: Database
) -> None:
    await loaded(copied, db)
    async with db.write() as connection:
        await rows.room(connection, "hall", await rows.person(connection, "olga"), app="well")
    change_version(copied, "2.0.0")
    info = copied / "broken_well-1.0.0.dist-info"
    (info / "direct_url.json").write_text('{"url": "file:///", "dir_info": {"editable": true}}')
    assert (await loaded(copied, db)).active
    change_version(copied, "0.9.0")
    assert (await loaded(copied, db)).state is AppState.INCOMPATIBLE, "a room has 1.0.0"
    change_version(copied, "1.0.0")
    assert (await loaded(copied, db)).active
    async with db.read() as connection:
        assert list(await store.versions(connection, "well")) == ["1.0.0"]


async def test_an_application_out_of_quarantine_runs_again(load: LoadBroken, db: Database) -> None:
    registry = await load("well")
    record = await registry.quarantine("well", "failed 5 times in a row")
    assert (record.state, record.reason) == (AppState.QUARANTINED, "failed 5 times in a row")
    again = (await load("well")).record("well")
    assert (again.state, again.reason) == (record.state, record.reason)
    async with db.write() as connection:
        assert await store.enable(connection, "well", Sources().now())
    assert (await load("well")).record("well").state is AppState.ACTIVE


async def test_an_application_is_switched_off_at_once_and_for_good(load: LoadBroken) -> None:
    registry = await load("well")
    record = await registry.disable("well", "too loud")
    assert registry.active == (registry.get("platform"),)
    again = (await load("well")).record("well")
    assert (again.state, again.reason, again.since) == (AppState.DISABLED, "too loud", record.since)


async def test_the_end_of_the_host_is_told_and_no_failure_holds_it_up(
    load: LoadBroken, caplog: pytest.LogCaptureFixture
) -> None:
    registry = await load("goodbye", "goodbye_raises")
    with caplog.at_level(logging.INFO):
        await registry.shutdown()
    assert "goodbye from goodbye" in caplog.text
    assert "did not end well" in caplog.text
