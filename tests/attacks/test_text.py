"""Hostile text in every text field of every call, made from the calls' own schemas."""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import pairwise
from typing import Any
from urllib.parse import quote

import pytest

from host.access import Act
from host.testing.host import Person
from host.web.api.call import Call
from host.web.api.calls import CALLS
from tests.attacks.browsers import browser_of
from tests.contract.answers import send
from tests.contract.cast import UNKNOWN, Cast, Stage

UNSTORABLE = ("\\u0000", "a\\u0000b", "\\ud800", "a\\udfffb", "\\ude00\\ud83d")
"""As they stand in JSON: NUL, halves of surrogate pairs."""
TURNING = ("\\u202e", "gold \\u202edlos", "\\u2066a\\u2069", "\\u202a")
STRANGE = (
    "' OR '1'='1'; DROP TABLE users; --",
    "\" OR 1=1 -- %\\\\'; SELECT 1; --",
    "{{1234567*7654321}}${1234567*7654321}#{1234567*7654321}<%=1234567*7654321%>",
    "%(x)s{0.x}{% for x in y %}",
    "x\\u200f\\u061c\\ufeff\\u2028\\u2029\\u0085",
    "\\r\\nSet-Cookie: a=b",
)
"""As they stand in JSON, but for the quotation mark: SQL, templates, lines and directions."""
EXECUTED = str(1234567 * 7654321)
"""Longer than any number that stands in an id or a date by chance."""


