"""§1 "Applications": every call by applications, alone and for a user.

Their tokens are no matter here: the host is told whom one speaks for (see `test_app_tokens`).
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Collection
from typing import Any

import pytest
import pytest_asyncio

from host.access import Actor
from host.errors import NotFound
from host.permissions import Permission
from host.testing.host import PASSWORD, Person
from host.web.api.calls import CALLS
from tests.contract.answers import data, error
from tests.contract.cast import UNKNOWN, Cast, Stage
from tests.contract.elsewhere import ELSEWHERE
from tests.contract.grants import BY_ITSELF, FREE, NEEDS_A_PERSON, NEVER, OWNERS, PERMISSIONS
from tests.contract.rules import ROLES, RULES, Rule

ALL = frozenset(permission.value for permission in Permission)
ROOM = "/rooms/{room_id}"
ON, OFF = "lottery", "quiz"
VALID = {"/auth/logout": {}, "/auth/password": {"password": PASSWORD, "newPassword": PASSWORD}}
"""Bodies that would do, for what people do for themselves."""


class Applications:
    """Makes people of applications, for whom the host takes their tokens."""

    def __init__(self, stage: Stage, patch: pytest.MonkeyPatch) -> None:
        self._client = stage.host.client
        self._identity = stage.host.host.services.identity
        self._known: dict[str, Actor] = {}
        really = self._identity.authenticate

        async def authenticate(token: str) -> Actor:
            return self._known.get(token) or await really(token)

        patch.setattr(self._identity, "authenticate", authenticate)

    async def person(
        self, granted: Collection[str], app_id: str = ON, user: Person | None = None
    ) -> Person:
        """An application that acts alone, or for a user."""
        mine = Actor()
        if user is not None and user.token:
            mine = await self._identity.authenticate(user.token)
        token = f"application-{len(self._known)}"
        self._known[token] = Actor(
            user=mine.user,
            is_admin=mine.is_admin,
            is_guest=mine.is_guest,
            session_id=mine.session_id,
            app_id=app_id,
            app_permissions=frozenset(granted),
        )
        person = Person(self._client, None)
        person.token = token
        return person


@pytest_asyncio.fixture(loop_scope="session")
async def applications(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Applications]:
    yield Applications(stage, monkeypatch)


def _made_alike(path: str) -> str:
    parts = path.split("/")
    return "/".join("{}" if part[:1] == "{" or part in (ON, "google") else part for part in parts)


_BY_PATH = {(method, _made_alike(path)): need for (method, path), need in PERMISSIONS.items()}


def _need(method: str, path: str) -> str:
    return _BY_PATH[method, _made_alike(path)]


def test_the_table_speaks_of_every_call() -> None:
    """Permissions: users:read rooms:read … : a call that is not in the table needs a decision."""
    assert set(PERMISSIONS) == {(call.method, call.path) for call in CALLS}
    given = {need for need in PERMISSIONS.values() if need not in (FREE, NEVER)}
    assert given == ALL


async def _ids(cast: Cast) -> dict[str, Any]:
    winner = await cast.award("participant", await cast.prize(2))
    return {
        "part": cast.parts["participant"]["id"],
        "prize": winner["prizeId"],
        "winner": winner["id"],
        "unknown": UNKNOWN,
        "user": cast.people["viewer"].id,
        "code": cast.room["joinCode"],
    }


def _denied(answer: Any, need: str, granted: Collection[str]) -> None:
    told = error(answer, 403, "APP_PERMISSION_DENIED")["details"]
    assert told == {"required": need, "granted": sorted(granted)}


@pytest.mark.parametrize("alone", [True, False])
async def test_a_call_in_a_room_takes_its_permission_and_no_other(
    stage: Stage, applications: Applications, alone: bool
) -> None:
    """With both, the call needs the user's role AND the app's permission."""
    cast = await stage.cast()
    ids = await _ids(cast)
    user = None if alone else cast.organizer

    async def ask(rule: Rule) -> None:
        need = _need(rule.method, ROOM + rule.path)
        path = cast.path + rule.path.format(**ids)
        right = await applications.person({need}, user=user)
        answer = await right.call(rule.method, path, rule.wrong)
        if (rule.method, ROOM + rule.path) in (OWNERS if alone else BY_ITSELF):
            error(answer, 403, "FORBIDDEN")
            return
        assert answer.status_code == rule.then, (str(rule), answer.text)
        for granted in (ALL - {need}, frozenset[str]()):
            wrong = await applications.person(granted, user=user)
            _denied(await wrong.call(rule.method, path, rule.wrong), need, granted)

    await asyncio.gather(*(ask(rule) for rule in RULES))


async def test_a_permission_makes_up_for_no_role(stage: Stage, applications: Applications) -> None:
    """With both, the call needs the user's role AND the app's permission."""
    for public in (False, True):
        cast = await stage.cast(isPublic=public)
        await cast.cast_out()
        ids = await _ids(cast)
        for role in ROLES[1:]:
            both = await applications.person(ALL, user=cast.people[role])
            for rule in RULES:
                answer = await both.call(
                    rule.method, cast.path + rule.path.format(**ids), rule.wrong
                )
                assert answer.status_code == rule.status(role, public=public), (role, str(rule))


@pytest.mark.parametrize("public", [False, True])
@pytest.mark.parametrize("switched_off", [False, True])
async def test_an_application_alone_is_a_stranger_where_it_is_not_on(
    stage: Stage, applications: Applications, public: bool, switched_off: bool
) -> None:
    """private rooms | 404 to strangers; An app that is off in a room is unreachable there"""
    cast = await stage.cast(isPublic=public)
    ids = await _ids(cast)
    if switched_off:
        await cast.organizer.post(f"{cast.path}/apps", {"appId": OFF})
        await cast.organizer.patch(f"{cast.path}/apps/{OFF}", {"enabled": False})
    alone = await applications.person(ALL, OFF)
    for rule in RULES:
        answer = await alone.call(rule.method, cast.path + rule.path.format(**ids), rule.wrong)
        assert answer.status_code == rule.status("stranger", public=public), str(rule)
    refused = (403, "FORBIDDEN") if public else (404, "NOT_FOUND")
    error(await alone.call("DELETE", cast.path), *refused)
    gate = stage.host.host.gate
    actor = Actor(app_id=OFF, app_permissions=ALL)
    if not public:
        with pytest.raises(NotFound):
            await gate.may_subscribe(actor, cast.room["id"])


async def test_a_call_outside_of_rooms_takes_its_permission_and_no_other(
    stage: Stage, applications: Applications, shared: Cast
) -> None:
    """Permissions: users:read rooms:read rooms:write …"""
    ids = await _ids(shared)
    user = await stage.host.register("Ute")
    for rule in ELSEWHERE:
        need = _need(rule.method, rule.path)
        path = rule.path.format(**{**ids, "user": user.id})
        right = await applications.person(ALL if need in (FREE, NEVER) else {need}, user=user)
        answer = await right.call(rule.method, path, rule.wrong)
        if need == NEVER:
            valid = VALID.get(rule.path) if answer.status_code == 422 else rule.wrong
            error(await right.call(rule.method, path, valid), 403, "FORBIDDEN")
            continue
        assert answer.status_code == rule.status["self"], (str(rule), answer.text)
        if need == FREE:
            none = await applications.person((), user=user)
            answer = await none.call(rule.method, path, rule.wrong)
            assert answer.status_code == rule.status["self"], str(rule)
            continue
        wrong = await applications.person(ALL - {need}, user=user)
        body = {"name": "A", "appId": "lottery"} if rule.wrong else None
        _denied(await wrong.call(rule.method, path, body), need, ALL - {need})


async def test_what_is_done_for_a_person_takes_a_person_and_the_permission(
    stage: Stage, applications: Applications
) -> None:
    """An app acts with its own token, alone or with a user's"""
    cast = await stage.cast()
    joining = {"joinCode": cast.room["joinCode"]}
    alone = await applications.person(ALL)
    bodies = {"/rooms": {"name": "A", "appId": "lottery"}, f"{ROOM}/participants": joining}
    for method, path in sorted(NEEDS_A_PERSON):
        where = path.format(room_id=cast.room["id"])
        error(await alone.call(method, where, bodies.get(path)), 401, "UNAUTHORIZED")
    guest = await stage.host.guest("Gil")
    for path, method, status in (("participants", "POST", 201), ("participants/me", "DELETE", 200)):
        where, body = f"{cast.path}/{path}", joining if method == "POST" else None
        granted = ALL - {Permission.PARTICIPANTS_WRITE}
        wrong = await applications.person(granted, user=guest)
        _denied(await wrong.call(method, where, body), Permission.PARTICIPANTS_WRITE, granted)
        right = await applications.person({Permission.PARTICIPANTS_WRITE}, user=guest)
        data(await right.call(method, where, body), status)


