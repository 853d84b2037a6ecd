"""§1 "Rooms" and §3: the applications of a room, and what is delegated to each."""

from __future__ import annotations

from typing import Any

import pytest

from tests.contract.answers import data, deleted, error, fields, listed
from tests.contract.cast import Cast, Stage, write

KEYS = {"appId", "settings", "manifestVersion", "enabled", "capabilities", "mayNotify"}
CAPABILITIES = {
    *("prizeFund", "participantRegistration", "winnerSelection"),
    *("notifications", "roomSettings"),
}
PLATFORMS = dict.fromkeys(CAPABILITIES)


async def _apps(cast: Cast) -> dict[str, dict[str, Any]]:
    rows, _ = listed(await cast.organizer.call("GET", f"{cast.path}/apps"))
    return {row["appId"]: row for row in rows}


async def test_the_main_application_is_always_there(cast: Cast) -> None:
    """the main app's row is always there; rows `{appId, settings, manifestVersion, …}`"""
    apps = await _apps(cast)
    assert set(apps) == {"lottery"}
    row = apps["lottery"]
    assert row.keys() == KEYS
    assert row["settings"] == cast.room["appSettings"]
    assert row["manifestVersion"] == cast.room["appManifestVersion"]
    assert (row["enabled"], row["capabilities"]) == (True, ["winnerSelection"])
    path = f"{cast.path}/apps/lottery"
    error(await cast.organizer.call("DELETE", path), 409, "CONFLICT")
    error(await cast.organizer.call("PATCH", path, {"enabled": False}), 409, "CONFLICT")
    assert await _apps(cast) == apps


async def test_an_application_is_switched_on_with_its_settings_checked(cast: Cast) -> None:
    """POST `{appId, settings?}` … an app's settings are checked like the main app's"""
    path = f"{cast.path}/apps"
    wrong = {"appId": "vault", "settings": {"word": "NO", "extra": 1}}
    answer = await cast.organizer.call("POST", path, wrong)
    assert set(fields(answer)) == {"/settings/word", "/settings/extra"}
    refused = {"appId": "vault", "settings": {"secret": "1234"}}
    error(await cast.organizer.call("POST", path, refused), 422, "VALIDATION_ERROR")
    assert set(await _apps(cast)) == {"lottery"}
    body = {"appId": "vault", "settings": {"theme": "gold"}}
    row = data(await cast.organizer.call("POST", path, body), 201)
    assert row.keys() == KEYS
    assert row["settings"] == {"mood": "well", "theme": "gold", "doors": []}
    assert (await _apps(cast))["vault"] == row


async def test_an_application_takes_over_what_nobody_has(cast: Cast) -> None:
    """the apps on in this room, … and what is delegated to each"""
    row = await cast.organizer.post(f"{cast.path}/apps", {"appId": "vault"})
    assert set(row["capabilities"]) == {"prizeFund", "participantRegistration", "roomSettings"}


async def test_an_application_is_on_once(cast: Cast) -> None:
    """409 | CONFLICT"""
    path = f"{cast.path}/apps"
    error(await cast.organizer.call("POST", path, {"appId": "lottery"}), 409, "CONFLICT")
    data(await cast.organizer.call("POST", path, {"appId": "notifications"}), 201)
    error(await cast.organizer.call("POST", path, {"appId": "notifications"}), 409, "CONFLICT")


async def test_an_application_that_is_not_there_cannot_be_switched_on(cast: Cast) -> None:
    """422 | VALIDATION_ERROR"""
    for app_id in ("no-such-app", "platform"):
        answer = await cast.organizer.call("POST", f"{cast.path}/apps", {"appId": app_id})
        assert set(fields(answer)) == {"appId"}


async def test_settings_are_changed_and_the_room_shows_the_main_ones(cast: Cast) -> None:
    """PATCH/DELETE /rooms/{id}/apps/{appId} | … their settings"""
    path = f"{cast.path}/apps/lottery"
    wrong = {"settings": {"ticketsPerGuest": "many"}}
    answer = await cast.organizer.call("PATCH", path, wrong)
    assert set(fields(answer)) == {"/settings/ticketsPerGuest"}
    row = data(await cast.organizer.call("PATCH", path, {"settings": {"ticketsPerGuest": 7}}))
    assert row["settings"]["ticketsPerGuest"] == 7
    room = await cast.organizer.get(cast.path)
    assert room["appSettings"] == row["settings"]
    assert room["updatedAt"] >= cast.room["updatedAt"]


async def test_an_application_that_is_off_answers_for_nothing(cast: Cast) -> None:
    """the apps on in this room"""
    await cast.organizer.post(f"{cast.path}/apps", {"appId": "vault"})
    off = await cast.organizer.patch(f"{cast.path}/apps/vault", {"enabled": False})
    assert (off["enabled"], off["capabilities"]) == (False, [])
    assert await cast.organizer.get(f"{cast.path}/delegations") == {
        **PLATFORMS,
        "winnerSelection": "lottery",
    }
    body = {"prizeFund": "vault"}
    answer = await cast.organizer.call("PUT", f"{cast.path}/delegations", body)
    error(answer, 409, "DELEGATION_CONFLICT")
    on = await cast.organizer.patch(f"{cast.path}/apps/vault", {"enabled": True})
    assert on["enabled"] is True


