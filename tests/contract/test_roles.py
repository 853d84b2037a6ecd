"""§1 "who" and §3 "order of refusals": every call in a room, by everybody, in every state."""

from __future__ import annotations

import asyncio
from itertools import product
from typing import Any

import pytest

from host.web.api.calls import CALLS
from tests.contract.answers import deleted, error, send
from tests.contract.cast import STATES, UNKNOWN, Cast, Stage, put
from tests.contract.rules import (
    EVERYONE,
    ORGANIZERS,
    OUTSIDERS,
    OWN_TESTS,
    ROLES,
    RULES,
    Rule,
)

CODES = {
    401: "UNAUTHORIZED",
    403: "FORBIDDEN",
    404: "NOT_FOUND",
    422: "VALIDATION_ERROR",
}
PLACEHOLDERS = ("part", "prize", "winner", "unknown")


def _template(rule: Rule) -> tuple[str, ...]:
    """The rule's path with every part that is an id made alike."""
    parts = f"/rooms/{{room_id}}{rule.path}".split("/")
    return (rule.method, *("{}" if "{" in part or part == "lottery" else part for part in parts))


def test_the_table_speaks_of_every_call_in_a_room() -> None:
    """A call that the table does not know of is one that nobody thought about."""
    calls = {(call.method, call.path) for call in CALLS if call.path.startswith("/rooms/{room_id}")}
    known = {_template(rule) for rule in RULES}
    by_code = {
        (method, *("{}" if "{" in part else part for part in path.split("/")))
        for method, path in calls - OWN_TESTS
    }
    assert by_code == known


async def _cast(stage: Stage, state: str, public: bool) -> tuple[Cast, dict[str, str]]:
    cast = await stage.cast(isPublic=public)
    await cast.cast_out()
    winner = await cast.award("participant", await cast.prize(2))
    await put(cast, state)
    return cast, {
        "part": cast.parts["participant"]["id"],
        "prize": winner["prizeId"],
        "winner": winner["id"],
        "unknown": UNKNOWN,
    }


@pytest.mark.parametrize(("state", "public"), list(product(STATES, (False, True))))
async def test_a_call_is_refused_in_order_for_whoever_may_not_make_it(
    stage: Stage, state: str, public: bool
) -> None:
    """401, then 404 for what may not be known, then 403, then the body, then the state (409)"""
    cast, ids = await _cast(stage, state, public)
    wanted: dict[str, int] = {}
    got: dict[str, int] = {}

    async def ask(rule: Rule, role: str) -> None:
        path = cast.path + rule.path.format(**ids)
        answer = await cast.people[role].call(rule.method, path, rule.wrong)
        wanted[f"{role}: {rule}"] = rule.status(role, public=public)
        got[f"{role}: {rule}"] = answer.status_code
        if answer.status_code in CODES:
            error(answer, answer.status_code, CODES[answer.status_code])

    for role in ROLES:
        await asyncio.gather(*(ask(rule, role) for rule in RULES))
    assert got == wanted


@pytest.mark.parametrize(("state", "public"), list(product(STATES, (False, True))))
async def test_a_room_is_deleted_by_its_organizers_in_every_state(
    stage: Stage, state: str, public: bool
) -> None:
    """PATCH /rooms/{id} · DELETE /rooms/{id} | organizer"""
    cast = await stage.cast(isPublic=public)
    await cast.cast_out()
    await put(cast, state)
    rule = Rule("DELETE", "", ORGANIZERS)
    for role in ROLES:
        if role not in ORGANIZERS:
            answer = await cast.people[role].call("DELETE", cast.path)
            status = rule.status(role, public=public)
            error(answer, status, CODES[status])
    deleted(await cast.people["admin" if public else "organizer"].call("DELETE", cast.path))
    for role in ROLES[1:]:
        error(await cast.people[role].call("DELETE", cast.path), 404, "NOT_FOUND")


@pytest.mark.parametrize("public", [False, True])
async def test_whoever_is_in_a_room_may_leave_it_and_nobody_else_can(
    stage: Stage, public: bool
) -> None:
    """DELETE /participants/me | self"""
    cast = await stage.cast(isPublic=public)
    await cast.cast_out()
    path = f"{cast.path}/participants/me"
    error(await cast.people["nobody"].call("DELETE", path), 401, "UNAUTHORIZED")
    for role in (*OUTSIDERS[1:], "admin"):
        error(await cast.people[role].call("DELETE", path), 404, "NOT_FOUND")
    for role in ("viewer", "participant", "moderator"):
        deleted(await cast.people[role].call("DELETE", path))
        error(await cast.people[role].call("DELETE", path), 404, "NOT_FOUND")


async def _refusals(cast: Cast, role: str, body: Any, room: str) -> tuple[int, str]:
    answer = await cast.people[role].call("POST", f"{room}/participants", body)
    return answer.status_code, answer.json()["error"]["code"]


