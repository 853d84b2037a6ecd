"""§1 "Rooms", "Applications": versions of manifests, upgrades, and reviews."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

import orjson
import pytest
import pytest_asyncio

from host.testing.host import Person
from tests.contract.answers import data, error, fields
from tests.contract.cast import UNKNOWN, Cast, Stage, put, write

OLD = "0.0.2"
"""A version of the vault that the host is told to have run before the one that it runs."""
UP = "upgrade-manifest"


@pytest_asyncio.fixture(loop_scope="session")
async def before(stage: Stage) -> Cast:
    """A room of the vault in its older version, which had no words and no doors."""
    cast = await stage.cast(app_id="vault", appSettings={"theme": "gold", "secret": "s3same"})
    manifest = deepcopy(cast.room["app"]["manifest"])
    manifest["meta"]["version"] = OLD
    for name in ("word", "doors"):
        del manifest["settings"]["properties"][name]
    keep = "INSERT INTO app_versions SELECT 'vault', :version, :manifest, created_at"
    await write(
        stage.host,
        f"{keep} FROM app_versions WHERE app_id = 'vault' AND version = '0.1.0' "
        "ON CONFLICT DO NOTHING",
        version=OLD,
        manifest=orjson.dumps(manifest).decode(),
    )
    await write(
        stage.host,
        "UPDATE room_apps SET manifest_version = :version, settings = :settings "
        "WHERE room_id = :room",
        version=OLD,
        settings='{"mood": "well", "theme": "gold", "secret": "s3same"}',
        room=cast.room["id"],
    )
    return cast


async def _refused(cast: Cast, body: Any, status: int, code: str, **headers: str) -> dict[str, Any]:
    answer = await cast.organizer.call("POST", f"{cast.path}/{UP}", body, **headers)
    details: dict[str, Any] = error(answer, status, code)["details"]
    return details


async def test_a_room_is_locked_to_its_version_until_its_organizer_upgrades_it(
    before: Cast,
) -> None:
    """A room is locked to the manifest version it was made with until its organizer upgrades it"""
    room = await before.organizer.get(before.path)
    assert (room["appManifestVersion"], room["app"]["manifestVersion"]) == (OLD, OLD)
    word = {"appSettings": {**room["appSettings"], "word": "abc"}}
    answer = await before.organizer.call("PATCH", before.path, word)
    assert set(fields(answer)) == {"/appSettings/word"}
    body = {"targetVersion": "0.1.0", "migrationData": {"word": "abc"}}
    upgraded = data(await before.organizer.call("POST", f"{before.path}/{UP}", body))
    assert upgraded["appManifestVersion"] == "0.1.0"
    kept = {"mood": "well", "theme": "gold", "secret": "s3same", "doors": []}
    assert upgraded["appSettings"] == {**kept, "word": "abc"}
    assert upgraded == await before.organizer.get(before.path)


async def test_settings_that_do_not_fit_are_named_with_what_the_version_needs(
    before: Cast,
) -> None:
    """422 | VALIDATION_ERROR · INVALID_MANIFEST · MIGRATION_REQUIRED"""
    body = {"targetVersion": "0.1.0", "migrationData": {"word": "ABC", "theme": 5, "secret": "1"}}
    details = await _refused(before, body, 422, "MIGRATION_REQUIRED")
    assert set(details["fields"]) == {"/migrationData/word", "/migrationData/theme"}
    assert details["schema"]["properties"].keys() >= {"word", "doors"}
    body["migrationData"] = {"secret": "1234"}
    details = await _refused(before, body, 422, "MIGRATION_REQUIRED")
    assert details["fields"] == {"/migrationData": ["Everyone knows that."]}


@pytest.mark.parametrize(
    "body",
    [{}, {"targetVersion": "9.9.9"}, {"targetVersion": 2}, {"targetVersion": "0.1.0", "more": 1}],
)
async def test_a_version_that_was_never_here_is_named(before: Cast, body: Any) -> None:
    """422 | VALIDATION_ERROR"""
    details = await _refused(before, body, 422, "VALIDATION_ERROR")
    assert details["fields"].keys() <= {"targetVersion", "more"}


async def test_a_room_never_goes_back(before: Cast) -> None:
    """409 VERSION_CONFLICT | a manifest version that is not greater; If-Match that no longer …"""
    await _refused(before, {"targetVersion": OLD}, 409, "VERSION_CONFLICT")
    up = {"targetVersion": "0.1.0"}
    await _refused(before, up, 409, "VERSION_CONFLICT", if_match='"other"')
    data(await before.organizer.call("POST", f"{before.path}/{UP}", up))
    for target in ("0.1.0", OLD):
        await _refused(before, {"targetVersion": target}, 409, "VERSION_CONFLICT")


async def test_what_was_played_stays_as_it_was_played(before: Cast) -> None:
    """409 | CONFLICT: a room that is over keeps the version that it was played in"""
    await put(before, "COMPLETED")
    await _refused(before, {"targetVersion": "0.1.0"}, 409, "CONFLICT")


async def test_a_review_is_an_admins(cast: Cast, admin: Person) -> None:
    """POST /apps/{appId}/review `{state}` | admin"""
    path = "/apps/notifications/review"
    error(await cast.organizer.call("POST", path, {"state": "APPROVED"}), 403, "FORBIDDEN")
    wrong = await admin.call("POST", path, {"state": "FINE"})
    assert set(fields(wrong)) == {"state"}
    gone = await admin.call("POST", f"/apps/{UNKNOWN}/review", {"state": "PENDING"})
    error(gone, 404, "NOT_FOUND")
    for state in ("PENDING", "REJECTED", "APPROVED"):
        assert data(await admin.call("POST", path, {"state": state}))["reviewState"] == state
        assert (await cast.organizer.get("/apps/notifications"))["reviewState"] == state
