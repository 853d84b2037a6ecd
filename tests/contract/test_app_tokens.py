"""§1 "Applications": tokens of applications, alone and beside a user's."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
import pytest_asyncio

from host.errors import AppPermissionDenied
from host.testing.host import Person
from tests.contract.answers import data, error
from tests.contract.cast import Cast, Stage
from tests.contract.services import ALL, Service, register, take_off


@pytest_asyncio.fixture(loop_scope="session", autouse=True)
async def _as_it_was(stage: Stage) -> AsyncIterator[None]:
    yield
    await take_off(stage)


@pytest_asyncio.fixture(loop_scope="session")
async def service(stage: Stage) -> Service:
    """A service that may do everything."""
    return await register(stage)


async def _both(service: Service, user: Person, method: str, path: str, body: Any = None) -> Any:
    headers = {"X_App_Id": service.id, "X_App_Token": await service.token()}
    return await user.call(method, path, body, **headers)


async def _room(stage: Stage, service: Service) -> Cast:
    return await stage.cast(app_id=service.id)


async def test_a_secret_buys_a_token(stage: Stage, service: Service) -> None:
    """POST /apps/token `{appId, appSecret}` → `{accessToken, tokenType, expiresIn}` | the app"""
    body = {"appId": service.id, "appSecret": service.secret}
    given = data(await stage.host.nobody.call("POST", "/apps/token", body))
    assert given.keys() == {"accessToken", "tokenType", "expiresIn"}
    assert (given["tokenType"], given["expiresIn"]) == ("Bearer", 3600)
    old = Person(stage.host.client, None)
    old.token = given["accessToken"][:-4] + "AAAA"
    data(await old.call("POST", "/apps/token", body))
    for app_id, secret in (
        (service.id, service.secret + "x"),
        ("no-such", service.secret),
        ("lottery", service.secret),
        ("platform", "x"),
    ):
        wrong = {"appId": app_id, "appSecret": secret}
        answer = await stage.host.nobody.call("POST", "/apps/token", wrong)
        error(answer, 401, "INVALID_CREDENTIALS")


async def test_an_application_acts_alone_where_it_is_on(stage: Stage, service: Service) -> None:
    """An app acts with its own token, alone or with a user's (dual authentication)"""
    cast, alone = await _room(stage, service), await service.alone()
    assert data(await alone.call("GET", cast.path))["id"] == cast.room["id"]
    assert data(await alone.call("GET", cast.path, X_App_Id=service.id))
    made = data(await alone.call("POST", f"{cast.path}/prizes", {"name": "Sled"}), 201)
    assert made["name"] == "Sled"
    other = await stage.cast()
    error(await alone.call("GET", other.path), 404, "NOT_FOUND")
    error(await alone.call("GET", "/auth/me"), 401, "UNAUTHORIZED")
    error(await alone.call("POST", "/apps", {"manifest": {}}), 401, "UNAUTHORIZED")


async def test_with_both_it_takes_the_role_and_the_permission(stage: Stage) -> None:
    """With both, the call needs the user's role AND the app's permission."""
    service = await register(stage, permissions=["rooms:read", "prizes:write"])
    cast = await _room(stage, service)
    body = {"name": "Sled"}
    path = f"{cast.path}/prizes"
    data(await _both(service, cast.organizer, "POST", path, body), 201)
    answer = await _both(service, cast.people["viewer"], "POST", path, body)
    error(answer, 403, "FORBIDDEN")
    answer = await _both(service, cast.organizer, "GET", path)
    told = error(answer, 403, AppPermissionDenied.code)["details"]
    assert told == {"required": "prizes:read", "granted": ["prizes:write", "rooms:read"]}
    # What is a person's own is no application's, whatever it asks for.
    error(await _both(service, cast.organizer, "POST", "/auth/logout"), 403, "FORBIDDEN")
    entry = (await cast.organizer.get(f"{cast.path}/audit"))[0]
    assert (entry["act"], entry["appId"]) == ("prize:create", service.id)
    assert entry["actor"]["id"] == cast.organizer.id


