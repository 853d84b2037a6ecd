"""The unsafe acts of the pages, by everybody: the same walls as those of the interface."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from starlette.routing import BaseRoute, Mount, Route

from host.web.csrf import FIELD, SAFE
from tests.attacks.browsers import browser_of, token_of
from tests.contract.cast import UNKNOWN, Cast, Stage
from tests.contract.forms import ACCOUNTS, ADMINS, ANYONES, FORMS, LAST_FORMS, NOT_SENT, FormRule
from tests.contract.rules import ROLES
from tests.web.visitor import Visitor

API = "/api"


def unsafe_paths(routes: list[BaseRoute], below: str = "") -> Iterator[str]:
    """The paths of all routes that take more than a look, but those of the interface."""
    for route in routes:
        if isinstance(route, Mount) and not route.path.startswith(API):
            yield from unsafe_paths(list(route.routes), below + route.path)
        elif isinstance(route, Route) and (route.methods or set()) - SAFE:
            yield below + route.path


def _made_alike(path: str) -> tuple[str, ...]:
    return tuple("{}" if part.startswith("{") else part for part in path.split("/"))


async def test_the_table_speaks_of_every_form(stage: Stage) -> None:
    """A form that the table does not know of is one that nobody thought about."""
    # The administration is loaded when the first admin comes.
    async with browser_of(stage.host, stage.people["admin"]) as visitor:
        assert (await visitor.client.get("/admin/")).status_code == 200
    found = set(unsafe_paths(stage.host.host.asgi.routes))
    others = ANYONES | ACCOUNTS | ADMINS
    assert {_made_alike(path) for path in found - others} == {
        _made_alike(rule.path) for rule in (*FORMS, *LAST_FORMS)
    }
    assert found >= others


async def _state(cast: Cast) -> tuple[object, ...]:
    actor = await cast.host.host.services.identity.authenticate(cast.organizer.token or "")
    view = await cast.host.host.services.rooms.get(actor, cast.room["id"])
    return view.seq, view.room


async def _refused(visitor: Visitor, cast: Cast, rule: FormRule, role: str, public: bool) -> int:
    """Sends a form of somebody who may not, and looks that nothing came of it."""
    before = await _state(cast)
    path = _path(cast, rule)
    page = await visitor.post(path, {**rule.fields, FIELD: await token_of(visitor)})
    assert await _state(cast) == before
    return page.status


def _path(cast: Cast, rule: FormRule) -> str:
    return rule.path.format(room=cast.room["id"], prize=cast.parts["prize"]["id"], unknown=UNKNOWN)


async def _room(stage: Stage, public: bool) -> Cast:
    cast = await stage.cast(app_id="vault", isPublic=public)
    for app_id in ("quiz", "lottery", "notifications"):
        await cast.organizer.post(f"{cast.path}/apps", {"appId": app_id})
    # What they do on hearing that they are on is done: the room is quiet from here.
    await cast.host.host.core.background.drain(30)
    cast.parts = {**cast.parts, "prize": await cast.prize()}
    await cast.award("participant", await cast.prize())
    viewer = cast.parts["participant"]
    await cast.organizer.patch(f"{cast.path}/participants/{viewer['id']}", {"role": "VIEWER"})
    return cast


@pytest.mark.parametrize("public", [False, True])
async def test_a_form_is_refused_for_whoever_may_not_send_it(stage: Stage, public: bool) -> None:
    """401, then 404 for what may not be known, then 403, then the body, then the state (409)"""
    cast = await _room(stage, public)
    await cast.cast_out()
    got: dict[str, int] = {}
    for role in ROLES:
        async with browser_of(cast.host, cast.people[role]) as visitor:
            token = await token_of(visitor)
            for rule in (*FORMS, *LAST_FORMS):
                if role not in rule.who:
                    got[f"{role}: {rule}"] = await _refused(visitor, cast, rule, role, public)
                elif rule in FORMS:
                    page = await visitor.post(_path(cast, rule), {**rule.fields, FIELD: token})
                    got[f"{role}: {rule}"] = page.status
    assert got == {
        f"{role}: {rule}": rule.status(role, public=public)
        for rule in (*FORMS, *LAST_FORMS)
        for role in ROLES
        if rule in FORMS or role not in rule.who
    }


@pytest.mark.parametrize("rule", LAST_FORMS, ids=str)
async def test_a_form_that_ends_a_room_is_taken_from_its_organizer(
    stage: Stage, rule: FormRule
) -> None:
    """PATCH /rooms/{id} · DELETE /rooms/{id} | organizer"""
    cast = await _room(stage, public=False)
    async with browser_of(cast.host, cast.organizer) as visitor:
        token = await token_of(visitor)
        page = await visitor.post(_path(cast, rule), {**rule.fields, FIELD: token})
        assert page.status == rule.then


async def test_no_form_is_taken_without_its_token(stage: Stage) -> None:
    """CSRF: every unsafe route of the pages and of the applications, with the session's cookie"""
    cast = await _room(stage, public=False)
    async with browser_of(cast.host, cast.organizer) as visitor:
        good = await token_of(visitor)
        before = await _state(cast)
        paths = [_path(cast, rule) for rule in (*FORMS, *LAST_FORMS)]
        names = {"code": UNKNOWN, "room_id": cast.room["id"], "session_id": UNKNOWN, "way": UNKNOWN}
        names |= {"notification_id": UNKNOWN, "token": UNKNOWN}
        anyones = [path.format(**names) for path in sorted(ANYONES | ACCOUNTS)]
        for path in (*paths, *anyones):
            for fields in ({}, {FIELD: "0" * 96}, {FIELD: ""}):
                page = await visitor.post(path, fields)
                # A door that no code opens is not there, whoever knocks.
                hidden = path.startswith(("/j/", "/unsubscribe/"))
                off = 404 if hidden else 503 if path.startswith(NOT_SENT) else 403
                assert page.status in (403, off), path
            for headers in (
                {"Origin": "https://evil.example"},
                {"Origin": "null"},
                {"Sec-Fetch-Site": "cross-site", "Origin": "http://testserver"},
            ):
                answer = await visitor.client.post(path, data={FIELD: good}, headers=headers)
                assert answer.status_code == 403, (path, headers)
        assert await _state(cast) == before


