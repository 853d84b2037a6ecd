"""Every list and every query parameter, with what is no page, no number and no cursor."""

from __future__ import annotations

import pytest

from host.web.api.calls import CALLS
from host.web.api.query import PAGING
from tests.contract.answers import error, fields
from tests.contract.cast import UNKNOWN, Cast

NUMBERS = (
    *("abc", "", "0", "-1", "101", "1.5", "1e2", "0x10", "NaN", "null", "[]", "5;DROP TABLE"),
    *("9" * 40, "%D9%A5", "%00", "1%00", "%20 1", "1,2", "true", "+5", "1_0", "%ED%A0%80"),
)
LISTS = [call for call in CALLS if call.query.keys() >= PAGING.keys()]
LOOKED = [call for call in CALLS if call.method == "GET" and call.query]


def _where(path: str, cast: Cast) -> str:
    path = path.replace("{room_id}", cast.room["id"])
    return "/".join(UNKNOWN if part[:1] == "{" else part for part in path.split("/"))


def test_the_lists_are_found() -> None:
    assert {call.path.rpartition("/")[2] for call in LISTS} >= {
        *("rooms", "apps", "participants", "prizes", "winners", "events", "sessions", "audit")
    }


@pytest.mark.parametrize("text", NUMBERS)
async def test_no_list_takes_what_is_no_number(shared: Cast, text: str) -> None:
    for call in LISTS:
        for name in PAGING:
            if name == "page" and text == "101":
                continue
            path = f"{_where(call.path, shared)}?{name}={text}"
            assert set(fields(await shared.organizer.call("GET", path))) == {name}, path


async def test_a_parameter_that_comes_twice_is_refused(shared: Cast) -> None:
    for call in LOOKED:
        if "provider" in call.path or UNKNOWN in _where(call.path, shared):
            continue
        for name in call.query:
            path = f"{_where(call.path, shared)}?{name}=1&{name}=2"
            assert name in fields(await shared.organizer.call("GET", path)), path


@pytest.mark.parametrize("cursor", ["x", "../../etc", "' OR 1=1", "eyJhIjoxfQ", "9" * 50, "-1"])
async def test_a_cursor_of_ones_own_making_is_malformed(shared: Cast, cursor: str) -> None:
    for call in LISTS:
        if "cursor" in call.query:
            path = f"{_where(call.path, shared)}?cursor={cursor}"
            error(await shared.organizer.call("GET", path), 400, "MALFORMED_REQUEST")
