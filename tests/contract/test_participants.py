"""§1 "Participants" and §3: joining, roles, leaving, returning, being banned."""

from __future__ import annotations

from contextlib import nullcontext
from typing import Any

import pytest

from tests.contract.answers import data, deleted, error, fields, listed
from tests.contract.cast import UNKNOWN, Cast, Stage, write
from tests.patience import impatient

KEYS = {
    *("id", "userId", "roomId", "role", "metadata", "joinedAt", "updatedAt", "deletedAt"),
    "user",
}
NOW = "2026-12-31 12:00:00"


async def _counted(cast: Cast) -> int:
    room = await cast.organizer.get(cast.path)
    _, meta = listed(await cast.organizer.call("GET", f"{cast.path}/participants"))
    assert meta["total"] == room["_count"]["participants"]
    count: int = meta["total"]
    return count


async def test_who_joins_is_a_participant(cast: Cast) -> None:
    """POST /participants `{role?: … metadata?, joinCode?}`; Participant: `{id, userId, … user: …"""
    guest = await cast.host.guest("Ann")
    before = await _counted(cast)
    body = {"joinCode": cast.room["joinCode"], "metadata": {"table": 5}}
    part = data(await guest.call("POST", f"{cast.path}/participants", body), 201)
    assert part.keys() == KEYS
    assert part["user"] == {"id": guest.id, "name": "Ann", "avatar": None}
    assert (part["userId"], part["roomId"]) == (guest.id, cast.room["id"])
    assert (part["role"], part["metadata"]["table"], part["deletedAt"]) == ("PARTICIPANT", 5, None)
    assert await _counted(cast) == before + 1
    assert await guest.get(f"{cast.path}/participants/{part['id']}") == part


async def test_one_may_join_to_watch_and_not_to_rule(cast: Cast) -> None:
    """role?: PARTICIPANT or VIEWER"""
    guest = await cast.host.guest("Ann")
    path, code = f"{cast.path}/participants", cast.room["joinCode"]
    for role in ("ORGANIZER", "MODERATOR", "ADMIN", "KING", "viewer", None):
        answer = await guest.call("POST", path, {"role": role, "joinCode": code})
        assert set(fields(answer)) == {"role"}
    part = data(await guest.call("POST", path, {"role": "VIEWER", "joinCode": code}), 201)
    assert part["role"] == "VIEWER"


async def test_joining_twice_is_a_conflict(cast: Cast) -> None:
    """twice is a CONFLICT"""
    before = await _counted(cast)
    for role in ("viewer", "participant", "moderator", "organizer"):
        body = {"joinCode": cast.room["joinCode"]}
        answer = await cast.people[role].call("POST", f"{cast.path}/participants", body)
        error(answer, 409, "CONFLICT")
    assert await _counted(cast) == before


@pytest.mark.parametrize("state", ["DRAFT", "COMPLETED", "CANCELLED"])
async def test_a_room_that_is_not_active_takes_nobody_but_its_organizer(
    stage: Stage, state: str
) -> None:
    """room ACTIVE (the organizer at any time); 409 | ROOM_NOT_ACTIVE"""
    cast = await stage.cast()
    helper = f"{cast.path}/participants/{cast.parts['moderator']['id']}"
    await cast.organizer.patch(helper, {"role": "ORGANIZER"})
    await cast.organizer.delete(f"{cast.path}/participants/me")
    change = "UPDATE rooms SET status = :state WHERE id = :id"
    await write(cast.host, change, state=state, id=cast.room["id"])
    body = {"joinCode": cast.room["joinCode"]}
    path = f"{cast.path}/participants"
    stranger = cast.people["stranger"]
    error(await stranger.call("POST", path, body), 409, "ROOM_NOT_ACTIVE")
    data(await cast.organizer.call("POST", path, body), 201)