async def test_the_forms_of_an_account_are_for_who_is_signed_in(stage: Stage) -> None:
    """users | self: a path of these names nothing of anybody else"""
    async with browser_of(stage.host, stage.people["nobody"]) as visitor:
        for path in sorted(ACCOUNTS):
            where = path.format(session_id=UNKNOWN, way=UNKNOWN, notification_id=UNKNOWN)
            page = await visitor.post(where, {FIELD: await token_of(visitor)})
            assert page.status in (303, 503 if path in NOT_SENT else 401), path
            if page.status == 303:
                assert page.response.headers["location"].startswith("/sign-in")


async def test_the_administration_is_there_for_admins_only(stage: Stage) -> None:
    """admin | …: for everybody else there is nothing here"""
    for role in ("nobody", "stranger", "organizer"):
        async with browser_of(stage.host, stage.people[role]) as visitor:
            for key in ("users", "rooms", "sessions", "nothing"):
                for path in sorted(ADMINS):
                    where = path.format(key=key)
                    page = await visitor.post(where, {FIELD: await token_of(visitor)})
                    assert page.status == (401 if role == "nobody" else 404), (role, where)
            for look in (
                "/admin",
                "/admin/",
                "/admin/users",
                "/admin/_api/users",
                "/admin/statics",
            ):
                answer = await visitor.client.get(look)
                # To sign in first, or nothing here; a missing slash may be added before that.
                assert answer.status_code in ((303, 307) if role == "nobody" else (307, 404)), look
    async with browser_of(stage.host, stage.people["admin"]) as visitor:
        assert (await visitor.client.get("/admin/")).status_code == 200
        for path in ("/admin/users/create", "/admin/users/edit", "/admin/_api/users/import"):
            page = await visitor.post(path, {FIELD: await token_of(visitor)})
            assert page.status >= 400, path
        forged = {"Origin": "https://evil.example"}
        for path in sorted(ADMINS):
            answer = await visitor.client.post(path.format(key="users"), data={}, headers=forged)
            assert answer.status_code == 403, path
