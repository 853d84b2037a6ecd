"""A host as a process of its own, and an organizer with an open room."""

from __future__ import annotations

import os
import signal
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest

from host.client import Client, connect
from tests.faults.forked import ForkedFestoon, Forks
from tests.servers.process import wait_until


class QuickFestoon(ForkedFestoon):
    """A fork that is waited for."""

    def start(self) -> None:
        self.begin()
        wait_until(self.ready, 60, "the fork serves")

    def stop(self, seconds: float = 20.0) -> int | None:
        assert self._pid is not None
        os.kill(self._pid, signal.SIGTERM)
        status = self._forks.order({"wait": self._pid})
        self._pid = None
        return status


@pytest.fixture(scope="session")
def client_forks(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Forks]:
    running = Forks(tmp_path_factory.mktemp("forks"))
    yield running
    running.close()


@pytest.fixture
def festoon(client_forks: Forks, tmp_path: Path, sqlite_url: str) -> Iterator[QuickFestoon]:
    host = QuickFestoon(client_forks, tmp_path, {"DATABASE_URL": sqlite_url})
    host.start()
    yield host
    host.kill()


@pytest.fixture
async def olga(festoon: QuickFestoon) -> AsyncIterator[Client]:
    async with connect(festoon.url) as client:
        await client.register("olga@example.org", "correct horse battery", "Olga")
        yield client


@pytest.fixture
async def room(olga: Client) -> dict[str, Any]:
    made: dict[str, Any] = await olga.post("/rooms", {"name": "Winter", "appId": "lottery"})
    opened: dict[str, Any] = await olga.patch(f"/rooms/{made['id']}", {"status": "ACTIVE"})
    return opened
