"""A room to listen to: in memory, and on a real server with a browser of its organizer's."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, Any

import pytest

from host.store.engine import Database
from host.testing.host import Person
from tests.realtime.evening import Evening
from tests.realtime.live import Place, cookie_of, served

if TYPE_CHECKING:
    from playwright.async_api import Browser, Page


@pytest.fixture
async def evening(sqlite_url: str) -> AsyncIterator[Evening]:
    """A public room of Olga's, and a running hub."""
    db = Database(sqlite_url)
    evening = Evening(db)
    await evening.start()
    yield evening
    await evening.stop()
    await db.close()


@pytest.fixture
async def place() -> AsyncIterator[Place]:
    """A server that listens."""
    async with served() as running:
        yield running


@pytest.fixture
async def olga(place: Place) -> Person:
    """Who has an account there."""
    return await place.host.register("Olga")


@pytest.fixture
async def room(place: Place, olga: Person) -> dict[str, Any]:
    """A room of hers."""
    return await place.host.room(olga)


@pytest.fixture
async def screen(place: Place, olga: Person, browser: Browser) -> AsyncIterator[Page]:
    """A browser in which she is signed in."""
    context = await browser.new_context()
    name, value = (await cookie_of(place, olga)).split("=", 1)
    await context.add_cookies([{"name": name, "value": value, "url": place.url}])
    yield await context.new_page()
    await context.close()