async def test_taking_an_application_out_gives_back_what_it_had(cast: Cast) -> None:
    """PATCH/DELETE /rooms/{id}/apps/{appId}"""
    await cast.organizer.post(f"{cast.path}/apps", {"appId": "vault"})
    deleted(await cast.organizer.call("DELETE", f"{cast.path}/apps/vault"))
    assert set(await _apps(cast)) == {"lottery"}
    found = await cast.organizer.get(f"{cast.path}/delegations")
    assert found == {**PLATFORMS, "winnerSelection": "lottery"}
    error(await cast.organizer.call("DELETE", f"{cast.path}/apps/vault"), 404, "NOT_FOUND")
    error(await cast.organizer.call("PATCH", f"{cast.path}/apps/vault", {}), 404, "NOT_FOUND")


async def test_delegations_are_a_map_of_all_five_capabilities(cast: Cast) -> None:
    """GET and PUT /delegations | a map of all five capabilities to an appId or null; GET
    /rooms/{id}/delegations · PUT /rooms/{id}/delegations `{capability: appId or null}`
    """
    path = f"{cast.path}/delegations"
    found = data(await cast.organizer.call("GET", path))
    assert found == {**PLATFORMS, "winnerSelection": "lottery"}
    put = data(await cast.organizer.call("PUT", path, {"winnerSelection": None}))
    assert put == PLATFORMS == await cast.organizer.get(path)
    put = data(await cast.organizer.call("PUT", path, {"winnerSelection": "lottery"}))
    assert put == {**PLATFORMS, "winnerSelection": "lottery"}
    assert data(await cast.organizer.call("PUT", path, put)) == put
    assert data(await cast.organizer.call("PUT", path, {})) == put


@pytest.mark.parametrize(
    "body",
    [
        {"prizeFund": "vault"},
        {"prizeFund": "no-such-app"},
        {"prizeFund": "lottery"},
        {"roomSettings": "platform"},
        {"winnerSelection": None, "notifications": "lottery"},
    ],
)
async def test_a_capability_goes_only_to_who_may_have_it(cast: Cast, body: dict[str, Any]) -> None:
    """409 DELEGATION_CONFLICT | an app that is not on in the room, does not declare it, …"""
    path = f"{cast.path}/delegations"
    error(await cast.organizer.call("PUT", path, body), 409, "DELEGATION_CONFLICT")
    assert (await cast.organizer.get(path))["winnerSelection"] == "lottery"


@pytest.mark.parametrize(
    ("body", "wrong"),
    [({"everything": None}, "everything"), ({"prizeFund": 5}, "prizeFund"), ({"": None}, "/")],
)
async def test_capabilities_not_listed_are_named(
    cast: Cast, body: dict[str, Any], wrong: str
) -> None:
    """Capabilities: prizeFund participantRegistration winnerSelection notifications roomSettings"""
    answer = await cast.organizer.call("PUT", f"{cast.path}/delegations", body)
    assert set(fields(answer)) in ({wrong}, {wrong.strip("/")})


async def test_a_protected_capability_waits_for_review(
    stage: Stage, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    """… or may not have it before review; which capabilities are protected is configuration"""
    config = stage.host.host.config.with_values(protected_capabilities=frozenset({"prizeFund"}))
    for service in (stage.host.host.services.room_apps,):
        core = service._core
        monkeypatch.setattr(service, "_core", _with_config(core, config))
    path = f"{cast.path}/delegations"
    await write(stage.host, "UPDATE apps SET review_state = 'PENDING' WHERE id = 'vault'")
    try:
        row = await cast.organizer.post(f"{cast.path}/apps", {"appId": "vault"})
        assert set(row["capabilities"]) == {"participantRegistration", "roomSettings"}
        answer = await cast.organizer.call("PUT", path, {"prizeFund": "vault"})
        error(answer, 409, "DELEGATION_CONFLICT")
        data(await cast.organizer.call("PUT", path, {"winnerSelection": "vault"}))
    finally:
        await write(stage.host, "UPDATE apps SET review_state = 'APPROVED' WHERE id = 'vault'")
    data(await cast.organizer.call("PUT", path, {"prizeFund": "vault"}))


def _with_config(core: Any, config: Any) -> Any:
    from dataclasses import replace

    return replace(core, config=config)


async def test_a_delegated_draw_is_the_applications_and_otherwise_the_platforms(
    stage: Stage,
) -> None:
    """POST /draws | picks through the `winnerSelection` delegation, or the platform's default"""
    cast = await stage.cast(app_id="vault")
    path = f"{cast.path}/delegations"
    prize = await cast.prize(2)
    _, _ = await cast.join()
    drawn = await cast.organizer.post(f"{cast.path}/draws", {"prizeId": prize["id"]})
    assert drawn[0]["metadata"] == {"drawnBy": "vault"}
    await cast.organizer.put(path, {"winnerSelection": None})
    drawn = await cast.organizer.post(f"{cast.path}/draws", {"prizeId": prize["id"]})
    assert drawn[0]["metadata"] != {"drawnBy": "vault"}


async def test_a_prize_fund_of_the_application_fills_the_new_room(stage: Stage) -> None:
    """prizeFund | prize_fund · check_prize"""
    cast = await stage.cast(app_id="vault", appSettings={"theme": "gold"})
    rows, _ = listed(await cast.organizer.call("GET", f"{cast.path}/prizes"))
    assert [(row["name"], row["quantity"]) for row in rows] == [("Gold bar", 3)]
    assert cast.room["_count"]["prizes"] == 1
    answer = await cast.organizer.call("POST", f"{cast.path}/prizes", {"name": "Lead"})
    assert error(answer, 409, "CONFLICT")["message"] == "No lead in here."
    path = f"{cast.path}/prizes/{rows[0]['id']}"
    error(await cast.organizer.call("PATCH", path, {"name": "Lead"}), 409, "CONFLICT")
