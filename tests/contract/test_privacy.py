"""§3: private rooms, the join code as the invitation, and secrets in settings."""

from __future__ import annotations

import json
from itertools import count
from typing import Any

import pytest

from host.testing.host import Person
from tests.contract.answers import data, error, listed
from tests.contract.cast import Cast, Stage

SECRET = "open sesame"
SETTINGS = {
    "theme": "gold",
    "secret": SECRET,
    "doors": [{"name": "front", "code": SECRET}, {"name": "back"}],
}
SHOWN = {"mood": "well", "theme": "gold", "doors": [{"name": "front"}, {"name": "back"}]}


async def _lists(person: Person, room: dict[str, Any]) -> bool:
    found: set[str] = set()
    # Other tests make rooms too: there may be more of them than one page has.
    for page in count(1):
        path = f"/rooms?createdBy={room['createdBy']}&limit=100&page={page}"
        rows, meta = listed(await person.call("GET", path))
        found |= {row["id"] for row in rows}
        if page >= meta["totalPages"]:
            break
    return room["id"] in found


async def test_a_private_room_is_unknown_to_strangers(shared: Cast) -> None:
    """private rooms | 404 to strangers by id, list, events and socket"""
    for role in ("nobody", "stranger"):
        person = shared.people[role]
        error(await person.call("GET", shared.path), 404, "NOT_FOUND")
        assert not await _lists(person, shared.room)
    stranger = shared.people["stranger"]
    error(await stranger.call("GET", f"{shared.path}/events"), 404, "NOT_FOUND")


async def test_whoever_is_in_a_private_room_sees_it(shared: Cast) -> None:
    """a user also the rooms they are in; GET /rooms/{id} … by-code/{joinCode} | … participant"""
    for role in ("viewer", "participant", "moderator", "organizer", "admin"):
        assert (await shared.people[role].get(shared.path))["id"] == shared.room["id"]
        assert await _lists(shared.people[role], shared.room)


async def test_anyone_sees_a_public_room(stage: Stage) -> None:
    """anyone sees public rooms"""
    cast = await stage.cast(isPublic=True)
    for role in ("nobody", "stranger"):
        assert (await cast.people[role].get(cast.path))["id"] == cast.room["id"]
        assert await _lists(cast.people[role], cast.room)
    await cast.organizer.patch(cast.path, {"isPublic": False})
    for role in ("nobody", "stranger"):
        error(await cast.people[role].call("GET", cast.path), 404, "NOT_FOUND")
        assert not await _lists(cast.people[role], cast.room)


async def test_who_has_left_a_private_room_is_a_stranger_again(cast: Cast) -> None:
    """private rooms | 404 to strangers"""
    viewer = cast.people["viewer"]
    await viewer.delete(f"{cast.path}/participants/me")
    error(await viewer.call("GET", cast.path), 404, "NOT_FOUND")
    error(await viewer.call("GET", f"{cast.path}/events"), 404, "NOT_FOUND")
    assert not await _lists(viewer, cast.room)


async def test_the_code_shows_its_holder_what_the_room_is(shared: Cast) -> None:
    """GET /rooms/by-code/{joinCode} shows its holder the room's name, status, organizer and app"""
    path = f"/rooms/by-code/{shared.room['joinCode']}"
    for role in ("nobody", "stranger", "viewer", "organizer"):
        found = await shared.people[role].get(path)
        for key in ("id", "name", "status", "organizer", "app"):
            assert found[key] == shared.room[key], key


async def test_a_code_is_taken_as_people_type_it(shared: Cast) -> None:
    """GET /rooms/by-code/{joinCode}: a code read aloud survives"""
    code = shared.room["joinCode"]
    for typed in (code.lower(), f"{code[:3]}-{code[3:]}", f" {code[:2]} {code[2:]}"):
        found = await shared.people["stranger"].get(f"/rooms/by-code/{typed}")
        assert found["id"] == shared.room["id"]


@pytest.mark.parametrize("code", ["000000", "", "x", "ZZZZZZZZZZZZZZZZZZZZ", "%20", "-"])
async def test_a_code_that_no_room_has_is_not_found(shared: Cast, code: str) -> None:
    """404 | NOT_FOUND"""
    error(await shared.people["stranger"].call("GET", f"/rooms/by-code/{code}"), 404, "NOT_FOUND")


async def test_the_code_lets_into_a_private_room_and_nothing_else_does(cast: Cast) -> None:
    """POST /participants takes `joinCode` (needed in a private room, allowed in a public one)"""
    path = f"{cast.path}/participants"
    guest = await cast.host.guest("Guest")
    for body in (None, {}, {"joinCode": "000000"}, {"joinCode": ""}):
        error(await guest.call("POST", path, body), 404, "NOT_FOUND")
    joined = data(await guest.call("POST", path, {"joinCode": cast.room["joinCode"].lower()}), 201)
    assert joined["userId"] == guest.id