async def test_a_write_that_is_let_through_is_answered_and_one_that_is_not_writes_nothing(
    stage: Stage, applications: Applications
) -> None:
    """403 APP_PERMISSION_DENIED | the app's manifest lacks the permission"""
    cast = await stage.cast()
    writes = await applications.person({Permission.ROOMS_WRITE})
    reads = await applications.person(ALL - {Permission.ROOMS_WRITE})
    error(await reads.call("PATCH", cast.path, {"name": "No"}), 403, "APP_PERMISSION_DENIED")
    error(await reads.call("DELETE", cast.path), 403, "APP_PERMISSION_DENIED")
    assert (await cast.organizer.get(cast.path))["name"] == cast.room["name"]
    assert data(await writes.call("PATCH", cast.path, {"name": "Yes"}))["name"] == "Yes"
    data(await writes.call("POST", f"{cast.path}/join-code"))
    data(await writes.call("DELETE", cast.path))


async def test_the_first_page_that_is_embedded_takes_its_own_permission(
    stage: Stage, applications: Applications
) -> None:
    """GET /rooms/{id}?include=participants,prizes,winners"""
    cast = await stage.cast()
    for name, need in (
        ("participants", Permission.PARTICIPANTS_READ),
        ("prizes", Permission.PRIZES_READ),
        ("winners", Permission.WINNERS_READ),
    ):
        path = f"{cast.path}?include={name}"
        wrong = await applications.person(ALL - {need})
        _denied(await wrong.call("GET", path), need, ALL - {need})
        right = await applications.person({Permission.ROOMS_READ, need})
        assert name in data(await right.call("GET", path))


async def test_a_key_of_the_user_gives_no_answer_to_their_application(
    stage: Stage, applications: Applications
) -> None:
    """idempotency keys | belong to their caller"""
    cast = await stage.cast()
    body, key = {"name": "Sled"}, stage.host.host.sources.new_id()
    path = f"{cast.path}/prizes"
    made = data(await cast.organizer.call("POST", path, body, Idempotency_Key=key), 201)
    wrong = await applications.person((), user=cast.organizer)
    answer = await wrong.call("POST", path, body, Idempotency_Key=key)
    _denied(answer, Permission.PRIZES_WRITE, ())
    right = await applications.person({Permission.PRIZES_WRITE}, user=cast.organizer)
    answer = await right.call("POST", path, body, Idempotency_Key=key)
    assert data(answer, 201)["id"] != made["id"]