async def test_one_who_left_may_return_as_a_participant(cast: Cast) -> None:
    """one who left and returns | is PARTICIPANT again; one who left may return"""
    before = await _counted(cast)
    moderator, part = cast.people["moderator"], cast.parts["moderator"]
    deleted(await moderator.call("DELETE", f"{cast.path}/participants/me"))
    assert await _counted(cast) == before - 1
    error(
        await cast.organizer.call("GET", f"{cast.path}/participants/{part['id']}"),
        404,
        "NOT_FOUND",
    )
    again = await cast.host.join(cast.room, moderator)
    assert (again["id"], again["role"], again["deletedAt"]) == (part["id"], "PARTICIPANT", None)
    assert again["joinedAt"] > part["joinedAt"]
    assert await _counted(cast) == before


async def test_one_who_was_banned_may_not_return(cast: Cast) -> None:
    """unless banned (403 FORBIDDEN, `details.reason` = `BANNED`)"""
    viewer = cast.people["viewer"]
    await viewer.delete(f"{cast.path}/participants/me")
    ban = "UPDATE participants SET banned_at = :now WHERE id = :id"
    await write(cast.host, ban, now=NOW, id=cast.parts["viewer"]["id"])
    path = f"{cast.path}/participants"
    bodies: tuple[Any, ...] = ({"joinCode": cast.room["joinCode"]}, None, {"role": "KING"})
    for body in bodies:
        refused = error(await viewer.call("POST", path, body), 403, "FORBIDDEN")
        assert refused["details"]["reason"] == "BANNED"


async def test_an_organizer_removes_anyone_and_a_moderator_no_organizer(cast: Cast) -> None:
    """DELETE /participants/me · DELETE /participants/{pid} | self · organizer, moderator"""
    moderator = cast.people["moderator"]
    path = f"{cast.path}/participants"
    error(
        await moderator.call("DELETE", f"{path}/{cast.parts['organizer']['id']}"),
        403,
        "FORBIDDEN",
    )
    deleted(await moderator.call("DELETE", f"{path}/{cast.parts['viewer']['id']}"))
    deleted(await cast.organizer.call("DELETE", f"{path}/{cast.parts['moderator']['id']}"))
    again = f"{path}/{cast.parts['viewer']['id']}"
    error(await cast.organizer.call("DELETE", again), 404, "NOT_FOUND")


async def test_roles_and_metadata_are_changed(cast: Cast) -> None:
    """PATCH /participants/{pid} `{role?, metadata?}`; Role: ADMIN, ORGANIZER, MODERATOR,
    PARTICIPANT, VIEWER
    """
    path = f"{cast.path}/participants/{cast.parts['viewer']['id']}"
    for role in ("MODERATOR", "PARTICIPANT", "VIEWER", "ORGANIZER"):
        assert (await cast.organizer.patch(path, {"role": role}))["role"] == role
    changed = await cast.organizer.patch(path, {"metadata": {"a": [1]}})
    assert (changed["role"], changed["metadata"]) == ("ORGANIZER", {"a": [1]})
    assert await cast.organizer.patch(path) == changed


@pytest.mark.parametrize(
    ("body", "wrong"),
    [
        ({"role": "KING"}, "role"),
        ({"role": "ADMIN"}, "role"),
        ({"role": None}, "role"),
        ({"metadata": []}, "metadata"),
        ({"metadata": None}, "metadata"),
        ({"userId": "x"}, "userId"),
    ],
)
async def test_a_wrong_change_is_named(shared: Cast, body: dict[str, Any], wrong: str) -> None:
    """422 | VALIDATION_ERROR"""
    path = f"{shared.path}/participants/{shared.parts['viewer']['id']}"
    assert set(fields(await shared.organizer.call("PATCH", path, body))) == {wrong}