async def test_headers_that_do_not_fit_let_nobody_in(stage: Stage, service: Service) -> None:
    """401 UNAUTHORIZED · INVALID_CREDENTIALS · INVALID_TOKEN | no/expired/revoked token"""
    other = await register(stage, "other")
    user, alone = stage.people["organizer"], await service.alone()
    mine, theirs = await service.token(), await other.token()

    async def refused(person: Person, **headers: str) -> str:
        answer = await person.call("GET", "/rooms", **headers)
        said: str = error(answer, 401, "UNAUTHORIZED")["message"]
        assert answer.headers["WWW-Authenticate"].startswith("Bearer")
        return said

    assert "X-App-Token" in await refused(user, X_App_Id=service.id)
    assert "X-App-Id" in await refused(user, X_App_Token=mine)
    await refused(user, X_App_Id=service.id, X_App_Token=theirs)
    await refused(user, X_App_Id="no-such", X_App_Token=mine)
    await refused(user, X_App_Id=service.id, X_App_Token=mine[:-4] + "AAAA")
    await refused(user, X_App_Id=service.id, X_App_Token=user.token or "")
    await refused(user, X_App_Id=service.id, X_App_Token="")
    await refused(alone, X_App_Id=other.id)
    assert "Send one of them" in await refused(alone, X_App_Id=service.id, X_App_Token=mine)
    assert "as the bearer" in await refused(
        stage.host.nobody, X_App_Id=service.id, X_App_Token=mine
    )
    ghost = Person(stage.host.client, None)
    ghost.token = "no.such.token"
    await refused(ghost, X_App_Id=service.id, X_App_Token=mine)
    assert (await _both(service, user, "GET", "/rooms")).status_code == 200


async def _disable(stage: Stage, service: Service) -> None:
    services = stage.host.host.services
    actor = await services.identity.authenticate(stage.people["admin"].token or "")
    await services.admin.disable_app(actor, service.id)


async def _reject(stage: Stage, service: Service) -> None:
    await stage.people["admin"].post(f"/apps/{service.id}/review", {"state": "REJECTED"})


async def _quarantine(stage: Stage, service: Service) -> None:
    await stage.host.host.registry.quarantine(service.id, "failed too often")


async def _remove(stage: Stage, service: Service) -> None:
    await stage.people["admin"].delete(f"/apps/{service.id}")


async def _end_secrets(stage: Stage, service: Service) -> None:
    path = f"/apps/{service.id}/regenerate-secret"
    await stage.people["admin"].post(path, {"overlapSeconds": 0})


@pytest.mark.parametrize("end", [_disable, _reject, _quarantine, _remove, _end_secrets])
async def test_what_ends_an_application_ends_its_tokens_at_once(
    stage: Stage, service: Service, end: Any
) -> None:
    """no/expired/revoked token"""
    alone, user = await service.alone(), stage.people["organizer"]
    headers = {"X_App_Id": service.id, "X_App_Token": await service.token()}
    data_or_list: list[httpx.Response] = [
        await alone.call("GET", "/rooms"),
        await user.call("GET", "/rooms", **headers),
    ]
    assert [answer.status_code for answer in data_or_list] == [200, 200]
    await end(stage, service)
    error(await alone.call("GET", "/rooms"), 401, "UNAUTHORIZED")
    error(await user.call("GET", "/rooms", **headers), 401, "UNAUTHORIZED")
    body = {"appId": service.id, "appSecret": service.secret}
    answer = await stage.host.nobody.call("POST", "/apps/token", body)
    if end in (_remove, _end_secrets):
        error(answer, 401, "INVALID_CREDENTIALS")
    else:
        states = {_disable: "DISABLED", _reject: "REJECTED", _quarantine: "QUARANTINED"}
        assert error(answer, 403, "FORBIDDEN")["details"]["state"] == states[end]


async def test_one_that_is_switched_on_again_goes_on(stage: Stage, service: Service) -> None:
    """An app acts with its own token"""
    alone = await service.alone()
    await _disable(stage, service)
    error(await alone.call("GET", "/rooms"), 401, "UNAUTHORIZED")
    services = stage.host.host.services
    actor = await services.identity.authenticate(stage.people["admin"].token or "")
    await services.admin.enable_app(actor, service.id)
    assert (await alone.call("GET", "/rooms")).status_code == 200


async def test_a_permission_that_the_manifest_gives_up_is_gone_at_once(
    stage: Stage, service: Service
) -> None:
    """403 FORBIDDEN · APP_PERMISSION_DENIED | … the app's manifest lacks the permission"""
    cast, alone = await _room(stage, service), await service.alone()
    body = {"name": "Sled"}
    data(await alone.call("POST", f"{cast.path}/prizes", body), 201)
    kept = [one for one in ALL if one != "prizes:write"]
    await service.change("1.1.0", permissions=kept)
    answer = await alone.call("POST", f"{cast.path}/prizes", body)
    told = error(answer, 403, "APP_PERMISSION_DENIED")["details"]
    assert told == {"required": "prizes:write", "granted": sorted(kept)}
