"""Lines in the log, and headers in answers, that somebody else would like to write."""

from __future__ import annotations

import json
import logging

import httpx
import pytest
import sqlalchemy as sa
from sqlalchemy.exc import SQLAlchemyError

from host.logs import AsJson, OneLine
from host.store.engine import Database
from host.testing.host import API, TestHost
from tests.contract.cast import Cast

FORGED = "x\r\nE 12:00:00 ERROR festoon  all is lost"
BREAKS = (
    "\n",
    "\r",
    "\x0b",
    "\x0c",
    "\x1b[2J",
    "\x85",
    "\u2028",
    "\u2029",
    "\u202e",
    "\x00",
    "\x9b",
)


def _record(message: str, error: BaseException | None = None) -> logging.LogRecord:
    info = None if error is None else (type(error), error, error.__traceback__)
    return logging.LogRecord("festoon", logging.ERROR, "", 0, "%s failed", (message,), info)


@pytest.mark.parametrize("breaking", BREAKS)
def test_a_message_is_one_line_whatever_it_quotes(breaking: str) -> None:
    for formatter in (OneLine(), AsJson()):
        line = formatter.format(_record(f"a{breaking}b"))
        assert line.isprintable()
        assert len(line.splitlines()) == 1
    assert (
        json.loads(AsJson().format(_record(f"a{breaking}b")))["message"] == f"a{breaking}b failed"
    )


@pytest.mark.parametrize("breaking", BREAKS)
def test_an_error_begins_no_line_with_what_it_quotes(breaking: str) -> None:
    try:
        raise ValueError(f"no{breaking}12:00:00 ERROR   festoon  forged")
    except ValueError as error:
        first, *others = OneLine().format(_record("a", error)).splitlines()
        assert "forged" not in first
        assert all(line.startswith("    ") and line.isprintable() for line in others)
        entry = AsJson().format(_record("a", error))
        assert entry.isprintable()
        assert "forged" in json.loads(entry)["error"]


def test_a_lone_surrogate_and_a_letter_come_through() -> None:
    assert "Ёлка 🎁" in AsJson().format(_record("Ёлка 🎁"))
    assert json.loads(AsJson().format(_record("\U000e0001\ud800")))["message"].startswith(
        "\U000e0001"
    )


async def test_a_fault_of_the_database_tells_nobodys_data(sqlite_url: str) -> None:
    db = Database(sqlite_url)
    wrong = sa.text("SELECT * FROM nothing WHERE a = :a")
    async with db.read() as connection:
        with pytest.raises(SQLAlchemyError) as failed:
            await connection.execute(wrong, {"a": "secret"})
    await db.close()
    assert "secret" not in str(failed.value)


@pytest.mark.parametrize(
    "given",
    [
        b"abc\r\nSet-Cookie: a=b",
        b"x" * 500,
        b"a b c d e f",
        b"../../../../x",
        b"\xff" * 20,
        b"short",
    ],
)
async def test_a_request_id_is_kept_only_where_it_is_harmless(host: TestHost, given: bytes) -> None:
    answer = await host.client.get(API + "/rooms", headers=[(b"x-request-id", given)])
    kept = answer.headers["x-request-id"]
    assert kept.encode("latin-1") != given
    assert kept.isalnum()
    assert "set-cookie" not in answer.headers


async def test_names_paths_and_agents_forge_no_line(
    shared: Cast, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, "festoon")
    client = shared.host.client
    for path in ("/rooms/%0d%0aE%20forged", "/api/v1/rooms/a%0Aforged%1b[2J", "/static/%0aforged"):
        await client.get(path, headers={"User-Agent": "a\x1b[2Jforged"})
    await client.post(f"{API}/auth/guest", json={"name": FORGED})
    await client.post(f"{API}/auth/login", json={"email": FORGED, "password": FORGED})
    assert caplog.records
    for record in caplog.records:
        assert len(OneLine().format(record).splitlines()) == 1, record
        assert "correct horse" not in record.getMessage()


async def test_no_answer_has_a_header_that_somebody_else_wrote(shared: Cast) -> None:
    client: httpx.AsyncClient = shared.host.client
    evil = "x%0d%0aX-Evil:%20yes"
    code = shared.room["joinCode"]
    for path in (f"/join?code={evil}", f"/sign-in?next=/{evil}", f"/j/{code}?x={evil}", f"/{evil}"):
        answer = await client.get(path)
        assert "x-evil" not in answer.headers
        assert all("\r" not in v and "\n" not in v for v in answer.headers.values())
