"""Bodies that are too large, too deep, packed, ambiguous, or pretend to be another method."""

from __future__ import annotations

import gzip
import zlib

import pytest

from host.testing.host import API
from host.web.api.calls import CALLS
from tests.attacks.browsers import browser_of, token_of
from tests.contract.answers import error, fields, send
from tests.contract.cast import UNKNOWN, Cast

MEBIBYTE = 1_048_576
WITH_BODY = [call for call in CALLS if call.body is not None]
OFF = (503, "UNAVAILABLE")
"""Letters and text messages, which this host does not send."""


def _where(path: str) -> str:
    parts = (UNKNOWN if part[:1] == "{" else part for part in path.split("/"))
    return "/".join(parts)


async def _refused_everywhere(
    cast: Cast, body: bytes, *codes: tuple[int, str], **headers: str
) -> None:
    """By every call that takes a body, whether or not what its path names is there."""
    olga = cast.organizer
    for call in WITH_BODY:
        for path in (_where(call.path), _where(call.path.replace("{room_id}", cast.room["id"]))):
            answer = await send(olga, call.method, path, body, **headers)
            told = answer.status_code, answer.json()["error"]["code"]
            # What is not there, or not theirs, is told first.
            assert told in (*codes, (404, "NOT_FOUND"), (403, "FORBIDDEN"), OFF), (path, told)


async def test_a_packed_bomb_is_never_unpacked(shared: Cast) -> None:
    bomb = gzip.compress(b'{"name": "' + b"A" * 50_000_000 + b'"}')
    assert len(bomb) < 100_000
    for coding in ("gzip", "x-gzip", "deflate", "br", "zstd", "gzip, gzip", "identity, gzip"):
        for body in (bomb, zlib.compress(b"{}")):
            answer = await send(shared.organizer, "POST", "/rooms", body, Content_Encoding=coding)
            error(answer, 415, "UNSUPPORTED_MEDIA_TYPE")
    await _refused_everywhere(
        shared, bomb, (415, "UNSUPPORTED_MEDIA_TYPE"), Content_Encoding="gzip"
    )


async def test_a_body_that_is_too_large_is_refused_by_every_call(shared: Cast) -> None:
    await _refused_everywhere(shared, b" " * (MEBIBYTE + 1), (413, "PAYLOAD_TOO_LARGE"))


async def test_a_form_that_is_too_large_or_has_too_many_fields_is_refused(shared: Cast) -> None:
    async with browser_of(shared.host, shared.organizer) as browser:
        token = await token_of(browser)
        here = {"Origin": "http://testserver"}
        for content in (
            f"csrf_token={token}&name=".encode() + b"a" * MEBIBYTE,
            f"csrf_token={token}".encode() + b"&a=b" * 5000,
        ):
            answer = await browser.client.post(
                f"{shared.path}/settings",
                content=content,
                headers={**here, "Content-Type": "application/x-www-form-urlencoded"},
            )
            assert answer.status_code in (400, 413), answer.text
        files = {"name": ("a.txt", b"text", "text/plain")}
        answer = await browser.client.post(
            f"{shared.path}/settings", data={"csrf_token": token}, files=files, headers=here
        )
        assert answer.status_code == 400


@pytest.mark.parametrize("levels", [65, 1000, 200_000])
async def test_nesting_without_end_is_refused_by_every_call(shared: Cast, levels: int) -> None:
    codes = ((400, "MALFORMED_REQUEST"), (422, "VALIDATION_ERROR"))
    if levels > 1000:
        answer = await send(
            shared.organizer, "POST", "/rooms", '{"a":' * levels + "1" + "}" * levels
        )
        assert answer.status_code in (400, 413)
        return
    for opening, closing in (("[", "]"), ('{"a":', "}")):
        inside = "1" if closing == "}" else ""
        body = (opening * levels + inside + closing * levels).encode()
        await _refused_everywhere(shared, body, *codes)


@pytest.mark.parametrize(
    "body",
    [
        '{"name": "A", "name": "B", "appId": "lottery"}',
        '{"name": "A", "appId": "lottery", "appId": "quiz"}',
        '{"name": "A", "appId": "lottery", "appSettings": {"a": 1, "b": {"c": 1, "c": 2}}}',
        '{"\\u006eame": "A", "name": "B", "appId": "lottery"}',
        '{"\\ud800": "A", "\\ud800": "B"}',
    ],
)
async def test_a_key_that_comes_twice_is_refused(shared: Cast, body: str) -> None:
    answer = await send(shared.organizer, "POST", "/rooms", body)
    assert "twice" in error(answer, 400, "MALFORMED_REQUEST")["message"]


@pytest.mark.parametrize("number", ["NaN", "-Infinity", "1e400", "9" * 5000, "1" + "0" * 300])
async def test_a_number_that_is_none_is_refused(shared: Cast, number: str) -> None:
    for body in ('{"name": "A", "quantity": %s}', '{"name": "A", "metadata": {"a": [%s]}}'):
        answer = await send(shared.organizer, "POST", f"{shared.path}/prizes", body % number)
        assert answer.status_code in (400, 422), answer.text


async def test_a_field_that_names_a_prototype_or_an_inside_is_unknown(shared: Cast) -> None:
    for name in ("__proto__", "constructor", "__class__", "deletedAt", "id", "createdBy"):
        body = {"name": "A", "appId": "lottery", name: {"isAdmin": True}}
        found = fields(await shared.organizer.call("POST", "/rooms", body))
        assert set(found) == {name}


@pytest.mark.parametrize(
    "override", ["X-HTTP-Method-Override", "X-Method-Override", "X-HTTP-Method"]
)
async def test_no_header_and_no_field_makes_another_method_of_a_call(
    shared: Cast, override: str
) -> None:
    viewer, organizer = shared.people["viewer"], shared.organizer
    for person in (viewer, organizer):
        answer = await shared.host.client.get(
            f"{API}{shared.path}?_method=DELETE",
            headers={"Authorization": f"Bearer {person.token}", override: "DELETE"},
        )
        assert answer.json()["data"]["id"] == shared.room["id"]
        answer = await shared.host.client.post(
            f"{API}{shared.path}",
            json={"_method": "PATCH", "name": "Mine"},
            headers={"Authorization": f"Bearer {person.token}", override: "PATCH"},
        )
        error(answer, 405, "METHOD_NOT_ALLOWED")
    assert (await organizer.get(shared.path))["name"] == shared.room["name"]
