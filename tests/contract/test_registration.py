"""§1 "Applications": registering separate services, and their secrets."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
import sqlalchemy as sa

from host.testing.host import Person
from tests.contract.answers import data, deleted, error
from tests.contract.cast import Stage
from tests.contract.services import Service, manifest, register, take_off


@pytest_asyncio.fixture(loop_scope="session", autouse=True)
async def _as_it_was(stage: Stage) -> AsyncIterator[None]:
    yield
    await take_off(stage)


async def _refused(stage: Stage, raw: Any, **more: Any) -> dict[str, Any]:
    admin = stage.people["admin"]
    answer = await admin.call("POST", "/apps", {"manifest": raw, **more})
    found: dict[str, Any] = error(answer, 422, "INVALID_MANIFEST")["details"]["fields"]
    return found


async def _token(stage: Stage, app_id: str, secret: str) -> int:
    body = {"appId": app_id, "appSecret": secret}
    return (await stage.host.nobody.call("POST", "/apps/token", body)).status_code


async def _told(organizer: Person, path: str) -> list[str]:
    events = await organizer.get(f"{path}/events?limit=100")
    return [e["data"]["kind"] for e in events if e["event"] == "notification:received"]


async def test_a_service_is_registered_and_its_secret_is_shown_once(stage: Stage) -> None:
    """POST /apps `{manifest}` → `{appId, appSecret, …}`, the secret shown once"""
    service = await register(stage)
    assert service.secret.startswith("whsec_")
    shown = {name: value for name, value in service.made.items() if name != "appSecret"}
    assert shown["manifest"] == manifest()
    assert (shown["source"], shown["state"]) == ("SERVICE", "ACTIVE")
    assert shown["reviewState"] == "PENDING"
    admin = stage.people["admin"]
    for person in (admin, stage.host.nobody):
        answer = await person.call("GET", f"/apps/{service.id}")
        assert data(answer) == shown
        assert service.secret not in (await person.call("GET", "/apps")).text
    listing = {row["appId"] for row in await stage.host.nobody.get("/apps")}
    assert service.id in listing


@pytest.mark.parametrize(
    ("given", "raw", "app_id"),
    [
        ({"appId": "tom"}, manifest(), "tom"),
        ({}, {**manifest(), "id": "bola"}, "bola"),
        ({"appId": "bola"}, {**manifest(), "id": "bola"}, "bola"),
        ({}, manifest(), "tombola"),
    ],
)
async def test_its_id_is_the_one_given_or_made_of_its_name(
    stage: Stage, given: dict[str, str], raw: dict[str, Any], app_id: str
) -> None:
    """POST /apps `{manifest}` → `{appId, appSecret, …}`"""
    admin = stage.people["admin"]
    made = data(await admin.call("POST", "/apps", {"manifest": raw, **given}), 201)
    assert made["appId"] == app_id
    again = await admin.call("POST", "/apps", {"manifest": raw, **given})
    assert f"/apps/{app_id}" in error(again, 409, "CONFLICT")["message"]


async def test_a_manifest_that_breaks_the_rules_is_refused_by_pointer(stage: Stage) -> None:
    """separate services | `baseUrl` must be https, or http on loopback; Capability and
    permission names not listed here are INVALID_MANIFEST."""
    raw = manifest()
    del raw["baseUrl"]
    assert set(await _refused(stage, raw)) == {"/baseUrl"}
    for address in ("http://service.example", "ftp://127.0.0.1", "//x"):
        assert set(await _refused(stage, manifest(baseUrl=address))) == {"/baseUrl"}
    assert set(await _refused(stage, manifest(permissions=["rooms:read", "all"]))) == {
        "/permissions/1"
    }
    assert set(await _refused(stage, manifest(capabilities=["everything"], webhooks={}))) == {
        "/capabilities/0"
    }
    assert set(await _refused(stage, {**manifest(), "id": "one"}, appId="two")) == {"/id"}
    assert set(await _refused(stage, manifest(), appId="platform")) == {"/id"}
    assert set(await _refused(stage, manifest(), appId="room")) == {"/id"}
    assert set(await _refused(stage, {**manifest(), "host": ">=900"})) == {"/host"}
    body = {"manifest": manifest(), "appId": "lottery"}
    error(await stage.people["admin"].call("POST", "/apps", body), 409, "CONFLICT")


async def test_what_is_installed_in_the_host_is_not_changed_by_calls(stage: Stage) -> None:
    """PATCH /apps/{appId} `{manifest}` · DELETE · POST /apps/{appId}/regenerate-secret"""
    admin = stage.people["admin"]
    for method, path, body in (
        ("PATCH", "/apps/lottery", {"manifest": manifest("9.0.0")}),
        ("DELETE", "/apps/lottery", None),
        ("POST", "/apps/lottery/regenerate-secret", None),
    ):
        said = error(await admin.call(method, path, body), 409, "CONFLICT")["message"]
        assert "installed in the host" in said
        assert "festoon apps disable lottery" in said
    for app_id in ("no-such", "platform"):
        answer = await admin.call("PATCH", f"/apps/{app_id}", {"manifest": manifest()})
        error(answer, 404, "NOT_FOUND")
        error(await admin.call("DELETE", f"/apps/{app_id}"), 404, "NOT_FOUND")


async def test_a_new_version_must_be_greater_and_rooms_keep_theirs(stage: Stage) -> None:
    """409 VERSION_CONFLICT | a manifest version that is not greater"""
    service = await register(stage)
    organizer = stage.people["organizer"]
    room = await stage.host.room(organizer, service.id)
    admin = stage.people["admin"]
    for version in ("1.0.0", "0.9.0", "1.0.0-rc.1", "1.0.0+build"):
        answer = await admin.call("PATCH", f"/apps/{service.id}", {"manifest": manifest(version)})
        assert error(answer, 409, "VERSION_CONFLICT")["details"]["version"] == version
    changed = await service.change("1.10.0")
    assert (changed["version"], changed["manifest"]) == ("1.10.0", manifest("1.10.0"))
    answer = await admin.call("PATCH", f"/apps/{service.id}", {"manifest": manifest("1.9.0")})
    error(answer, 409, "VERSION_CONFLICT")
    seen = await organizer.get(f"/rooms/{room['id']}")
    assert (seen["appManifestVersion"], seen["app"]["manifest"]) == ("1.0.0", manifest())
    newer = await stage.host.room(organizer, service.id)
    assert newer["appManifestVersion"] == "1.10.0"


async def test_a_version_that_asks_for_more_waits_for_its_review_again(stage: Stage) -> None:
    """protected capabilities work only for a reviewed app"""
    service = await register(stage, permissions=["rooms:read"])
    admin = stage.people["admin"]
    await admin.post(f"/apps/{service.id}/review", {"state": "APPROVED"})
    same = await service.change("1.1.0", permissions=["rooms:read"])
    assert same["reviewState"] == "APPROVED"
    more = await service.change("1.2.0", permissions=["rooms:read", "rooms:write"])
    assert more["reviewState"] == "PENDING"


async def test_two_secrets_are_valid_while_one_is_changed(stage: Stage) -> None:
    """POST /apps/{appId}/regenerate-secret | admin"""
    service, admin = await register(stage), stage.people["admin"]
    path = f"/apps/{service.id}/regenerate-secret"
    second = await admin.post(path)
    assert second.keys() == {"appId", "appSecret", "oldSecretEndsAt"}
    assert [await _token(stage, service.id, s) for s in (service.secret, second["appSecret"])] == [
        200,
        200,
    ]
    third = await admin.post(path, {"overlapSeconds": 60})
    secrets = (service.secret, second["appSecret"], third["appSecret"])
    assert [await _token(stage, service.id, one) for one in secrets] == [401, 200, 200]
    deleted(await admin.call("DELETE", f"/apps/{service.id}/old-secret"))
    assert [await _token(stage, service.id, one) for one in secrets] == [401, 401, 200]
    error(await admin.call("DELETE", f"/apps/{service.id}/old-secret"), 404, "NOT_FOUND")
    last = await admin.post(path, {"overlapSeconds": 0})
    assert last["oldSecretEndsAt"] is None
    assert await _token(stage, service.id, third["appSecret"]) == 401
    for wrong in (-1, 10**9, "1"):
        error(await admin.call("POST", path, {"overlapSeconds": wrong}), 422, "VALIDATION_ERROR")


async def test_of_two_who_do_the_same_at_once_one_does_it(either_stage: Stage) -> None:
    """409 CONFLICT | already joined …: two clicks must not end the secret that a service has"""
    admin = either_stage.people["admin"]
    body = {"manifest": manifest(), "appId": "twice"}
    answers = await asyncio.gather(*(admin.call("POST", "/apps", body) for _ in range(5)))
    assert sorted(answer.status_code for answer in answers) == [201, 409, 409, 409, 409]
    made = next(answer for answer in answers if answer.status_code == 201)
    service = Service(either_stage, data(made, 201))
    path = "/apps/twice/regenerate-secret"
    answers = await asyncio.gather(*(admin.call("POST", path) for _ in range(2)))
    secrets = [data(answer)["appSecret"] for answer in answers if answer.status_code == 200]
    refused = [answer for answer in answers if answer.status_code != 200]
    if refused:
        # Or one was done when the other came: then they are no two clicks at once.
        error(refused[0], 409, "CONFLICT")
        assert await _token(either_stage, "twice", service.secret) == 200
    assert await _token(either_stage, "twice", secrets[-1]) == 200
    versions = [{"manifest": manifest("1.1.0")}] * 3
    answers = await asyncio.gather(*(admin.call("PATCH", "/apps/twice", one) for one in versions))
    assert sorted(answer.status_code for answer in answers) == [200, 409, 409]
    await take_off(either_stage)


async def test_a_service_that_nobody_had_goes_without_a_trace(either_stage: Stage) -> None:
    """a deletion | 200 `{"data": {"success": true}}`"""
    service = await register(either_stage, "nobodys")
    admin = either_stage.people["admin"]
    deleted(await admin.call("DELETE", f"/apps/{service.id}"))
    error(await admin.call("GET", f"/apps/{service.id}"), 404, "NOT_FOUND")
    error(await admin.call("DELETE", f"/apps/{service.id}"), 404, "NOT_FOUND")
    again = await register(either_stage, "nobodys")
    assert again.secret != service.secret
    await take_off(either_stage)


async def test_rooms_of_a_service_that_was_taken_off_see_that_it_is_missing(
    either_stage: Stage,
) -> None:
    """A room is locked to the manifest version it was made with until its organizer upgrades it"""
    stage, admin = either_stage, either_stage.people["admin"]
    service, organizer = await register(stage, "leaving"), stage.people["organizer"]
    room = await stage.host.room(organizer, "leaving")
    path = f"/rooms/{room['id']}"
    prize = await organizer.post(f"{path}/prizes", {"name": "Sled", "quantity": 1})
    await stage.host.join(room, await stage.host.guest("Gil"))
    deleted(await admin.call("DELETE", "/apps/leaving"))
    assert await _token(stage, "leaving", service.secret) == 401
    assert (await admin.get("/apps/leaving"))["state"] == "MISSING"
    assert "leaving" not in {row["appId"] for row in await organizer.get("/apps")}
    seen = await organizer.get(path)
    assert (seen["app"]["manifest"], seen["name"]) == (manifest(), room["name"])
    answer = await organizer.call("POST", f"{path}/draws", {"prizeId": prize["id"]})
    assert "MISSING" in error(answer, 502, "DELEGATION_FAILED")["message"]
    answer = await organizer.call("POST", "/rooms", {"name": "New", "appId": "leaving"})
    error(answer, 422, "VALIDATION_ERROR")
    for _ in range(500):
        if "app:removed" in (told := await _told(organizer, path)):
            break
        await asyncio.sleep(0.02)
    assert "app:removed" in told
    # It comes back as it was, or as something greater.
    other = manifest(settings={"type": "object", "title": "Other"})
    body = {"manifest": other, "appId": "leaving"}
    error(await admin.call("POST", "/apps", body), 409, "VERSION_CONFLICT")
    await register(stage, "leaving")
    assert (await admin.get("/apps/leaving"))["state"] == "ACTIVE"
    await take_off(stage)


async def test_every_act_on_a_service_is_noted_without_its_secret(stage: Stage) -> None:
    """in the same transaction as what they tell: who did it, before and after"""
    service, admin = await register(stage), stage.people["admin"]
    await service.change("1.1.0")
    await admin.post(f"/apps/{service.id}/regenerate-secret")
    await admin.delete(f"/apps/{service.id}/old-secret")
    await admin.delete(f"/apps/{service.id}")
    query = sa.text(
        "SELECT act, actor_id, request_id, before, after FROM audit_log "
        "WHERE subject_id = :app AND act LIKE 'service:%' ORDER BY id DESC LIMIT 5"
    )
    async with stage.host.host.db.read() as conn:
        rows = list((await conn.execute(query, {"app": service.id})).all())
    acts = [row.act.partition(":")[2] for row in reversed(rows)]
    assert acts == ["register", "change", "secret", "end_secret", "remove"]
    assert {row.actor_id for row in rows} == {admin.id}
    assert all(row.request_id for row in rows)
    assert "whsec_" not in str(rows)
