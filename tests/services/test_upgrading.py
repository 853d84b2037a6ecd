"""Rooms go on in the version they were made with, and go up when their organizer says so."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from host.access import Actor
from host.apps.states import AppState
from host.errors import AppPermissionDenied
from host.services.migrating import UNVEILED
from host.store.paging import PageRequest
from host.testing.host import Person, Refused
from tests.fixtures.ladder import Evening, manifest
from tests.services import invariants


@pytest.fixture
def evening(tmp_path: Path, sqlite_url: str) -> Evening:
    return Evening(tmp_path, sqlite_url)


@pytest.fixture
def either_evening(tmp_path: Path, database_url: str) -> Evening:
    """As `evening`; the test runs once on each database."""
    return Evening(tmp_path, database_url)


async def _refused(person: Person, path: str, body: Any, status: int, code: str) -> dict[str, Any]:
    with pytest.raises(Refused) as refused:
        await person.post(path, body)
    assert (refused.value.status, refused.value.code) == (status, code), refused.value
    details: dict[str, Any] = refused.value.error["details"]
    return details


async def test_a_rooms_way_from_1_0_to_2_0(evening: Evening) -> None:
    """POST /rooms/{id}/upgrade-manifest `{targetVersion, migrationData?}` | organizer; A room is
    locked to the manifest version it was made with until its organizer upgrades it
    """
    secret = {"word": "s3same", "colour": "green"}
    async with evening.under("1.0.0") as (running, olga):
        room = await running.room(olga, "ladder", appSettings=secret)
        other = await running.room(olga, "ladder")
        path = f"/rooms/{room['id']}"
        up = f"{path}/upgrade-manifest"
        await _refused(olga, up, {"targetVersion": "1.1.0"}, 422, "VALIDATION_ERROR")

    async with evening.under("1.1.0") as (running, olga):
        # Both go on in 1.0.0: its settings, its permissions.
        held = await olga.get(path)
        assert held == room
        assert held["app"]["manifest"] == manifest("1.0.0")
        assert (await olga.get("/apps/ladder"))["version"] == "1.1.0"
        change = {"appSettings": {**room["appSettings"], "motto": "Higher"}}
        with pytest.raises(Refused, match="is not known here"):
            await olga.patch(path, change)
        asks = {"appSettings": {**room["appSettings"], "toast": "how many prizes?"}}
        with pytest.raises(Refused, match="needs the permission 'prizes:read'"):
            await olga.patch(path, asks)

        granted = frozenset(manifest("1.1.0")["permissions"])
        itself = Actor(app_id="ladder", app_permissions=granted)
        prizes = running.host.services.prizes
        with pytest.raises(AppPermissionDenied) as denied:
            await prizes.list(itself, room["id"], PageRequest())
        assert denied.value.details["granted"] == ["participants:read"]

        details = await _refused(olga, up, {"targetVersion": "1.0.0"}, 409, "VERSION_CONFLICT")
        assert details == {"appId": "ladder", "version": "1.0.0", "target": "1.0.0"}
        await _refused(olga, up, {"targetVersion": "7.0.0"}, 422, "VALIDATION_ERROR")
        guest = await running.guest("Gus")
        await running.join(room, guest)
        await _refused(guest, up, {"targetVersion": "1.1.0"}, 403, "FORBIDDEN")

        # Without migration data: what it had is kept, secrets too.
        before = (await olga.get(f"{path}/events"))[-1]["seq"]
        upgraded = await olga.post(up, {"targetVersion": "1.1.0"})
        assert upgraded["appManifestVersion"] == "1.1.0" == upgraded["app"]["manifestVersion"]
        assert upgraded["appSettings"] == room["appSettings"]
        assert upgraded == await olga.get(path)
        (told,) = await olga.get(f"{path}/events?after={before}")
        assert (told["event"], told["data"]["appManifestVersion"]) == ("room:updated", "1.1.0")
        (noted,) = [row for row in await olga.get(f"{path}/audit") if row["act"] == "app:upgrade"]
        assert (noted["before"], noted["after"]) == ({"version": "1.0.0"}, {"version": "1.1.0"})
        assert (await prizes.list(itself, room["id"], PageRequest())).items == []
        await olga.patch(path, change)
        with pytest.raises(Refused, match="0 prizes"):
            await olga.patch(path, asks)
        assert (await olga.get(f"/rooms/{other['id']}"))["appManifestVersion"] == "1.0.0"

    async with evening.under("2.0.0") as (running, olga):
        # It draws no more, and says so; where it is allowed, the platform steps in.
        await olga.post(f"{path}/prizes", {"name": "Sledge"})
        with pytest.raises(Refused, match=r"version 2\.0\.0, which runs, does not answer") as no:
            await olga.post(f"{path}/draws")
        assert (no.value.status, no.value.code) == (502, "DELEGATION_FAILED")
        told = (await olga.get(f"{path}/events"))[-1]["data"]
        assert (told["kind"], told["data"]["appId"]) == ("app:failed", "ladder")

        target = {"targetVersion": "2.0.0"}
        details = await _refused(olga, up, target, 422, "MIGRATION_REQUIRED")
        assert details["schema"] == manifest("2.0.0")["settings"]
        assert (details["version"], details["targetVersion"]) == ("1.1.0", "2.0.0")
        assert details["fields"] == {
            "/migrationData/colour": ["is not known here"],
            "/migrationData/sponsor": ["is required"],
            "/migrationData/word": [UNVEILED],
        }
        data = {"sponsor": "Acme", "colour": None, "word": None}
        body = {**target, "migrationData": data}
        details = await _refused(olga, up, body, 409, "DELEGATION_CONFLICT")
        assert details["capabilities"] == ["winnerSelection"]
        await olga.put(f"{path}/delegations", {"winnerSelection": None})
        with pytest.raises(Refused, match="since version 2") as no:
            await olga.put(f"{path}/delegations", {"winnerSelection": "ladder"})
        assert no.value.code == "DELEGATION_CONFLICT"
        data["sponsor"] = "Nobody"
        details = await _refused(olga, up, body, 422, "MIGRATION_REQUIRED")
        assert details["fields"] == {"/migrationData": ["Nobody sponsors nothing."]}
        data["sponsor"] = "Acme"
        upgraded = await olga.post(up, body)
        assert upgraded["appSettings"] == {"toast": "Cheers", "motto": "Higher", "sponsor": "Acme"}
        await _refused(olga, up, {"targetVersion": "1.1.0"}, 409, "VERSION_CONFLICT")
        log = await olga.call("GET", f"{path}/audit")
        assert "s3same" not in log.text

    async with evening.under("1.1.0") as (running, olga):
        # The older code is not let in: not even into rooms that are of its version.
        record = running.host.registry.record("ladder")
        assert record.state is AppState.INCOMPATIBLE
        assert "version 2.0.0 has run here, and 1.1.0 is older" in (record.reason or "")
        assert (await olga.get("/apps/ladder"))["version"] == "2.0.0"
        there = f"/rooms/{other['id']}"
        assert (await olga.get(there))["appState"] == "INCOMPATIBLE"
        body = {"targetVersion": "1.1.0"}
        details = await _refused(olga, f"{there}/upgrade-manifest", body, 409, "CONFLICT")
        assert details == {"appId": "ladder", "state": "INCOMPATIBLE"}
        await invariants.check(running.host.db, room["id"])


async def test_of_two_who_upgrade_at_once_one_does_and_the_other_hears_of_it(
    either_evening: Evening,
) -> None:
    async with either_evening.under("1.0.0") as (running, olga):
        room = await running.room(olga, "ladder")
    path = f"/rooms/{room['id']}"
    async with either_evening.under("1.1.0") as (running, olga):
        body = {"targetVersion": "1.1.0"}
        tag = (await olga.call("GET", path)).headers["ETag"]
        await olga.patch(path, {"name": "Another name"})
        late = await olga.call("POST", f"{path}/upgrade-manifest", body, if_match=tag)
        assert late.json()["error"]["code"] == "VERSION_CONFLICT"
        tag = (await olga.call("GET", path)).headers["ETag"]
        answers = await asyncio.gather(
            *(olga.call("POST", f"{path}/upgrade-manifest", body, if_match=tag) for _ in range(3))
        )
        assert sorted(one.status_code for one in answers) == [200, 409, 409]
        refused = {a.json()["error"]["code"] for a in answers if a.status_code == 409}
        assert refused == {"VERSION_CONFLICT"}


async def test_settings_that_were_checked_for_the_version_before_are_not_written(
    either_evening: Evening,
) -> None:
    async with either_evening.under("1.0.0") as (running, olga):
        room = await running.room(olga, "ladder", appSettings={"colour": "green"})
        path = f"/rooms/{room['id']}"
        await olga.put(f"{path}/delegations", {"winnerSelection": None})
    async with either_evening.under("2.0.0") as (running, olga):
        patch = {"sponsor": "Acme", "colour": None}
        body = {"targetVersion": "2.0.0", "migrationData": patch}
        settings = {"toast": "To us", "colour": "gold"}
        answers = await asyncio.gather(
            olga.call("POST", f"{path}/upgrade-manifest", body),
            olga.call("PATCH", path, {"appSettings": settings}),
            olga.call("PATCH", f"{path}/apps/ladder", {"settings": settings}),
        )
        held = await olga.get(path)
        if answers[0].status_code == 200:
            assert held["appSettings"]["sponsor"] == "Acme"
            assert "colour" not in held["appSettings"]
        else:
            assert answers[0].json()["error"]["code"] == "VERSION_CONFLICT"
            assert held["appSettings"] == settings


async def test_another_application_of_the_room_goes_up_by_a_call_of_its_own(
    evening: Evening,
) -> None:
    async with evening.under("1.0.0") as (running, olga):
        room = await running.room(olga)
        path = f"/rooms/{room['id']}"
        await olga.post(f"{path}/apps", {"appId": "ladder", "settings": {"colour": "green"}})
    async with evening.under("2.0.0") as (running, olga):
        up = f"{path}/apps/ladder/upgrade-manifest"
        body: dict[str, Any] = {"targetVersion": "2.0.0"}
        details = await _refused(olga, up, body, 422, "MIGRATION_REQUIRED")
        assert "/migrationData/sponsor" in details["fields"]
        nobody = {**body, "migrationData": {"colour": None, "sponsor": "Nobody"}}
        details = await _refused(olga, up, nobody, 422, "MIGRATION_REQUIRED")
        assert details["fields"] == {"/migrationData": ["Nobody sponsors nothing."]}
        body["migrationData"] = {"colour": None, "sponsor": "Acme"}
        row = await olga.post(up, body)
        assert row == {
            "appId": "ladder",
            "settings": {"toast": "Cheers", "sponsor": "Acme"},
            "manifestVersion": "2.0.0",
            "enabled": True,
            "capabilities": ["roomSettings"],
            "mayNotify": True,
        }
        assert (await olga.get(path))["appManifestVersion"] == room["appManifestVersion"]
        await _refused(olga, f"{path}/apps/quiz/upgrade-manifest", body, 404, "NOT_FOUND")


async def test_a_room_that_is_over_stays_as_it_was_played(evening: Evening) -> None:
    async with evening.under("1.0.0") as (running, olga):
        room = await running.room(olga, "ladder")
        await olga.patch(f"/rooms/{room['id']}", {"status": "COMPLETED"})
    async with evening.under("1.1.0") as (running, olga):
        up = f"/rooms/{room['id']}/upgrade-manifest"
        details = await _refused(olga, up, {"targetVersion": "1.1.0"}, 409, "CONFLICT")
        assert details == {"status": "COMPLETED"}


async def test_pages_of_the_newest_code_tell_no_secret_of_an_older_room(evening: Evening) -> None:
    async with evening.under("1.0.0") as (running, olga):
        room = await running.room(olga, "ladder", appSettings={"word": "s3same"})
    async with evening.under("2.0.0") as (running, olga):
        guest = await running.guest("Gus")
        await running.join(room, guest)
        headers = {"Authorization": f"Bearer {guest.token}"}
        page = await running.client.get(f"/apps/ladder/rooms/{room['id']}/sign", headers=headers)
        assert page.status_code == 200
        assert "s3same" not in page.text
        assert "Cheers" in page.text
