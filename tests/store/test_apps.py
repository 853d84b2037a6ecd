"""The catalogue in the database: every version is kept, and kept as it was."""

from __future__ import annotations

import asyncio

from host.contract import JsonObject, ReviewState
from host.store import apps
from host.store.apps import Kept, Source
from host.store.engine import Database
from tests.store import rows
from tests.store.rows import at


def manifest(version: str, **more: object) -> JsonObject:
    return {"meta": {"name": "Wine", "version": version}, "settings": {}, **more}


async def keep(
    database: Database, version: str, *, seconds: float = 0, replace: bool = False, **more: object
) -> Kept:
    async with database.write() as connection:
        return await apps.keep(
            connection,
            app_id="wine",
            version=version,
            manifest=manifest(version, **more),
            source=Source.IN_PROCESS,
            review_state=ReviewState.APPROVED,
            now=at(seconds),
            replace=replace,
        )


async def test_every_version_is_kept_and_the_last_one_is_current(database: Database) -> None:
    assert await keep(database, "1.0.0") is Kept.NEW
    assert await keep(database, "1.1.0", seconds=1) is Kept.NEW
    assert await keep(database, "1.1.0", seconds=2) is Kept.SAME
    async with database.read() as connection:
        found = await apps.get(connection, "wine")
        assert found is not None
        assert (found.version, found.manifest) == ("1.1.0", manifest("1.1.0"))
        assert (found.created_at, found.updated_at) == (at(0), at(1))
        assert await apps.versions(connection, "wine") == ["1.0.0", "1.1.0"]
        assert await apps.manifest(connection, "wine", "1.0.0") == manifest("1.0.0")
        assert await apps.manifest(connection, "wine", "9.9.9") is None
        assert await apps.get(connection, "beer") is None
        assert [app.app_id for app in await apps.listed(connection)] == ["wine"]


async def test_an_older_version_may_be_installed_again(database: Database) -> None:
    await keep(database, "1.1.0")
    await keep(database, "1.0.0", seconds=1)
    await keep(database, "1.1.0", seconds=2)
    async with database.read() as connection:
        found = await apps.get(connection, "wine")
    assert found is not None
    assert (found.version, found.updated_at) == ("1.1.0", at(2))


async def test_a_version_that_rooms_have_keeps_its_manifest(database: Database) -> None:
    await keep(database, "1.0.0")
    assert await keep(database, "1.0.0", colour="red") is Kept.REPLACED
    async with database.write() as connection:
        await rows.room(connection, "hall", await rows.person(connection, "olga"), app="wine")
    assert await keep(database, "1.0.0", colour="blue") is Kept.REFUSED
    async with database.read() as connection:
        assert await apps.manifest(connection, "wine", "1.0.0") == manifest("1.0.0", colour="red")
    assert await keep(database, "1.0.0", colour="blue", replace=True) is Kept.REPLACED
    assert await keep(database, "1.0.1", colour="green") is Kept.NEW


async def test_a_refused_manifest_does_not_become_current(database: Database) -> None:
    await keep(database, "1.0.0")
    async with database.write() as connection:
        await rows.room(connection, "hall", await rows.person(connection, "olga"), app="wine")
    await keep(database, "1.1.0")
    assert await keep(database, "1.0.0", colour="blue") is Kept.REFUSED
    async with database.read() as connection:
        found = await apps.get(connection, "wine")
    assert found is not None
    assert found.version == "1.1.0"


async def test_hosts_that_start_together_keep_it_once(database: Database) -> None:
    kept = await asyncio.gather(*(keep(database, "1.0.0") for _ in range(8)))
    assert sorted(kept) == sorted([Kept.NEW, *[Kept.SAME] * 7])


async def test_an_application_is_switched_off_and_on(database: Database) -> None:
    await keep(database, "1.0.0")
    async with database.write() as connection:
        assert await apps.disable(connection, "wine", "too loud", at(5))
        assert not await apps.disable(connection, "beer", "too loud", at(5))
    async with database.read() as connection:
        found = await apps.get(connection, "wine")
        assert found is not None
        assert (found.disabled_at, found.disabled_reason) == (at(5), "too loud")
    assert await keep(database, "1.1.0", seconds=6) is Kept.NEW
    async with database.write() as connection:
        found = await apps.get(connection, "wine")
        assert found is not None
        assert found.disabled_at == at(5), "a new version does not switch it on"
        assert await apps.enable(connection, "wine", at(7))
        assert not await apps.enable(connection, "beer", at(7))
        found = await apps.get(connection, "wine")
    assert found is not None
    assert (found.disabled_at, found.disabled_reason) == (None, None)
