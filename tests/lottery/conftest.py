"""A running host, and people with browsers."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from host.testing.host import running_host
from tests.web.visitor import Hall


@pytest.fixture
async def hall(sqlite_url: str) -> AsyncIterator[Hall]:
    async with running_host(database_url=sqlite_url) as running:
        found = Hall(running)
        yield found
        for visitor in found.visitors:
            await visitor.close()