async def test_a_public_room_needs_no_code_and_takes_one(stage: Stage) -> None:
    """… allowed in a public one"""
    cast = await stage.cast(isPublic=True)
    for body in (None, {"joinCode": cast.room["joinCode"]}, {"joinCode": "000000"}):
        guest = await cast.host.guest("Guest")
        data(await guest.call("POST", f"{cast.path}/participants", body), 201)


async def test_a_renewed_code_voids_the_old_one(cast: Cast) -> None:
    """Codes can be renewed by the organizer: POST /rooms/{id}/join-code"""
    old = cast.room["joinCode"]
    renewed = data(await cast.organizer.call("POST", f"{cast.path}/join-code"))
    assert renewed["joinCode"] != old
    assert renewed["id"] == cast.room["id"]
    guest = await cast.host.guest("Guest")
    error(await guest.call("GET", f"/rooms/by-code/{old}"), 404, "NOT_FOUND")
    path = f"{cast.path}/participants"
    error(await guest.call("POST", path, {"joinCode": old}), 404, "NOT_FOUND")
    data(await guest.call("POST", path, {"joinCode": renewed["joinCode"]}), 201)


def _secrets(answer: Any) -> bool:
    return SECRET in json.dumps(answer, ensure_ascii=False)


@pytest.mark.parametrize("public", [False, True])
async def test_secrets_in_settings_are_for_those_who_may_edit_the_room(
    stage: Stage, public: bool
) -> None:
    """a settings property marked `"writeOnly": true` … is left out"""
    cast = await stage.cast(app_id="vault", isPublic=public, appSettings=SETTINGS)
    code = f"/rooms/by-code/{cast.room['joinCode']}"
    include = f"{cast.path}?include=participants,prizes,winners"
    rows = f"/rooms?createdBy={cast.organizer.id}&appId=vault"
    # Everything that tells of settings happens once, so that the log has it all.
    await cast.organizer.patch(cast.path, {"name": "Vault", "appSettings": SETTINGS})
    await cast.organizer.patch(f"{cast.path}/apps/vault", {"settings": SETTINGS})
    await cast.organizer.post(f"{cast.path}/join-code")
    code = f"/rooms/by-code/{(await cast.organizer.get(cast.path))['joinCode']}"
    for role in ("viewer", "participant", "moderator"):
        person = cast.people[role]
        for path in (cast.path, include, code, rows, f"{cast.path}/events"):
            assert not _secrets((await person.call("GET", path)).json()), (role, path)
        assert (await person.get(cast.path))["appSettings"] == SHOWN
    for role in ("nobody", "stranger"):
        for path in (cast.path, include, code, rows):
            assert not _secrets((await cast.people[role].call("GET", path)).json()), (role, path)
    for role in ("organizer", "admin"):
        person = cast.people[role]
        for path in (cast.path, include, code, rows, f"{cast.path}/apps", f"{cast.path}/events"):
            assert _secrets((await person.call("GET", path)).json()), (role, path)
        assert (await person.get(cast.path))["appSettings"] == {"mood": "well", **SETTINGS}


async def test_the_right_answers_of_a_quiz_are_never_shown_to_guests(stage: Stage) -> None:
    """Secrets in settings (a quiz's right answers) are never shown to …"""
    question = {"text": "Capital of Peru?", "options": ["Lima", "Cusco"], "right": ["Lima"]}
    cast = await stage.cast(app_id="quiz", appSettings={"questions": [question]})
    mine = (await cast.organizer.get(cast.path))["appSettings"]["questions"][0]
    theirs = (await cast.people["viewer"].get(cast.path))["appSettings"]
    assert mine["right"] == ["Lima"]
    assert theirs["mode"] == "speed"
    assert "questions" not in theirs, "nor is a question before it is asked"


async def test_who_is_demoted_sees_no_secrets_any_more(stage: Stage) -> None:
    """… to someone who may not edit the room"""
    cast = await stage.cast(app_id="vault", appSettings=SETTINGS)
    path = f"{cast.path}/participants/{cast.parts['viewer']['id']}"
    viewer = cast.people["viewer"]
    await cast.organizer.patch(path, {"role": "ORGANIZER"})
    assert _secrets(await viewer.get(cast.path))
    assert _secrets(await viewer.get(f"{cast.path}/apps"))
    await cast.organizer.patch(path, {"role": "MODERATOR"})
    assert not _secrets(await viewer.get(cast.path))


async def test_by_code_shows_a_stranger_no_settings_of_a_private_room(stage: Stage) -> None:
    """shows its holder the room's name, status, organizer and app"""
    cast = await stage.cast(app_id="vault", appSettings=SETTINGS)
    found = await cast.people["stranger"].get(f"/rooms/by-code/{cast.room['joinCode']}")
    assert not found.get("appSettings")
    assert "participants" not in found
