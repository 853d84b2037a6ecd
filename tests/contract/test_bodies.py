"""§1: what a request's body may be, and how it is refused."""

from __future__ import annotations

import gzip
from collections.abc import AsyncIterator

import pytest

from host.testing.host import Person, TestHost
from tests.contract.answers import data, error, fields, send
from tests.contract.cast import Cast

MEBIBYTE = 1_048_576

OPTIONAL = (
    ("PATCH", ""),
    ("PATCH", "/prizes/{prize}"),
    ("PATCH", "/participants/{part}"),
    ("PATCH", "/apps/lottery"),
    ("POST", "/join-code"),
    ("POST", "/draws"),
)
"""Calls of which every field is optional; the last one has a draw to make."""

UNKNOWN_FIELDS: tuple[tuple[str, str, dict[str, str]], ...] = (
    ("POST", "/rooms", {"name": "A", "appId": "lottery"}),
    ("PATCH", "/rooms/{room}", {}),
    ("POST", "/rooms/{room}/join-code", {}),
    ("POST", "/rooms/{room}/apps", {"appId": "quiz"}),
    ("PATCH", "/rooms/{room}/apps/lottery", {}),
    ("PUT", "/rooms/{room}/delegations", {}),
    ("POST", "/rooms/{room}/participants", {}),
    ("PATCH", "/rooms/{room}/participants/{part}", {}),
    ("POST", "/rooms/{room}/prizes", {"name": "A"}),
    ("PATCH", "/rooms/{room}/prizes/{prize}", {}),
    ("POST", "/rooms/{room}/winners", {"participantId": "a", "prizeId": "b"}),
    ("POST", "/rooms/{room}/draws", {}),
    ("POST", "/auth/register", {"email": "a@example.com", "password": "long enough"}),
    ("POST", "/auth/login", {"email": "a@example.com", "password": "long enough"}),
    ("POST", "/auth/guest", {"name": "Ann"}),
    ("POST", "/auth/refresh", {"refreshToken": "x"}),
    ("POST", "/auth/logout", {}),
    ("PATCH", "/users/{user}", {}),
)


async def _filled(cast: Cast, path: str) -> str:
    prize = await cast.prize()
    return path.format(
        room=cast.room["id"],
        prize=prize["id"],
        part=cast.parts["participant"]["id"],
        user=cast.organizer.id,
    )


@pytest.mark.parametrize(("method", "path", "body"), UNKNOWN_FIELDS)
async def test_an_unknown_field_is_named(
    shared: Cast, method: str, path: str, body: dict[str, str]
) -> None:
    """Unknown fields in a request body are a VALIDATION_ERROR that names them."""
    answer = await shared.organizer.call(
        method, await _filled(shared, path), {**body, "bogus": 1, "odd/name": None}
    )
    assert set(fields(answer)) == {"bogus", "/odd~1name"}


async def test_a_missing_body_is_taken_where_every_field_is_optional(
    host: TestHost, cast: Cast
) -> None:
    """A POST body may be missing where every field is optional."""
    for method, path in OPTIONAL:
        filled = await _filled(cast, cast.path + path)
        status = 201 if path == "/draws" else 200
        data(await cast.organizer.call(method, filled), status)
    person = await host.guest("Late")
    public = await host.room(cast.organizer, isPublic=True)
    data(await person.call("POST", f"/rooms/{public['id']}/participants"), 201)


async def test_a_missing_body_is_malformed_where_a_field_is_needed(olga: Person) -> None:
    """400 | MALFORMED_REQUEST | body is not JSON"""
    error(await olga.call("POST", "/rooms"), 400, "MALFORMED_REQUEST")


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b"nothing",
        b"{'name': 'x'}",
        b'{"name": "x",}',
        b'{"name": "x"} and more',
        b'{"name": "\xff"}',
        '{"name": "x"}'.encode("utf-16"),
        b'{"name": "a\nb"}',
        b" ",
    ],
)
async def test_a_body_that_is_not_json_is_malformed(olga: Person, body: bytes) -> None:
    """400 | MALFORMED_REQUEST | body is not JSON"""
    error(await send(olga, "POST", "/rooms", body), 400, "MALFORMED_REQUEST")
    error(await send(olga, "POST", "/auth/guest", body), 400, "MALFORMED_REQUEST")


@pytest.mark.parametrize("body", ["null", "[]", "1", '"text"', "true"])
async def test_a_body_that_is_no_object_is_a_validation_error(olga: Person, body: str) -> None:
    """422 | VALIDATION_ERROR; `details.fields` maps a JSON pointer or field name to messages."""
    assert fields(await send(olga, "POST", "/rooms", body)) == {"": ["must be an object"]}


async def test_all_problems_are_told_at_once_by_field(olga: Person) -> None:
    """`details.fields` of a VALIDATION_ERROR maps a JSON pointer or field name to a list."""
    body = {"name": "", "isPublic": "yes", "appSettings": [], "extra": 1}
    found = fields(await olga.call("POST", "/rooms", body))
    assert set(found) == {"name", "appId", "isPublic", "appSettings", "extra"}


@pytest.mark.parametrize(
    "media",
    ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", "text/json", "x"],
)
async def test_a_content_type_other_than_json_is_unsupported(olga: Person, media: str) -> None:
    """415 | a content type other than JSON where a body is expected"""
    body = '{"name": "A", "appId": "lottery"}'
    answer = await send(olga, "POST", "/rooms", body, content_type=media)
    error(answer, 415, "UNSUPPORTED_MEDIA_TYPE")


@pytest.mark.parametrize(
    "media",
    ["application/json; charset=utf-8", "APPLICATION/JSON", "application/merge-patch+json"],
)
async def test_json_by_any_of_its_names_is_taken(olga: Person, media: str) -> None:
    """415 | a content type other than JSON"""
    body = '{"name": "A", "appId": "lottery"}'
    data(await send(olga, "POST", "/rooms", body, content_type=media), 201)


async def test_a_compressed_body_is_unsupported(olga: Person) -> None:
    """415; RFC 9110 15.5.16: … due to the request's … Content-Encoding"""
    body = gzip.compress(b'{"name": "A", "appId": "lottery"}')
    answer = await send(olga, "POST", "/rooms", body, Content_Encoding="gzip")
    error(answer, 415, "UNSUPPORTED_MEDIA_TYPE")


async def test_a_body_past_a_mebibyte_is_too_large_and_one_of_just_that_is_not(
    olga: Person,
) -> None:
    """413 | PAYLOAD_TOO_LARGE"""

    def body(size: int) -> bytes:
        begun = b'{"name": "A", "appId": "lottery", "description": "'
        return begun + b"x" * (size - len(begun) - 2) + b'"}'

    assert "description" in fields(await send(olga, "POST", "/rooms", body(MEBIBYTE)))
    error(await send(olga, "POST", "/rooms", body(MEBIBYTE + 1)), 413, "PAYLOAD_TOO_LARGE")


async def test_a_body_whose_length_is_not_announced_is_too_large_as_well(
    host: TestHost, olga: Person
) -> None:
    """413 | PAYLOAD_TOO_LARGE"""

    async def endless() -> AsyncIterator[bytes]:
        for _ in range(3 * MEBIBYTE // 4096):
            yield b" " * 4096

    answer = await host.client.post(
        "/api/v1/rooms",
        content=endless(),
        headers={"authorization": f"Bearer {olga.token}", "content-type": "application/json"},
    )
    error(answer, 413, "PAYLOAD_TOO_LARGE")
