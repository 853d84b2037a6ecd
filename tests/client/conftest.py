"""A host as a process of its own, and an organizer with an open room."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from itertools import count
from typing import Any

import pytest

from host.client import Client, connect
from tests.servers.databases import SQLiteDatabases
from tests.servers.festoon import Festoon
from tests.servers.forked import ForkedFestoon, Forks

NUMBERS = count(1)


@pytest.fixture(scope="module")
def sqlite_url(sqlite_databases: SQLiteDatabases) -> Iterator[str]:
    """The database of a module's host."""
    url = sqlite_databases.create()
    yield url
    sqlite_databases.drop(url)


@pytest.fixture(scope="module")
def module_host(
    forks: Forks, sqlite_url: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Festoon]:
    host = ForkedFestoon(forks, tmp_path_factory.mktemp("host"), {"DATABASE_URL": sqlite_url})
    yield host
    host.kill()


@pytest.fixture
def festoon(module_host: Festoon) -> Festoon:
    """It runs, whatever the test before did to it."""
    module_host.start()
    return module_host


@pytest.fixture
async def olga(festoon: Festoon) -> AsyncIterator[Client]:
    async with connect(festoon.url) as client:
        await client.register(f"olga{next(NUMBERS)}@example.org", "correct horse battery", "Olga")
        yield client


@pytest.fixture
async def room(olga: Client) -> dict[str, Any]:
    made: dict[str, Any] = await olga.post("/rooms", {"name": "Winter", "appId": "lottery"})
    path = f"/rooms/{made['id']}"
    opened: dict[str, Any] = await olga.patch(path, {"status": "ACTIVE"})
    # The lottery hears of it after the answer, and says so to the room.
    events: list[str] = []
    async with asyncio.timeout(30):
        while "lottery:opened" not in events:
            events = [one["event"] for one in await olga.get(f"{path}/events")]
    return opened
