"""§3: `If-Match`, for those who do not want to overwrite what they have not seen."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from host.testing.host import Person
from tests.contract.answers import data, deleted, error
from tests.contract.cast import UNKNOWN, Cast

CHANGES: tuple[tuple[str, dict[str, Any]], ...] = (
    ("", {"name": "Mine"}),
    ("/prizes/{prize}", {"name": "Mine"}),
    ("/participants/{part}", {"metadata": {"mine": 1}}),
)


async def _path(cast: Cast, path: str) -> str:
    prize = await cast.prize()
    return cast.path + path.format(prize=prize["id"], part=cast.parts["viewer"]["id"])


@pytest.mark.parametrize(("path", "change"), CHANGES)
async def test_a_change_of_what_one_has_not_seen_is_a_version_conflict(
    cast: Cast, path: str, change: dict[str, Any]
) -> None:
    """409 VERSION_CONFLICT | If-Match that no longer matches"""
    at = await _path(cast, path)
    seen = (await cast.organizer.call("GET", at)).headers["etag"]
    meanwhile = {"metadata": {"theirs": 1}} if path else {"name": "Theirs"}
    theirs = await cast.organizer.call("PATCH", at, meanwhile)
    data(theirs)
    assert theirs.headers["etag"] != seen
    for method, body in (("PATCH", change), ("DELETE", None)):
        answer = await cast.organizer.call(method, at, body, If_Match=seen)
        error(answer, 409, "VERSION_CONFLICT")
    mine = await cast.organizer.call("PATCH", at, change, If_Match=theirs.headers["etag"])
    data(mine)
    assert (await cast.organizer.call("GET", at)).headers["etag"] == mine.headers["etag"]
    deleted(await cast.organizer.call("DELETE", at, None, If_Match=mine.headers["etag"]))


async def test_any_state_will_do_where_one_says_so(cast: Cast) -> None:
    """RFC 9110 13.1.1: `*`, and a list of which one has to match"""
    seen = (await cast.organizer.call("GET", cast.path)).headers["etag"]
    for tags in ("*", '"old", {}'):
        match = tags.format(seen)
        answer = await cast.organizer.call("PATCH", cast.path, {"name": "A"}, If_Match=match)
        data(answer)
        seen = answer.headers["etag"]
    for tags in ('"old"', "old", f"W/{seen}", ""):
        answer = await cast.organizer.call("PATCH", cast.path, {"name": "B"}, If_Match=tags)
        error(answer, 409, "VERSION_CONFLICT")


async def test_the_tag_of_a_room_moves_with_its_applications(cast: Cast) -> None:
    """`appSettings` are part of the room"""
    seen = (await cast.organizer.call("GET", cast.path)).headers["etag"]
    path = f"{cast.path}/apps/lottery"
    await cast.organizer.patch(path, {"settings": {"ticketsPerGuest": 9}})
    answer = await cast.organizer.call("PATCH", cast.path, {"name": "A"}, If_Match=seen)
    error(answer, 409, "VERSION_CONFLICT")


async def test_a_version_is_looked_at_after_everything_else(cast: Cast) -> None:
    """401, then 404 …, then 403, then the body …, then the state (409)"""
    old = {"If_Match": '"old"'}
    path = f"{cast.path}/prizes/{(await cast.prize())['id']}"
    for person, at, body, status, code in (
        (cast.people["nobody"], path, {}, 401, "UNAUTHORIZED"),
        (cast.people["stranger"], path, {}, 404, "NOT_FOUND"),
        (cast.people["viewer"], path, {}, 403, "FORBIDDEN"),
        (cast.organizer, f"{cast.path}/prizes/{UNKNOWN}", {}, 404, "NOT_FOUND"),
        (cast.organizer, path, {"quantity": 0}, 422, "VALIDATION_ERROR"),
        (cast.organizer, path, {}, 409, "VERSION_CONFLICT"),
    ):
        error(await person.call("PATCH", at, body, **old), status, code)


async def test_a_profile_has_a_version_too(olga: Person) -> None:
    """409 VERSION_CONFLICT | If-Match that no longer matches"""
    path = f"/users/{olga.id}"
    seen = (await olga.call("GET", path)).headers["etag"]
    data(await olga.call("PATCH", path, {"name": "Olya"}, If_Match=seen))
    error(await olga.call("PATCH", path, {"name": "Olga"}, If_Match=seen), 409, "VERSION_CONFLICT")


async def test_the_applications_of_a_room_have_the_rooms_version(cast: Cast) -> None:
    """409 VERSION_CONFLICT | … If-Match that no longer matches"""
    olga, apps = cast.organizer, f"{cast.path}/apps"
    seen = (await olga.call("GET", cast.path)).headers["etag"]
    await olga.post(apps, {"appId": "vault"})
    calls: tuple[tuple[str, str, dict[str, Any] | None], ...] = (
        ("PATCH", f"{apps}/vault", {"enabled": True}),
        ("PUT", f"{cast.path}/delegations", {"winnerSelection": None}),
        ("DELETE", f"{apps}/vault", None),
    )
    for method, path, body in calls:
        answer = await olga.call(method, path, body, If_Match=seen)
        error(answer, 409, "VERSION_CONFLICT")
        fresh = (await olga.call("GET", cast.path)).headers["etag"]
        assert (await olga.call(method, path, body, If_Match=fresh)).status_code == 200
    assert [app["appId"] for app in await olga.get(apps)] == ["lottery"]


async def test_of_two_who_saw_the_same_one_changes_it(either: Cast) -> None:
    """409 VERSION_CONFLICT | … If-Match that no longer matches"""
    path = f"{either.path}/prizes/{(await either.prize())['id']}"
    seen = (await either.organizer.call("GET", path)).headers["etag"]
    answers = await asyncio.gather(
        *(
            either.organizer.call("PATCH", path, {"name": f"Prize {n}"}, If_Match=seen)
            for n in range(8)
        )
    )
    assert sorted(a.status_code for a in answers) == [200] + [409] * 7
    won = next(data(a)["name"] for a in answers if a.status_code == 200)
    assert (await either.organizer.get(path))["name"] == won


@pytest.mark.parametrize("path", ["/apps", "/apps/lottery", "/auth/me", "/users/{me}"])
async def test_what_one_has_already_is_not_sent_again(olga: Person, path: str) -> None:
    """RFC 9110 13.1.2: If-None-Match, by weak comparison"""
    path = path.format(me=olga.id)
    first = await olga.call("GET", path)
    tag = first.headers["etag"]
    assert first.headers["cache-control"] == "private, no-cache"
    assert {"Authorization", "Cookie"} <= set(first.headers["vary"].split(", "))
    for known in (tag, f"W/{tag}", f'"other", {tag}', "*"):
        answer = await olga.call("GET", path, If_None_Match=known)
        assert (answer.status_code, answer.content) == (304, b""), known
        assert answer.headers["etag"] == tag
        assert answer.headers["x-request-id"]
    for known in ('"other"', "other", ""):
        assert (await olga.call("GET", path, If_None_Match=known)).content == first.content


async def test_what_has_changed_is_sent(olga: Person) -> None:
    """RFC 9110 13.1.2: If-None-Match"""
    for path in ("/auth/me", f"/users/{olga.id}"):
        tag = (await olga.call("GET", path)).headers["etag"]
        await olga.patch(f"/users/{olga.id}", {"name": f"Olga of {path[1:5]}"})
        answer = await olga.call("GET", path, If_None_Match=tag)
        assert data(answer)["name"] == f"Olga of {path[1:5]}"
