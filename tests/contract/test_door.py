"""Who is let in, who is not let back, who answers for the room, and what is noted of it."""

from __future__ import annotations

import asyncio
from typing import Any
from urllib.parse import quote

import pytest

from host.testing.host import Person
from tests.contract.answers import data, deleted, error, listed
from tests.contract.cast import UNKNOWN, Cast, Stage


async def _knock(cast: Cast, person: Person) -> Any:
    body = {"joinCode": cast.room["joinCode"]}
    return await person.call("POST", f"{cast.path}/participants", body)


async def test_a_ban_removes_and_forbids_return_until_it_is_lifted(either_stage: Stage) -> None:
    """unless banned (403 FORBIDDEN, `details.reason` = `BANNED`)"""
    cast = await either_stage.cast()
    ann, part = await cast.join("Ann")
    path = f"{cast.path}/participants/{part['id']}/ban"
    before = (await cast.organizer.get(cast.path))["_count"]["participants"]
    gone = data(await cast.people["moderator"].call("POST", path))
    assert gone["deletedAt"]
    assert (await cast.organizer.get(cast.path))["_count"]["participants"] == before - 1
    error(await ann.call("GET", cast.path), 404, "NOT_FOUND")
    assert error(await _knock(cast, ann), 403, "FORBIDDEN")["details"]["reason"] == "BANNED"
    assert data(await cast.organizer.call("POST", path))["id"] == part["id"]
    rows, _ = listed(await cast.organizer.call("GET", f"{cast.path}/participants?banned=true"))
    assert [row["id"] for row in rows] == [part["id"]]
    assert (await cast.organizer.get(f"{cast.path}/door"))["banned"] == 1
    deleted(await cast.organizer.call("DELETE", path))
    error(await cast.organizer.call("DELETE", path), 404, "NOT_FOUND")
    assert data(await _knock(cast, ann), 201)["role"] == "PARTICIPANT"
    events, _ = listed(await cast.organizer.call("GET", f"{cast.path}/events?limit=100"))
    names = [e["event"] for e in events if e["data"].get("id") == part["id"]]
    assert names == ["participant:joined", "participant:left", "participant:joined"]


async def test_one_who_has_left_can_be_banned_too(cast: Cast) -> None:
    """one who left and returns | is PARTICIPANT again, unless banned"""
    ann, part = await cast.join("Ann")
    await ann.delete(f"{cast.path}/participants/me")
    data(await cast.organizer.call("POST", f"{cast.path}/participants/{part['id']}/ban"))
    error(await _knock(cast, ann), 403, "FORBIDDEN")


async def test_a_moderator_bans_no_organizer_and_nobody_themselves(cast: Cast) -> None:
    """organizer, moderator"""
    moderator, organizer = cast.people["moderator"], cast.organizer
    path = f"{cast.path}/participants/{{}}/ban"
    theirs = path.format(cast.parts["organizer"]["id"])
    error(await moderator.call("POST", theirs), 403, "FORBIDDEN")
    error(await organizer.call("POST", theirs), 409, "CONFLICT")
    own = path.format(cast.parts["moderator"]["id"])
    error(await moderator.call("POST", own), 409, "CONFLICT")
    error(await organizer.call("POST", path.format(UNKNOWN)), 404, "NOT_FOUND")


async def test_a_locked_door_keeps_out_who_is_new_and_who_was_removed(cast: Cast) -> None:
    """409 | CONFLICT"""
    inside, gone = await cast.join("Ann")
    removed, part = await cast.join("Bo")
    await inside.delete(f"{cast.path}/participants/me")
    await cast.organizer.delete(f"{cast.path}/participants/{part['id']}")
    door = data(await cast.organizer.call("PATCH", f"{cast.path}/door", {"locked": True}))
    assert door["locked"]
    stranger = await cast.host.guest("Cy")
    for person in (stranger, removed):
        refused = error(await _knock(cast, person), 409, "CONFLICT")
        assert refused["details"]["reason"] == "LOCKED"
    assert data(await _knock(cast, inside), 201)["id"] == gone["id"]
    assert (await cast.people["viewer"].get(cast.path))["id"] == cast.room["id"]
    await cast.organizer.patch(f"{cast.path}/door", {"locked": False})
    for person in (stranger, removed):
        data(await _knock(cast, person), 201)


