"""§1 "Applications": GET /apps · GET /apps/{appId}."""

from __future__ import annotations

from dataclasses import replace

import pytest

from host.access import Actor
from host.services.apps import AppEntry
from host.testing.host import Person, TestHost
from tests.contract.answers import data, error, listed

KEYS = {"appId", "manifest", "version", "source", "reviewState", "price"}


async def test_anyone_sees_the_catalogue(host: TestHost) -> None:
    """GET /apps | anyone: the catalogue (manifest, version, source, review state, price)"""
    rows, meta = listed(await host.nobody.call("GET", "/apps"))
    assert {row["appId"] for row in rows} == {"lottery", "notifications", "quiz", "vault"}
    assert meta["total"] == len(rows)
    for row in rows:
        assert row.keys() >= KEYS
        assert row["version"] == row["manifest"]["meta"]["version"]
        assert row["source"] == "IN_PROCESS"


async def test_applications_of_the_house_are_approved(host: TestHost) -> None:
    """review states | … in-process first-party apps are APPROVED"""
    for app_id in ("lottery", "quiz", "notifications"):
        assert (await host.nobody.get(f"/apps/{app_id}"))["reviewState"] == "APPROVED"


async def test_one_application_is_as_in_the_catalogue(host: TestHost) -> None:
    """GET /apps/{appId} | anyone"""
    rows, _ = listed(await host.nobody.call("GET", "/apps"))
    for row in rows:
        assert data(await host.nobody.call("GET", f"/apps/{row['appId']}")) == row


async def test_a_manifest_has_what_the_contract_names(host: TestHost) -> None:
    """Manifest: JSON; `meta {name, version, description, …}`, … `settings` (JSON Schema)"""
    manifest = (await host.nobody.get("/apps/lottery"))["manifest"]
    assert manifest.keys() >= {"meta", "capabilities", "permissions", "settings"}
    assert manifest["meta"].keys() >= {"name", "version", "description"}


@pytest.mark.parametrize("app_id", ["no-such-app", "platform", "LOTTERY"])
async def test_an_application_that_is_not_there_is_not_found(host: TestHost, app_id: str) -> None:
    """404 | NOT_FOUND"""
    error(await host.nobody.call("GET", f"/apps/{app_id}"), 404, "NOT_FOUND")


async def test_a_lottery_needs_no_settings(host: TestHost) -> None:
    """first-party apps | a lottery room needs no settings: every property has a default"""
    settings = (await host.nobody.get("/apps/lottery"))["manifest"]["settings"]
    assert all("default" in part for part in settings["properties"].values())
    assert not settings.get("required")


async def test_why_an_application_does_not_run_is_for_those_who_run_the_host(
    host: TestHost, admin: Person, olga: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    """never a stack trace"""
    entries = await host.host.services.apps.catalogue(Actor(is_admin=True))
    broken = [replace(entry, state="FAILED", reason="/srv/broken.py") for entry in entries]

    async def all_broken() -> list[AppEntry]:
        return broken

    monkeypatch.setattr(host.host.services.apps, "_entries", all_broken)
    for person in (host.nobody, olga):
        answer = await person.call("GET", "/apps/lottery")
        assert data(answer)["state"] == "FAILED"
        assert "broken.py" not in answer.text
        assert await person.get("/apps") == []
    assert (await admin.get("/apps/lottery"))["reason"] == "/srv/broken.py"
    assert len(await admin.get("/apps")) == len(broken)
