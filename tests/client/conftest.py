"""A host as a process of its own, and an organizer with an open room."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from host.client import Client, connect
from tests.conftest import FestoonFactory
from tests.servers.festoon import Festoon


@pytest.fixture
def festoon(festoon_process: FestoonFactory, sqlite_url: str) -> Festoon:
    return festoon_process(DATABASE_URL=sqlite_url)


@pytest.fixture
async def olga(festoon: Festoon) -> AsyncIterator[Client]:
    async with connect(festoon.url) as client:
        await client.register("olga@example.org", "correct horse battery", "Olga")
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
