"""What is noted of privileged acts: every one, with who, before and after, and no secrets."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from host.contract import iso
from host.web.api.calls import CALLS
from tests.contract.answers import data, error, listed
from tests.contract.cast import Cast, Stage, write

UNNOTED = {
    ("POST", "/rooms/{room_id}/participants"): "one joins by oneself",
    ("DELETE", "/rooms/{room_id}/participants/me"): "one leaves by oneself",
    ("POST", "/rooms/{room_id}/events"): "an application tells what its game does",
}
"""Calls that change something and are no privileged acts, with the reason."""

Act = Callable[[Cast], Awaitable[Any]]


async def _of(cast: Cast, method: str, path: str, body: Any = None) -> Any:
    answer = await cast.organizer.call(method, cast.path + path, body)
    assert answer.is_success, answer.text
    return answer.json()["data"]


def _on(role: str, method: str, path: str = "", body: Any = None) -> Act:
    async def act(cast: Cast) -> Any:
        part = f"/participants/{cast.parts[role]['id']}{path}"
        return await _of(cast, method, part, body)

    return act


def _plain(method: str, path: str, body: Any = None) -> Act:
    return lambda cast: _of(cast, method, path, body)


async def _unban(cast: Cast) -> Any:
    await _on("viewer", "POST", "/ban")(cast)
    return await _on("viewer", "DELETE", "/ban")(cast)


async def _hand_over(cast: Cast) -> Any:
    body = {"participantId": cast.parts["moderator"]["id"]}
    return await _of(cast, "POST", "/owner", body)


async def _award(cast: Cast) -> Any:
    return await cast.award()


async def _draw(cast: Cast) -> Any:
    return await _of(cast, "POST", "/draws", {"prizeId": (await cast.prize())["id"]})


async def _revoke(cast: Cast) -> Any:
    return await _of(cast, "DELETE", f"/winners/{(await cast.award())['id']}")


async def _change_prize(cast: Cast) -> Any:
    return await _of(cast, "PATCH", f"/prizes/{(await cast.prize())['id']}", {"quantity": 3})


async def _delete_prize(cast: Cast) -> Any:
    return await _of(cast, "DELETE", f"/prizes/{(await cast.prize())['id']}")


async def _remove_app(cast: Cast) -> Any:
    await _of(cast, "POST", "/apps", {"appId": "notifications"})
    return await _of(cast, "DELETE", "/apps/notifications")


async def _take_back(cast: Cast) -> Any:
    later = iso(datetime.now(UTC) + timedelta(days=1))
    planned = await _of(cast, "POST", "/announcements", {"title": "The bus leaves", "at": later})
    return await _of(cast, "DELETE", f"/announcements/{planned['id']}")


def _upgraded(path: str) -> Act:
    async def act(cast: Cast) -> Any:
        version = cast.room["appManifestVersion"]
        keep = "INSERT INTO app_versions SELECT app_id, '0.0.1', manifest, created_at"
        await write(
            cast.host,
            f"{keep} FROM app_versions WHERE app_id = 'lottery' AND version = :version "
            "ON CONFLICT DO NOTHING",
            version=version,
        )
        lock = "UPDATE room_apps SET manifest_version = '0.0.1' WHERE room_id = :room"
        await write(cast.host, lock, room=cast.room["id"])
        return await _of(cast, "POST", path, {"targetVersion": version})

    return act


async def _nothing(_: Cast) -> Any:
    return None


ACTS: dict[tuple[str, str], tuple[str, Act]] = {
    # The room of each test was made by this call.
    ("POST", "/rooms"): ("room:create", _nothing),
    ("PATCH", "/rooms/{room_id}"): ("room:change", _plain("PATCH", "", {"name": "Old New Year"})),
    ("DELETE", "/rooms/{room_id}"): ("room:delete", _plain("DELETE", "")),
    ("POST", "/rooms/{room_id}/join-code"): ("room:code", _plain("POST", "/join-code")),
    ("POST", "/rooms/{room_id}/apps"): (
        "app:add",
        _plain("POST", "/apps", {"appId": "notifications"}),
    ),
    ("PATCH", "/rooms/{room_id}/apps/{app_id}"): (
        "app:change",
        _plain("PATCH", "/apps/lottery", {"settings": {"ticketsPerGuest": 2}}),
    ),
    ("DELETE", "/rooms/{room_id}/apps/{app_id}"): ("app:remove", _remove_app),
    ("POST", "/rooms/{room_id}/upgrade-manifest"): ("app:upgrade", _upgraded("/upgrade-manifest")),
    ("POST", "/rooms/{room_id}/apps/{app_id}/upgrade-manifest"): (
        "app:upgrade",
        _upgraded("/apps/lottery/upgrade-manifest"),
    ),
    ("PUT", "/rooms/{room_id}/delegations"): (
        "app:delegate",
        _plain("PUT", "/delegations", {"winnerSelection": None}),
    ),
    ("PATCH", "/rooms/{room_id}/participants/{participant_id}"): (
        "participant:role",
        _on("viewer", "PATCH", "", {"role": "MODERATOR"}),
    ),
    ("DELETE", "/rooms/{room_id}/participants/{participant_id}"): (
        "participant:remove",
        _on("viewer", "DELETE"),
    ),
    ("PATCH", "/rooms/{room_id}/door"): ("door:lock", _plain("PATCH", "/door", {"locked": True})),
    ("POST", "/rooms/{room_id}/participants/{participant_id}/ban"): (
        "participant:ban",
        _on("viewer", "POST", "/ban"),
    ),
    ("DELETE", "/rooms/{room_id}/participants/{participant_id}/ban"): (
        "participant:unban",
        _unban,
    ),
    ("POST", "/rooms/{room_id}/owner"): ("room:owner", _hand_over),
    ("POST", "/rooms/{room_id}/prizes"): ("prize:create", _plain("POST", "/prizes", {"name": "A"})),
    ("PATCH", "/rooms/{room_id}/prizes/{prize_id}"): ("prize:change", _change_prize),
    ("DELETE", "/rooms/{room_id}/prizes/{prize_id}"): ("prize:delete", _delete_prize),
    ("POST", "/rooms/{room_id}/winners"): ("winner:award", _award),
    ("DELETE", "/rooms/{room_id}/winners/{winner_id}"): ("winner:revoke", _revoke),
    ("POST", "/rooms/{room_id}/draws"): ("draw", _draw),
    ("POST", "/rooms/{room_id}/announcements"): (
        "announce",
        _plain("POST", "/announcements", {"title": "The bus leaves at ten"}),
    ),
    ("DELETE", "/rooms/{room_id}/announcements/{announcement_id}"): (
        "announce:cancel",
        _take_back,
    ),
}


async def _noted(cast: Cast) -> list[sa.Row[Any]]:
    query = "SELECT act, actor_id, request_id FROM audit_log WHERE room_id = :room ORDER BY id"
    async with cast.host.host.db.read() as conn:
        found = await conn.execute(sa.text(query), {"room": cast.room["id"]})
        return list(found.all())


def test_every_call_that_changes_a_room_is_noted_or_has_a_reason() -> None:
    """A call that nobody thought of would leave no trace."""
    unsafe = {
        (c.method, c.path) for c in CALLS if c.path.startswith("/rooms") and c.method != "GET"
    }
    assert unsafe - UNNOTED.keys() == ACTS.keys()


@pytest.mark.parametrize("call", ACTS, ids=lambda call: " ".join(call))
async def test_a_privileged_act_is_noted_with_who_did_it(
    stage: Stage, call: tuple[str, str]
) -> None:
    """Audit log of every privileged act with actor, app, before and after"""
    act, run = ACTS[call]
    cast = await stage.cast()
    await run(cast)
    entry = next(row for row in reversed(await _noted(cast)) if row.act == act)
    assert entry.actor_id == cast.organizer.id
    assert entry.request_id


async def test_the_log_is_read_by_organizers_page_by_page_newest_first(
    either_stage: Stage,
) -> None:
    """cursors | `cursor=` (empty) starts, `meta.nextCursor` continues, null ends"""
    cast = await either_stage.cast()
    won = await cast.award("viewer", await cast.prize(name="Skates"))
    await cast.organizer.patch(cast.path, {"name": "Old New Year"})
    path, found = f"{cast.path}/audit?limit=2&cursor=", []
    cursor: str | None = ""
    while cursor is not None:
        rows, meta = listed(await cast.organizer.call("GET", path + cursor))
        found += rows
        cursor = meta["nextCursor"]
    whole, meta = listed(await cast.organizer.call("GET", f"{cast.path}/audit?limit=100"))
    assert found == whole
    assert meta["total"] == len(whole)
    assert [row["act"] for row in whole[:2]] == ["room:change", "winner:award"]
    assert (whole[0]["before"], whole[0]["after"]) == (
        {"name": "New Year"},
        {"name": "Old New Year"},
    )
    assert whole[0]["actor"]["name"] == "Organizer"
    names = whole[1]["names"]
    assert (names[won["id"]], names[won["prizeId"]]) == ("Viewer", "Skates")
    assert whole[-1]["act"] == "room:create"
    error(await cast.people["moderator"].call("GET", f"{cast.path}/audit"), 403, "FORBIDDEN")


async def test_no_secret_and_no_long_text_comes_into_the_log(stage: Stage) -> None:
    """a settings property marked `"writeOnly": true` in the manifest's schema is left out"""
    cast = await stage.cast(app_id="vault", appSettings={"secret": "s3same"})
    for settings in (
        {"secret": "open s3same"},
        {"secret": "s3same2", "theme": "x" * 900, "doors": [{"name": "a", "code": "s3same3"}]},
    ):
        await cast.organizer.patch(cast.path, {"appSettings": settings})
        await cast.organizer.patch(f"{cast.path}/apps/vault", {"settings": settings})
    answer = await cast.organizer.call("GET", f"{cast.path}/audit?limit=100")
    assert len([row for row in data_of(answer) if row["act"] == "room:change"]) == 2
    assert "s3same" not in answer.text
    assert "secrets" in answer.text
    assert "x" * 201 not in answer.text


def data_of(answer: Any) -> list[dict[str, Any]]:
    """The rows of a list."""
    rows, _ = listed(answer)
    return rows


async def test_what_was_refused_is_not_noted(cast: Cast) -> None:
    """in the same transaction"""
    before = await _noted(cast)
    path = f"{cast.path}/participants/{cast.parts['organizer']['id']}"
    error(await cast.organizer.call("PATCH", path, {"role": "VIEWER"}), 409, "CONFLICT")
    error(await cast.organizer.call("DELETE", path), 409, "CONFLICT")
    assert await _noted(cast) == before
    data(await cast.organizer.call("GET", cast.path))