async def test_only_organizers_hear_that_the_door_was_locked(cast: Cast) -> None:
    """Audience"""
    await cast.organizer.patch(f"{cast.path}/door", {"locked": True})
    for role, hears in (("organizer", True), ("participant", False)):
        rows, _ = listed(await cast.people[role].call("GET", f"{cast.path}/events?limit=100"))
        kinds = [row["data"].get("kind") for row in rows]
        assert ("door:locked" in kinds) is hears


@pytest.mark.parametrize(
    ("rules", "name", "reason"),
    [
        ({"longest": 5}, "Robert", "NAME_TOO_LONG"),
        ({"words": ["rude"]}, "so RUDE!", "NAME_NOT_ALLOWED"),
        ({"words": ["rude"]}, "r u d e", "NAME_NOT_ALLOWED"),
        ({"words": ["two words"]}, "My Two-Words", "NAME_NOT_ALLOWED"),
        ({"unique": True}, "ann", "NAME_TAKEN"),
        ({"unique": True}, "А\u200bnn", "NAME_TAKEN"),
    ],
)
async def test_a_name_that_does_not_do_is_refused_until_another_is_chosen(
    stage: Stage, rules: dict[str, Any], name: str, reason: str
) -> None:
    """409 | CONFLICT"""
    cast = await stage.cast()
    await cast.join("Ann")
    await cast.organizer.patch(f"{cast.path}/door", {"nicknames": rules})
    guest = await cast.host.guest(name)
    details = error(await _knock(cast, guest), 409, "CONFLICT")["details"]
    assert details["reason"] == reason
    assert "Choose another" in details["fields"]["name"][0]
    await guest.patch(f"/users/{guest.id}", {"name": "Zoe"})
    assert data(await _knock(cast, guest), 201)["user"]["name"] == "Zoe"
    again = await guest.call("PATCH", f"/users/{guest.id}", {"name": name})
    assert error(again, 409, "CONFLICT")["details"]["reason"] == reason
    await cast.organizer.patch(f"{cast.path}/door", {"nicknames": None})
    assert (await guest.patch(f"/users/{guest.id}", {"name": name}))["name"] == name


async def test_rules_for_names_change_one_by_one(cast: Cast) -> None:
    """PATCH … `{locked?, nicknames?: {longest?, unique?, words?}}`"""
    path = f"{cast.path}/door"
    words = {"words": ["Rude", "rude", " "], "longest": 20}
    door = await cast.organizer.patch(path, {"nicknames": words})
    assert door["nicknames"] == {"longest": 20, "unique": False, "words": ["Rude"]}
    door = await cast.organizer.patch(path, {"nicknames": {"unique": True}})
    assert door["nicknames"] == {"longest": 20, "unique": True, "words": ["Rude"]}
    for wrong in ({"longest": 0}, {"longest": 61}, {"unique": 1}, {"words": "x"}, {"bogus": 1}):
        answer = await cast.organizer.call("PATCH", path, {"nicknames": wrong})
        error(answer, 422, "VALIDATION_ERROR")
    assert (await cast.people["moderator"].get(path))["nicknames"]["words"] == ["Rude"]


async def test_of_two_with_one_name_at_the_same_moment_one_comes_in(either_stage: Stage) -> None:
    """Never, under any concurrency …: a participant twice in a room"""
    cast = await either_stage.cast()
    await cast.organizer.patch(f"{cast.path}/door", {"nicknames": {"unique": True}})
    twins = [await cast.host.guest(name) for name in ("Ivan", "lvan", "IVAN", "Ivаn")]
    statuses = [a.status_code for a in await asyncio.gather(*(_knock(cast, t) for t in twins))]
    assert sorted(statuses) == [201, 409, 409, 409]


async def test_of_two_who_take_one_name_at_the_same_moment_one_has_it(either_stage: Stage) -> None:
    """PATCH /users/{userId} `{name?, avatar?}`"""
    cast = await either_stage.cast()
    await cast.organizer.patch(f"{cast.path}/door", {"nicknames": {"unique": True}})
    people = [(await cast.join(name))[0] for name in ("Bo", "Cy", "Di")]
    late = await cast.host.guest("Ed")
    answers = await asyncio.gather(
        *(p.call("PATCH", f"/users/{p.id}", {"name": "Zoe"}) for p in [*people, late]),
        _knock(cast, late),
    )
    assert all(a.status_code in (200, 201, 409) for a in answers)
    rows, _ = listed(await cast.organizer.call("GET", f"{cast.path}/participants"))
    assert len([row for row in rows if row["user"]["name"] == "Zoe"]) == 1


