"""The short way to what a hall reads says what the long way says, to the last value."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import Any

import pytest
from sqlalchemy import make_url

from host.store.lane import Lane
from host.testing import TestHost, running_host
from host.testing.host import Person

LISTS = "include=participants,prizes,winners"
STRANGE = 'Ж "quoted" \\ back\tslash 🎄 </script>'
METADATA = {"a": None, "b": [1, 2.5, {"ё": "\u2028"}], "": "", "big": 9007199254740993}
QUIZ = {"questions": [{"text": STRANGE, "options": ["a", "b"], "right": ["a"]}]}


@pytest.fixture
async def host(postgresql_url: str) -> AsyncIterator[TestHost]:
    async with running_host(database_url=postgresql_url) as running:
        yield running


async def _both(host: TestHost, asks: Person, path: str) -> tuple[Any, Any]:
    """Status, entity tag and body by the lane, and the long way."""
    lane = host.host.db.lane
    assert lane is not None
    seen = []
    for way in (lane, None):
        host.host.db.lane = way
        answer = await asks.call("GET", path)
        seen.append((answer.status_code, answer.headers.get("etag"), answer.json()))
    host.host.db.lane = lane
    return seen[0], seen[1]


async def test_both_ways_say_the_same_to_everybody(host: TestHost) -> None:
    olga = await host.register("Olga")
    room = await host.room(olga, "quiz", isPublic=False, name=STRANGE, appSettings=QUIZ)
    base = f"/rooms/{room['id']}"
    public = await host.room(olga, "lottery", isPublic=True)
    guests = [await host.guest(f"{name} {STRANGE[:10]}") for name in ("Masha", "Oleg", "Inna")]
    for guest in guests:
        code = {"joinCode": room["joinCode"], "metadata": METADATA}
        await guest.post(f"{base}/participants", code)
    tea = await olga.post(f"{base}/prizes", {"name": STRANGE, "quantity": 3, "metadata": METADATA})
    await olga.post(f"{base}/prizes", {"name": "Gone"})
    for _ in range(2):
        await olga.post(f"{base}/draws", {"prizeId": tea["id"]})
    await guests[2].delete(f"{base}/participants/me")
    stranger, ada = await host.register("Stranger"), await host.admin()
    for asks in (olga, guests[0], stranger, ada, host.nobody):
        for path in (
            f"{base}?{LISTS}",
            f"{base}?include=winners",
            base,
            f"/rooms/{public['id']}?{LISTS}",
            f"{base}/participants",
            f"{base}/participants?limit=2&page=2",
            f"{base}/participants?page=9",
            "/rooms",
            "/rooms?status=ACTIVE&isPublic=true&appId=lottery",
            f"/rooms?createdBy={olga.id}&limit=1&page=2",
            "/rooms?appId=nothing",
            "/rooms/none",
        ):
            short, long = await _both(host, asks, path)
            assert short == long, (asks.name, path)


async def test_what_waits_for_a_connection_gets_one_in_turn(postgresql_url: str) -> None:
    async with running_host(database_url=postgresql_url, database_connections=4) as host:
        lane = host.host.db.lane
        assert lane is not None
        asked = [
            asyncio.create_task(lane.rows("SELECT $1::int AS n FROM pg_sleep(0.01)", number))
            for number in range(20)
        ]
        given_up = asked[7]
        await asyncio.sleep(0)
        given_up.cancel()
        found = await asyncio.gather(*asked, return_exceptions=True)
        assert isinstance(found[7], asyncio.CancelledError)
        numbers = [rows[0]["n"] for at, rows in enumerate(found) if at != 7]  # type: ignore[index]
        assert numbers == [number for number in range(20) if number != 7]


async def test_a_read_outlives_the_connections_that_it_was_to_use(host: TestHost) -> None:
    lane = host.host.db.lane
    assert lane is not None
    (row,) = await lane.rows("SELECT pg_backend_pid() AS pid")
    async with host.host.db.write() as conn:
        await conn.exec_driver_sql(f"SELECT pg_terminate_backend({row['pid']})")
    # The server ends it in a moment, before one of these questions or in the midst of it.
    async with asyncio.timeout(30):
        while (await lane.rows("SELECT pg_backend_pid() AS pid"))[0]["pid"] == row["pid"]:
            pass


async def test_a_read_outlives_a_connection_whose_end_was_said_and_has_not_come(
    postgresql_url: str,
) -> None:
    url = make_url(postgresql_url)
    ends = asyncio.Event()
    passing: list[asyncio.Task[None]] = []
    writers: list[asyncio.StreamWriter] = []

    async def passes(
        source: asyncio.StreamReader, to: asyncio.StreamWriter, end: asyncio.Event | None = None
    ) -> None:
        with suppress(OSError):
            while some := await source.read(65536):
                to.write(some)
                await to.drain()
        if end is not None:
            end.set()

    async def relay(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, back = await asyncio.open_connection(url.host, url.port)
        writers.extend((writer, back))
        passing.append(asyncio.create_task(passes(reader, back)))
        passing.append(asyncio.create_task(passes(there, writer, ends)))

    server = await asyncio.start_server(relay, "127.0.0.1", 0)
    lane = Lane(url.set(host="127.0.0.1", port=server.sockets[0].getsockname()[1]), 1)
    async with running_host(database_url=postgresql_url) as host:
        (row,) = await lane.rows("SELECT pg_backend_pid() AS pid")
        async with host.host.db.write() as conn:
            await conn.exec_driver_sql(f"SELECT pg_terminate_backend({row['pid']})")
        # The last words pass through the relay, the end itself does not.
        await asyncio.wait_for(ends.wait(), 30)
        await asyncio.sleep(0.1)
        async with asyncio.timeout(30):
            assert (await lane.rows("SELECT pg_backend_pid() AS pid"))[0]["pid"] != row["pid"]
    server.close()
    for task in passing:
        task.cancel()
    await asyncio.gather(*passing, return_exceptions=True)
    for end in writers:
        end.close()
    await lane.close()


async def test_a_change_of_the_tables_under_a_kept_plan_is_survived(host: TestHost) -> None:
    lane = host.host.db.lane
    assert lane is not None
    async with host.host.db.write() as conn:
        await conn.exec_driver_sql("CREATE TABLE changing (one int)")
        await conn.exec_driver_sql("INSERT INTO changing VALUES (1)")
    assert len((await lane.rows("SELECT * FROM changing"))[0]) == 1
    async with host.host.db.write() as conn:
        await conn.exec_driver_sql("ALTER TABLE changing ADD COLUMN two text")
    assert len((await lane.rows("SELECT * FROM changing"))[0]) == 2


async def test_json_passes_through_as_it_is_kept(host: TestHost) -> None:
    olga = await host.register("Olga")
    room = await host.room(olga, "lottery", isPublic=True)
    masha = await host.guest("Masha")
    await masha.post(f"/rooms/{room['id']}/participants", {"metadata": METADATA})
    people = await masha.get(f"/rooms/{room['id']}/participants")
    assert people[1]["metadata"] == METADATA