async def test_the_last_organizer_cannot_be_demoted_leave_or_be_removed(cast: Cast) -> None:
    """409 CONFLICT | the last organizer leaves, is demoted or removed"""
    path = f"{cast.path}/participants/{cast.parts['organizer']['id']}"
    for role in ("MODERATOR", "PARTICIPANT", "VIEWER"):
        error(await cast.organizer.call("PATCH", path, {"role": role}), 409, "CONFLICT")
    error(await cast.organizer.call("DELETE", path), 409, "CONFLICT")
    error(await cast.people["admin"].call("DELETE", path), 409, "CONFLICT")
    mine = f"{cast.path}/participants/me"
    error(await cast.organizer.call("DELETE", mine), 409, "CONFLICT")
    assert (await cast.organizer.patch(path, {"role": "ORGANIZER"}))["role"] == "ORGANIZER"
    other = f"{cast.path}/participants/{cast.parts['viewer']['id']}"
    await cast.organizer.patch(other, {"role": "ORGANIZER"})
    deleted(await cast.organizer.call("DELETE", mine))
    viewer = f"{cast.path}/participants/me"
    error(await cast.people["viewer"].call("DELETE", viewer), 409, "CONFLICT")


async def test_lists_and_counts_leave_out_who_left_and_organizers_may_ask_for_them(
    cast: Cast,
) -> None:
    """lists and `_count` leave out what has `deletedAt`; organizers may pass includeDeleted=true"""
    part = cast.parts["viewer"]["id"]
    path = f"{cast.path}/participants"
    await cast.people["viewer"].delete(f"{path}/me")
    rows, _ = listed(await cast.organizer.call("GET", path))
    assert part not in {row["id"] for row in rows}
    for role in ("organizer", "admin"):
        person = cast.people[role]
        rows, meta = listed(await person.call("GET", f"{path}?includeDeleted=true"))
        gone = next(row for row in rows if row["id"] == part)
        assert gone["deletedAt"]
        assert meta["total"] == len(rows) == 4
        assert await person.get(f"{path}/{part}?includeDeleted=true") == gone
    for role in ("participant", "moderator"):
        for wanted in (path, f"{path}/{part}"):
            answer = await cast.people[role].call("GET", f"{wanted}?includeDeleted=true")
            error(answer, 403, "FORBIDDEN")
            data(await cast.people[role].call("GET", f"{path}?includeDeleted=false"))


async def test_a_participant_belongs_to_one_room(stage: Stage, shared: Cast) -> None:
    """(under /rooms/{id}) 404 | NOT_FOUND"""
    other = await stage.cast()
    part = other.parts["viewer"]["id"]
    for pid in (part, UNKNOWN):
        path = f"{shared.path}/participants/{pid}"
        for method in ("GET", "PATCH", "DELETE"):
            body: Any = {"metadata": {}} if method == "PATCH" else None
            error(await shared.organizer.call(method, path, body), 404, "NOT_FOUND")


async def test_joining_goes_through_the_applications_registration(stage: Stage) -> None:
    """goes through the `participantRegistration` delegation"""
    cast = await stage.cast(app_id="vault")
    _, part = await cast.join()
    assert part["metadata"] == {"openedBy": "vault"}
    await cast.organizer.patch(cast.path, {"appSettings": {"mood": "refuses"}})
    guest = await cast.host.guest("Ann")
    body = {"joinCode": cast.room["joinCode"]}
    answer = await guest.call("POST", f"{cast.path}/participants", body)
    # the reason reaches the person with a 409 CONFLICT
    assert error(answer, 409, "CONFLICT")["message"] == "The vault stays shut."


@pytest.mark.parametrize(
    ("mood", "status", "code"),
    [
        ("fails", 502, "DELEGATION_FAILED"),
        ("nonsense", 502, "DELEGATION_FAILED"),
        ("hangs", 504, "DELEGATION_TIMEOUT"),
    ],
)
async def test_an_application_that_fails_to_register_lets_nobody_in(
    stage: Stage, mood: str, status: int, code: str
) -> None:
    """502 / 504 | DELEGATION_FAILED / DELEGATION_TIMEOUT | the app … failed"""
    cast = await stage.cast(app_id="vault")
    await cast.organizer.patch(cast.path, {"appSettings": {"mood": mood}})
    before = await _counted(cast)
    guest = await cast.host.guest("Ann")
    body = {"joinCode": cast.room["joinCode"]}
    with impatient(cast.host.host) if mood == "hangs" else nullcontext():
        error(await guest.call("POST", f"{cast.path}/participants", body), status, code)
    assert await _counted(cast) == before