@pytest.mark.parametrize("body", [None, {}, {"role": "KING"}, {"bogus": 1}, {"joinCode": 5}, []])
async def test_joining_is_refused_in_order_too(stage: Stage, shared: Cast, body: Any) -> None:
    """401, then 404 for what may not be known, then 403, then the body, then the state (409)"""
    room = shared.path
    valid = body in (None, {})
    assert await _refusals(shared, "nobody", body, room) == (401, "UNAUTHORIZED")
    assert await _refusals(shared, "stranger", body, room) == (404, "NOT_FOUND")
    assert await _refusals(shared, "stranger", body, f"/rooms/{UNKNOWN}") == (404, "NOT_FOUND")
    expected = (409, "CONFLICT") if valid else (422, "VALIDATION_ERROR")
    for role in EVERYONE[:-1]:
        assert await _refusals(shared, role, body, room) == expected


async def test_a_body_that_is_no_json_is_not_looked_at_before_the_caller(shared: Cast) -> None:
    """401, then 404 for what may not be known, then 403, then the body (400, 413, 415, 422)"""
    big = b'"' + b"x" * 1_100_000 + b'"'
    for body, media, refused in (
        (b"{", "application/json", (400, "MALFORMED_REQUEST")),
        (big, "application/json", (413, "PAYLOAD_TOO_LARGE")),
        (b"{}", "text/plain", (415, "UNSUPPORTED_MEDIA_TYPE")),
    ):
        expected = {
            "nobody": (401, "UNAUTHORIZED"),
            "stranger": (404, "NOT_FOUND"),
            "participant": (403, "FORBIDDEN"),
            "organizer": refused,
        }
        for role, (status, code) in expected.items():
            for path in (f"{shared.path}/prizes", f"{shared.path}/draws"):
                answer = await send(shared.people[role], "POST", path, body, content_type=media)
                error(answer, status, code)
            if role in ("nobody", "stranger", "organizer"):
                path = f"{shared.path}/participants"
                answer = await send(shared.people[role], "POST", path, body, content_type=media)
                error(answer, status, code)


async def test_what_is_not_there_is_told_before_what_is_wrong_with_the_body(shared: Cast) -> None:
    """401, then 404 …, then the body"""
    olga = shared.organizer
    for path in ("participants", "prizes", "apps"):
        answer = await olga.call("PATCH", f"{shared.path}/{path}/{UNKNOWN}", {"bogus": 1})
        error(answer, 404, "NOT_FOUND")
    error(await olga.call("PATCH", f"/rooms/{UNKNOWN}", {"bogus": 1}), 404, "NOT_FOUND")


async def test_a_wrong_query_is_told_only_to_those_who_are_let_in(shared: Cast) -> None:
    """401, then 404 for what may not be known, then 403, then … (422)"""
    for path in ("participants", "prizes", "winners", "events"):
        wrong = f"{shared.path}/{path}?limit=abc"
        nobody = (401, "UNAUTHORIZED") if path == "events" else (404, "NOT_FOUND")
        error(await shared.people["nobody"].call("GET", wrong), *nobody)
        error(await shared.people["stranger"].call("GET", wrong), 404, "NOT_FOUND")
        error(await shared.people["viewer"].call("GET", wrong), 422, "VALIDATION_ERROR")


@pytest.mark.parametrize(
    ("state", "code"), [(s, "ROOM_NOT_ACTIVE") for s in STATES if s != "ACTIVE"]
)
async def test_the_body_is_refused_before_the_state(stage: Stage, state: str, code: str) -> None:
    """… then the body (400, 413, 415, 422), then the state (409)"""
    cast = await stage.cast(state=state)
    stranger = cast.people["stranger"]
    for person, path, body in (
        (cast.organizer, f"{cast.path}/draws", {"count": 0}),
        (stranger, f"{cast.path}/participants", {"joinCode": cast.room["joinCode"], "role": "X"}),
    ):
        error(await person.call("POST", path, body), 422, "VALIDATION_ERROR")
    for person, path, body in (
        (cast.organizer, f"{cast.path}/draws", {}),
        (stranger, f"{cast.path}/participants", {"joinCode": cast.room["joinCode"]}),
    ):
        error(await person.call("POST", path, body), 409, "ROOM_NOT_ACTIVE")


async def test_a_moderator_changes_metadata_and_no_roles(stage: Stage) -> None:
    """PATCH /participants/{pid} `{role?, metadata?}` | organizer; moderator for metadata"""
    cast = await stage.cast()
    path = f"{cast.path}/participants/{cast.parts['viewer']['id']}"
    moderator = cast.people["moderator"]
    changed = await moderator.patch(path, {"metadata": {"table": 5}})
    assert changed["metadata"] == {"table": 5}
    for body in (
        {"role": "PARTICIPANT"},
        {"role": "VIEWER"},
        {"role": "MODERATOR", "metadata": {}},
    ):
        error(await moderator.call("PATCH", path, body), 403, "FORBIDDEN")
    assert (await moderator.get(path))["role"] == "VIEWER"


async def test_no_refusal_tells_a_private_room_from_none(shared: Cast) -> None:
    """private rooms | 404 to strangers by id"""
    stranger = shared.people["stranger"]
    for rule in RULES:
        tail = rule.path.format(**dict.fromkeys(PLACEHOLDERS, UNKNOWN))
        answers = [
            (await stranger.call(rule.method, f"/rooms/{room}{tail}", rule.wrong)).json()["error"]
            for room in (shared.room["id"], UNKNOWN)
        ]
        assert answers[0] == answers[1], rule
