"""§3: text and numbers that are refused at the border, on both databases."""

from __future__ import annotations

import json
from typing import Any

import pytest

from host.testing.host import Person
from tests.contract.answers import data, send
from tests.contract.cast import Cast

LONE = ("\\ud800", "\\udfff", "a\\ud83c", "\\ude00\\ud83d")
BAD_TEXT = ("\\u0000", "a\\u0000b", *LONE)
BAD_NUMBERS = ("NaN", "Infinity", "-Infinity", "1e999", "-1e999", "1" * 400, "1" * 5000)
PLACES = (
    ("POST", "/rooms", '{"name": %s, "appId": "lottery"}'),
    ("POST", "/rooms", '{"name": "A", "appId": %s}'),
    ("POST", "/rooms", '{"name": "A", "appId": "lottery", "description": %s}'),
    ("POST", "/rooms", '{"name": "A", "appId": "lottery", "appSettings": {"claimText": %s}}'),
    ("PATCH", "{room}", '{"name": %s}'),
    ("PATCH", "{room}/apps/lottery", '{"settings": {"claimText": %s}}'),
    ("POST", "{room}/apps", '{"appId": %s}'),
    ("PUT", "{room}/delegations", '{"winnerSelection": %s}'),
    ("POST", "{room}/prizes", '{"name": %s}'),
    ("POST", "{room}/prizes", '{"name": "A", "metadata": {"a": [%s]}}'),
    ("POST", "{room}/prizes", '{"name": "A", "metadata": {%s: 1}}'),
    ("POST", "{room}/winners", '{"participantId": %s, "prizeId": "a"}'),
    ("POST", "{room}/draws", '{"prizeId": %s}'),
    ("POST", "{room}/participants", '{"joinCode": %s}'),
    ("POST", "{room}/participants", '{"metadata": {"a": %s}}'),
    ("PATCH", "{room}/participants/{part}", '{"metadata": {"a": %s}}'),
    ("POST", "/auth/guest", '{"name": %s}'),
    ("POST", "/auth/refresh", '{"refreshToken": %s}'),
    ("POST", "/auth/login", '{"email": "a@example.com", "password": %s}'),
    ("POST", "/auth/login", '{"email": %s, "password": "long enough"}'),
    ("PATCH", "/users/{user}", '{"name": %s}'),
)


def _filled(cast: Cast, path: str) -> str:
    part = cast.parts["participant"]["id"]
    return path.format(room=cast.path, part=part, user=cast.organizer.id)


async def _refused(person: Person, method: str, path: str, body: str) -> None:
    answer = await send(person, method, path, body)
    assert answer.status_code in (400, 422), (answer.status_code, answer.text, body)
    assert answer.json()["error"]["code"] in ("MALFORMED_REQUEST", "VALIDATION_ERROR")


async def test_nul_and_lone_surrogates_are_refused_wherever_text_goes(either: Cast) -> None:
    """text | NUL, lone surrogates … refused at the border, 400 or 422"""
    for method, path, body in PLACES:
        for text in BAD_TEXT:
            await _refused(either.organizer, method, _filled(either, path), body % f'"{text}"')


async def test_surrogates_that_pair_are_a_character_like_any_other(either: Cast) -> None:
    """text | lone surrogates"""
    body = '{"name": "\\ud83c\\udf81 Gift", "metadata": {"\\ud83c\\udf81": "\\ud83c\\udf81"}}'
    made = data(await send(either.organizer, "POST", f"{either.path}/prizes", body), 201)
    assert made["name"] == "🎁 Gift"
    assert made["metadata"] == {"🎁": "🎁"}


async def test_numbers_that_are_none_and_those_past_range_are_refused(either: Cast) -> None:
    """text | `NaN`, numbers past double range … refused at the border, 400 or 422"""
    for number in BAD_NUMBERS:
        for body in ('{"name": "A", "metadata": {"a": %s}}', '{"name": "A", "quantity": %s}'):
            await _refused(either.organizer, "POST", f"{either.path}/prizes", body % number)
        bad = '{"count": ' + number + "}"
        await _refused(either.organizer, "POST", f"{either.path}/draws", bad)


async def test_numbers_within_range_come_back_as_they_were(either: Cast) -> None:
    """text | numbers past double range"""
    kept = {"a": 1.5, "b": -1e300, "c": 2**53, "d": 0, "e": -0.25, "f": 1e-300}
    made = await either.prize(metadata=kept)
    assert made["metadata"] == kept


def _nested(levels: int, opening: str = "[", closing: str = "]") -> str:
    """Metadata that is itself the second level of the body."""
    inside = opening * (levels - 2) + closing * (levels - 2)
    return '{"name": "A", "metadata": {"a": ' + inside + "}}"


async def test_nesting_past_64_levels_is_refused_and_64_are_taken(either: Cast) -> None:
    """text | nesting past 64 levels: refused at the border, 400 or 422"""
    path = f"{either.path}/prizes"
    data(await send(either.organizer, "POST", path, _nested(64)), 201)
    await _refused(either.organizer, "POST", path, _nested(65))
    for levels in (100, 1000, 100_000):
        await _refused(either.organizer, "POST", path, _nested(levels))
        await _refused(either.organizer, "POST", path, "[" * levels)
        objects: Any = _nested(levels, '{"a":', "}").replace('{"a":}', "{}")
        await _refused(either.organizer, "POST", path, objects)


@pytest.mark.parametrize("part", ["%00", "a%00b", "%ED%A0%80", "%FF", "%F0%9F%8E%81", "x" * 3000])
async def test_no_id_in_a_path_is_a_fault_of_ours(either: Cast, part: str) -> None:
    """404 | NOT_FOUND, never 500"""
    olga, room = either.organizer, either.path
    for path in (
        f"/rooms/{part}",
        f"/rooms/{part}/prizes",
        f"/rooms/by-code/{part}",
        f"/apps/{part}",
        f"/users/{part}",
        f"{room}/participants/{part}",
        f"{room}/prizes/{part}",
        f"{room}/winners/{part}",
    ):
        assert (await olga.call("GET", path)).status_code == 404, path
    for path in (f"/rooms/{part}", f"{room}/prizes/{part}", f"{room}/apps/{part}"):
        assert (await olga.call("DELETE", path)).status_code == 404, path
        assert (await olga.call("PATCH", path, {})).status_code == 404, path


@pytest.mark.parametrize("text", ["%00", "a%00b", "%ED%A0%80", "%FF", "🎁", "%25", "'", "\\"])
async def test_no_text_in_a_query_is_a_fault_of_ours(either: Cast, text: str) -> None:
    """422 at most, never 500"""
    olga = either.organizer
    for path in (
        f"/rooms?q={text}",
        f"/rooms?appId={text}",
        f"/rooms?createdBy={text}",
        f"{either.path}/winners?prizeId={text}",
        f"{either.path}/winners?participantId={text}",
        f"{either.path}/participants?cursor={text}",
    ):
        assert (await olga.call("GET", path)).status_code in (200, 400, 422), path


async def test_text_of_any_script_comes_back_as_it_went(either: Cast) -> None:
    """JSON, UTF-8"""
    for name in ("Ёлка 2027", "新年快乐", "سنة جديدة", "Ñandú", "👩‍👩‍👧 Family", "a\tb"):
        made = await either.prize(name=name, metadata={name: name})
        assert (made["name"], made["metadata"]) == (name, {name: name})
        got = await send(either.organizer, "GET", f"{either.path}/prizes/{made['id']}", b"")
        assert json.loads(got.content.decode("utf-8"))["data"]["name"] == name
