"""Separate services beside what is installed: one id is one application."""

from __future__ import annotations

from host.apps.states import AppState
from host.ids import Sources
from host.store import apps, registrations
from host.store.apps import Source
from host.store.engine import Database
from tests.apps.conftest import LoadBroken

MANIFEST = {
    "meta": {"name": "Well", "version": "0.0.1", "description": "A service."},
    "baseUrl": "http://127.0.0.1:9",
    "capabilities": [],
    "permissions": [],
    "settings": {},
}


async def _register(db: Database, app_id: str) -> None:
    async with db.write() as connection:
        now = Sources().now()
        assert await registrations.insert(connection, app_id, "0.0.1", MANIFEST, now)


async def test_a_service_and_what_is_installed_do_not_share_an_id(
    db: Database, load: LoadBroken
) -> None:
    await _register(db, "well")
    registry = await load("well")
    assert registry.record("well").state is AppState.DUPLICATE
    assert "separate service" in (registry.record("well").reason or "")
    # Nobody overrules that later on.
    await registry.look_again(["well"])
    assert registry.record("well").state is AppState.DUPLICATE


async def test_what_is_installed_takes_the_id_of_a_service_that_was_taken_off(
    db: Database, load: LoadBroken
) -> None:
    await _register(db, "well")
    async with db.write() as connection:
        await registrations.change(connection, "well", Sources().now(), removed_at=Sources().now())
    registry = await load("well")
    assert registry.record("well").state is AppState.ACTIVE
    async with db.read() as connection:
        row = await apps.get(connection, "well")
    assert row is not None
    assert (row.source, row.removed_at) == (Source.IN_PROCESS, None)


async def test_a_service_stands_in_the_registry_without_code(
    db: Database, load: LoadBroken
) -> None:
    registry = await load("well")
    await _register(db, "tombola")
    assert registry.get("tombola") is None
    assert await registry.look_again() == {"tombola"}
    entry = registry.get("tombola")
    assert entry is not None
    assert (entry.is_service, entry.active, dict(entry.hooks)) == (True, True, {})
    assert entry.manifest is not None
    assert entry.manifest.raw["baseUrl"] == "http://127.0.0.1:9"
    assert registry.usable("tombola") is entry.manifest
    # Nothing has changed, so nothing is replaced: what stands on the entry goes on standing.
    assert await registry.look_again() == set()
    assert registry.get("tombola") is entry