async def test_a_guest_does_not_slip_past_the_rules_by_claiming_an_account(cast: Cast) -> None:
    """a guest claims the account by POST /auth/register"""
    await cast.join("Ann")
    bo, _ = await cast.join("Bo")
    await cast.organizer.patch(f"{cast.path}/door", {"nicknames": {"unique": True}})
    mail = f"{bo.id}@example.com"
    body = {"email": mail, "password": "correct horse battery", "name": "ANN"}
    error(await bo.call("POST", "/auth/register", body), 409, "CONFLICT")
    data(await bo.call("POST", "/auth/register", {**body, "name": "Bob"}), 201)


async def test_the_owner_hands_the_room_over_and_stays_organizer(stage: Stage) -> None:
    """POST /rooms/{id}/owner | the owner, admin"""
    cast = await stage.cast()
    path, heir = f"{cast.path}/owner", cast.people["participant"]
    body = {"participantId": cast.parts["participant"]["id"]}
    room = data(await cast.organizer.call("POST", path, body))
    assert (room["organizer"]["id"], room["createdBy"]) == (heir.id, cast.organizer.id)
    roles = {r["userId"]: r["role"] for r in await heir.get(f"{cast.path}/participants")}
    assert roles[str(heir.id)] == roles[str(cast.organizer.id)] == "ORGANIZER"
    error(await cast.organizer.call("POST", path, body), 403, "FORBIDDEN")
    error(await heir.call("POST", path, {"participantId": UNKNOWN}), 404, "NOT_FOUND")
    events, _ = listed(await heir.call("GET", f"{cast.path}/events?limit=100"))
    assert [e["event"] for e in events][-2:] == ["participant:updated", "room:updated"]
    back = {"participantId": cast.parts["organizer"]["id"]}
    assert data(await cast.people["admin"].call("POST", path, back))["organizer"]["id"] == (
        cast.organizer.id
    )


async def test_no_organizer_puts_the_owner_out(cast: Cast) -> None:
    """the last organizer can't be demoted (409)"""
    other = f"{cast.path}/participants/{cast.parts['viewer']['id']}"
    await cast.organizer.patch(other, {"role": "ORGANIZER"})
    owner = f"{cast.path}/participants/{cast.parts['organizer']['id']}"
    rival = cast.people["viewer"]
    for method, path, body in (
        ("PATCH", owner, {"role": "VIEWER"}),
        ("DELETE", owner, None),
        ("POST", f"{owner}/ban", None),
    ):
        refused = error(await rival.call(method, path, body), 409, "CONFLICT")
        assert refused["details"]["reason"] == "OWNER"
    assert (await rival.get(cast.path))["organizer"]["id"] == cast.organizer.id


async def test_an_owner_who_goes_leaves_the_room_to_the_oldest_organizer(cast: Cast) -> None:
    """the last organizer can't leave"""
    for role in ("viewer", "moderator"):
        part = f"{cast.path}/participants/{cast.parts[role]['id']}"
        await cast.organizer.patch(part, {"role": "ORGANIZER"})
    # In the order of joining, finer than the milliseconds that are shown.
    organizers = await cast.organizer.get(f"{cast.path}/participants?role=ORGANIZER")
    heir = next(p["userId"] for p in organizers if p["userId"] != cast.organizer.id)
    deleted(await cast.organizer.call("DELETE", f"{cast.path}/participants/me"))
    assert (await cast.people["viewer"].get(cast.path))["organizer"]["id"] == heir


async def test_a_long_list_of_people_is_searched_by_name(either_stage: Stage) -> None:
    """GET /participants?role"""
    cast = await either_stage.cast()
    for name in ("Łukasz Nowak", "Лукаш", "50% off", "ΣΟΦΙΑ", "zoë Ñuñez"):
        await cast.join(name)
    sought = [("łUK", 1), ("ЛУК", 1), ("лУкА", 1), ("0%", 1), ("%", 1), ("nobody", 0)]
    for text, found in (*sought, ("σοφ", 1), ("ZOË ñuÑ", 1), ("_", 0)):
        answer = await cast.organizer.call("GET", f"{cast.path}/participants?q={quote(text)}")
        rows, meta = listed(answer)
        assert (len(rows), meta["total"]) == (found, found), text
    error(
        await cast.people["viewer"].call("GET", f"{cast.path}/participants?banned=true"),
        403,
        "FORBIDDEN",
    )