def _texts(schema: Any, at: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """Where in a body any text may stand: fields that take text, and objects that take anything."""
    kinds = schema.get("type", "object" if "properties" in schema else None)
    named = schema.get("properties", {})
    if "string" in (kinds if isinstance(kinds, list) else [kinds]) or "enum" in schema:
        yield at
    for name, below in named.items():
        yield from _texts(below, (*at, name))
    if kinds == "object" and not named:
        yield (*at, "x")
    if kinds == "array":
        yield from _texts(schema.get("items", {}), (*at, "0"))


PLACES = [(call, place) for call in CALLS if call.body for place in _texts(call.body) if place]
REQUIRED = {"email": "a@example.com", "password": "long enough", "appId": "lottery"}


def _put(call: Call, place: tuple[str, ...], text: str, *, cheap: bool = False) -> str:
    """A body that has the text, written as JSON, at that place.

    `cheap`: with a password that is too short to be hashed, which is most of the time it takes.
    """
    known = REQUIRED | {"password": "short"} if cheap else REQUIRED
    body: dict[str, Any] = {
        name: known.get(name, "x") for name in (call.body or {}).get("required", ())
    }
    found: Any = body
    for step, following in pairwise(place):
        found[step] = [None] if following == "0" else {}
        found = found[step]
    if isinstance(found, list):
        found[0] = "@@"
    else:
        found[place[-1]] = "@@"
    return json.dumps(body).replace('"@@"', f'"{text}"')


def _where(call: Call, cast: Cast) -> str:
    known = {
        "room_id": cast.room["id"],
        "participant_id": cast.parts["viewer"]["id"],
        "prize_id": cast.parts["prize"]["id"],
        "user_id": cast.organizer.id,
        "app_id": "lottery",
    }
    parts = call.path.split("/")
    return "/".join(
        str(known.get(part.strip("{}"), UNKNOWN)) if part[:1] == "{" else part for part in parts
    )


def test_there_are_texts_to_attack() -> None:
    where = {(call.method, call.path, *place) for call, place in PLACES}
    assert len(where) >= 30
    assert ("POST", "/rooms", "appSettings", "x") in where
    assert ("POST", "/auth/guest", "name") in where


async def _cast(stage: Stage) -> Cast:
    # With an account: a guest who sends these would make one out of hers, and be signed out.
    olga = await stage.host.register("Olga")
    cast = await Stage(stage.host, {**stage.people, "organizer": olga}).cast()
    cast.parts = {**cast.parts, "prize": await cast.prize()}
    return cast


async def test_what_cannot_be_kept_is_refused_in_every_text_field(either_stage: Stage) -> None:
    cast = await _cast(either_stage)
    for call, place in PLACES:
        if call.act is Act.PUBLISH_EVENTS:
            # Takes an application, and refuses people before it looks at what they say.
            continue
        for text in UNSTORABLE:
            body = _put(call, place, text)
            # Which services there are is for admins.
            who = cast.people["admin"] if call.path.startswith("/apps") else cast.organizer
            answer = await send(who, call.method, _where(call, cast), body)
            refused = answer.status_code in (400, 422) or (
                # It is off on this host, whatever is sent there.
                (answer.status_code, answer.json()["error"]["code"]) == (503, "UNAVAILABLE")
            )
            assert refused, (call.method, call.path, place, text, answer.text)


async def test_no_text_is_ever_carried_out(either_stage: Stage) -> None:
    cast = await _cast(either_stage)
    for call, place in PLACES:
        for number, text in enumerate(STRANGE):
            if number > 0 and place[-1].lower().endswith("password"):
                continue
            body = _put(call, place, text.replace('"', '\\"'), cheap=number > 0)
            answer = await send(cast.organizer, call.method, _where(call, cast), body)
            assert answer.status_code < 500 or answer.status_code == 503, (body, answer.text)
            assert EXECUTED not in answer.text
            assert "set-cookie" not in answer.headers
    found = await cast.organizer.get(f"{cast.path}?include=participants,prizes,winners")
    assert len(found["participants"]) == found["_count"]["participants"]


async def test_no_name_turns_the_text_around_it(stage: Stage) -> None:
    cast = await _cast(stage)
    names = [(call, place) for call, place in PLACES if place[-1] == "name"]
    assert len(names) >= 6
    for call, place in names:
        for text in TURNING:
            body = _put(call, place, text)
            answer = await send(cast.organizer, call.method, _where(call, cast), body)
            assert answer.status_code in (422, 503), (call.path, text, answer.text)


@pytest.mark.parametrize(
    "text", ["%00", "%ED%A0%80", *map(quote, ("' OR '1'='1", "{{1234567*7654321}}", "%"))]
)
async def test_no_text_in_a_path_or_a_query_is_carried_out(either: Cast, text: str) -> None:
    olga = either.organizer
    for call in CALLS:
        if call.method != "GET" or "provider" in call.path:
            continue
        path = "/".join(text if part[:1] == "{" else part for part in call.path.split("/"))
        inside = call.path.replace("{room_id}", either.room["id"])
        inside = "/".join(UNKNOWN if part[:1] == "{" else part for part in inside.split("/"))
        for where in (path, *(f"{inside}?{name}={text}" for name in call.query)):
            answer = await olga.call("GET", where)
            assert answer.status_code in (200, 400, 404, 422), (where, answer.text)
            assert EXECUTED not in answer.text
            data = answer.json().get("data")
            if call.path == "/rooms" and "?q=" in where and isinstance(data, list):
                assert data == [], where


async def test_pages_show_hostile_names_as_they_are(stage: Stage) -> None:
    wild = "{{1234567*7654321}}<script>alert(1)</script>'\"<img src=x onerror=alert(1)>"
    ann: Person = await stage.host.guest(wild[:60])
    room = await stage.host.room(ann, name=wild, description=wild, isPublic=True)
    await ann.post(f"/rooms/{room['id']}/prizes", {"name": wild, "description": wild})
    ben = await stage.host.guest("Ben" + wild[:60])
    part = await stage.host.join(room, ben)
    path = f"/rooms/{room['id']}"
    await ann.patch(f"{path}/participants/{part['id']}", {"metadata": {wild: wild}})
    await ann.post(f"{path}/draws")
    below = ("", "/guests", "/apps", "/settings", "/prizes/new")
    pages = [f"/rooms/{room['id']}{tab}" for tab in below]
    pages += [f"/r/{room['id']}", f"/r/{room['id']}/screen", f"/j/{room['joinCode']}", "/rooms"]
    pages += ["/rooms/new?app=lottery", "/", "/account"]
    for person in (ann, ben, stage.host.nobody):
        async with browser_of(stage.host, person) as browser:
            for page in pages:
                html = (await browser.open(page)).html
                assert "<script>alert" not in html, page
                assert "<img src=x" not in html, page
                assert EXECUTED not in html, page
