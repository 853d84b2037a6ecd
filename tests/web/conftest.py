"""A running host, and people with browsers."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from host.testing.host import running_host
from tests.web.visitor import Hall

APPLICATIONS = Path(__file__).resolve().parents[1] / "fixtures" / "apps"


@pytest.fixture
async def hall(sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Hall]:
    """A host with what is installed and the moody application of the fixtures."""
    monkeypatch.syspath_prepend(str(APPLICATIONS))
    async with running_host(database_url=sqlite_url) as running:
        found = Hall(running)
        yield found
        for visitor in found.visitors:
            await visitor.close()
