"""A room to listen to."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from host.store.engine import Database
from tests.realtime.evening import Evening


@pytest.fixture
async def evening(sqlite_url: str) -> AsyncIterator[Evening]:
    """A public room of Olga's, and a running hub."""
    db = Database(sqlite_url)
    evening = Evening(db)
    await evening.start()
    yield evening
    await evening.stop()
    await db.close()
