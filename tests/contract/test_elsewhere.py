"""§1 "who": every call outside of rooms, by everybody; and every call by who was signed out."""

from __future__ import annotations

import asyncio

import pytest

from host.testing.host import Person, TestHost
from host.web.api.calls import CALLS
from tests.contract.answers import error
from tests.contract.cast import UNKNOWN, Cast
from tests.contract.elsewhere import (
    BOGUS,
    ELSEWHERE,
    OWN_TESTS,
    PEOPLE,
    WITHOUT_A_TOKEN,
    Elsewhere,
)

CODES = {401: "UNAUTHORIZED", 403: "FORBIDDEN", 422: "VALIDATION_ERROR"}
ROOM = "/rooms/{room_id}"


def _made_alike(path: str) -> tuple[str, ...]:
    names = ("{", "google", "lottery")
    return tuple("{}" if part.startswith(names) else part for part in path.split("/"))


def test_the_table_speaks_of_every_call_outside_of_rooms() -> None:
    """A call that the table does not know of is one that nobody thought about."""
    calls = {
        (call.method, _made_alike(call.path))
        for call in CALLS
        if not call.path.startswith(ROOM) and (call.method, call.path) not in OWN_TESTS
    }
    assert calls == {(rule.method, _made_alike(rule.path)) for rule in ELSEWHERE}


async def test_a_call_outside_of_rooms_is_refused_for_whoever_may_not_make_it(
    host: TestHost, shared: Cast
) -> None:
    """401, then …, then 403, then the body"""
    people = {
        "nobody": host.nobody,
        "guest": await host.guest("Gil"),
        "other": await host.register("Otto"),
        "self": await host.register("Selma"),
        "admin": shared.people["admin"],
    }
    ids = {"user": people["self"].id, "code": shared.room["joinCode"], "unknown": UNKNOWN}
    got: dict[str, int] = {}

    async def ask(rule: Elsewhere, who: str) -> None:
        answer = await people[who].call(rule.method, rule.path.format(**ids), rule.wrong)
        got[f"{who}: {rule}"] = answer.status_code
        if answer.status_code in CODES:
            error(answer, answer.status_code, CODES[answer.status_code])

    await asyncio.gather(*(ask(rule, who) for rule in ELSEWHERE for who in PEOPLE))
    assert got == {f"{who}: {rule}": rule.status[who] for rule in ELSEWHERE for who in PEOPLE}


async def test_a_token_that_was_ended_is_refused_by_every_call(host: TestHost, cast: Cast) -> None:
    """401 | UNAUTHORIZED | no/expired/revoked token"""
    leaving = await host.register("Lea")
    await host.join(cast.room, leaving)
    await leaving.post("/auth/logout")
    for call in CALLS:
        path = call.path.replace("{room_id}", cast.room["id"])
        path = "/".join(UNKNOWN if part.startswith("{") else part for part in path.split("/"))
        answer = await leaving.call(call.method, path, BOGUS if call.body is not None else None)
        if call.path not in WITHOUT_A_TOKEN:
            error(answer, 401, "UNAUTHORIZED")


@pytest.mark.parametrize("role", ["ADMIN", "admin", "OWNER", "", None, ["ORGANIZER"], 1])
async def test_no_organizer_makes_an_admin(shared: Cast, role: object) -> None:
    """Role: ADMIN, ORGANIZER, … VIEWER"""
    body = {"role": role}
    for part in ("viewer", "organizer"):
        path = f"{shared.path}/participants/{shared.parts[part]['id']}"
        answer = await shared.organizer.call("PATCH", path, body)
        error(answer, 422, "VALIDATION_ERROR")
    fresh: Person = await shared.host.guest("Fred")
    joining = {**body, "joinCode": shared.room["joinCode"]}
    answer = await fresh.call("POST", f"{shared.path}/participants", joining)
    error(answer, 422, "VALIDATION_ERROR")
    for change in ({"isAdmin": True}, {"role": "ADMIN"}, {"is_admin": True}):
        answer = await fresh.call("PATCH", f"/users/{fresh.id}", change)
        error(answer, 422, "VALIDATION_ERROR")
