"""§1: the envelope of every answer."""

from __future__ import annotations

import re

import pytest

from host.testing.host import TestHost
from tests.contract.answers import data, deleted, error, listed
from tests.contract.cast import UNKNOWN, Cast, Stage

ISO = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z")


async def test_one_thing_is_in_data(host: TestHost) -> None:
    """one thing | `{"data": {…}}`"""
    olga = await host.guest("Olga")
    assert set((await olga.call("GET", "/auth/me")).json()) == {"data"}


async def test_a_list_has_data_and_meta(host: TestHost) -> None:
    """a list | `{"data": [ … ], "meta": {"page": 1, "limit": 20, "total": 57, "totalPages": 3}}`"""
    _, meta = listed(await host.nobody.call("GET", "/rooms"))
    assert meta.keys() == {"page", "limit", "total", "totalPages"}
    assert (meta["page"], meta["limit"]) == (1, 20)


async def test_a_deletion_says_success(host: TestHost) -> None:
    """a deletion | 200 `{"data": {"success": true}}`"""
    cast = await (await Stage.of(host)).cast()
    prize, winner = await cast.prize(), await cast.award()
    olga = cast.organizer
    await olga.post(f"{cast.path}/apps", {"appId": "notifications"})
    part = cast.parts["moderator"]["id"]
    for path in (
        f"/prizes/{prize['id']}",
        f"/winners/{winner['id']}",
        "/apps/notifications",
        f"/participants/{part}",
    ):
        deleted(await olga.call("DELETE", cast.path + path))
    viewer = cast.people["viewer"]
    deleted(await viewer.call("DELETE", f"{cast.path}/participants/me"))
    deleted(await olga.call("DELETE", cast.path))
    deleted(await viewer.call("POST", "/auth/logout"))
    deleted(await olga.call("DELETE", f"/users/{olga.id}"))


async def test_an_error_has_code_message_and_details(host: TestHost) -> None:
    """an error | `{"error": {"code": "…", "message": "…", "details": {…}}}`"""
    error(await host.nobody.call("GET", f"/rooms/{UNKNOWN}"), 404, "NOT_FOUND")


async def test_every_answer_has_a_request_id_and_no_two_the_same(host: TestHost) -> None:
    """Every answer carries `X-Request-ID`."""
    olga = await host.guest("Olga")
    paths = ["/rooms", "/auth/me", "/nothing", f"/rooms/{UNKNOWN}", "/rooms?limit=0"]
    answers = [await olga.call("GET", path) for path in paths]
    answers.append(await host.nobody.call("POST", "/rooms", {}))
    answers.append(await host.client.get("/api/v1/auth/me", headers={"authorization": "Bearer x"}))
    answers.append(await olga.call("DELETE", "/rooms"))
    ids = {answer.headers["x-request-id"] for answer in answers}
    assert len(ids) == len(answers)


async def test_a_callers_own_request_id_is_kept_where_it_is_harmless(host: TestHost) -> None:
    """Every answer carries `X-Request-ID`."""
    kept = await host.nobody.call("GET", "/rooms", X_Request_ID="trace-0123456789")
    assert kept.headers["x-request-id"] == "trace-0123456789"
    for given in ("x", "a b c d e f g h", "<script>alert(1)</script>", "a" * 500):
        answer = await host.nobody.call("GET", "/rooms", X_Request_ID=given)
        assert answer.headers["x-request-id"] != given


async def test_a_fault_of_ours_is_told_without_a_trace_and_with_its_request_id(
    host: TestHost, monkeypatch: pytest.MonkeyPatch
) -> None:
    """500 | INTERNAL_ERROR | never a stack trace; `details.requestId` finds it in the log"""

    async def breaks(*_: object) -> None:
        raise ZeroDivisionError("the secret is kept")

    monkeypatch.setattr(type(host.host.services.apps), "catalogue", breaks)
    answer = await host.nobody.call("GET", "/apps")
    found = error(answer, 500, "INTERNAL_ERROR")
    assert found["details"] == {"requestId": answer.headers["x-request-id"]}
    assert "secret" not in answer.text
    assert "Traceback" not in answer.text


async def test_a_database_that_is_away_is_unavailable(
    host: TestHost, monkeypatch: pytest.MonkeyPatch
) -> None:
    """503 | UNAVAILABLE"""

    def breaks(*_: object) -> None:
        raise ConnectionRefusedError

    monkeypatch.setattr(host.host.db, "read", breaks)
    monkeypatch.setattr(host.host.db, "write", breaks)
    error(await host.nobody.call("GET", "/rooms"), 503, "UNAVAILABLE")
    error(await host.nobody.call("POST", "/auth/guest", {"name": "Ann"}), 503, "UNAVAILABLE")


async def test_times_are_utc_with_z_and_keys_in_camel_case(cast: Cast) -> None:
    """keys in camelCase, enums in UPPER_CASE, times in ISO 8601 UTC with `Z`"""
    winner = await cast.award()
    prize = await cast.prize()
    things = [cast.room, cast.parts["viewer"], winner, prize]
    things.append(data(await cast.organizer.call("GET", "/auth/me")))
    for thing in things:
        for key, value in thing.items():
            assert re.fullmatch(r"_?[a-z]+([A-Z][a-z]+)*", key), key
            if key.endswith("At") and value is not None:
                assert ISO.fullmatch(value), (key, value)
    assert cast.room["status"] == cast.room["status"].upper()


async def test_answers_are_not_kept_by_caches(host: TestHost) -> None:
    """Where it is silent, follow RFC 9110: what one may see depends on who asks."""
    assert (await host.nobody.call("GET", "/rooms")).headers["cache-control"] == "no-store"
