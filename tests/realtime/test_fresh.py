"""A page that keeps itself fresh, in a real browser, while the server is busy or slow."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from host.testing.host import Person
from tests.realtime.live import Place

if TYPE_CHECKING:
    from playwright.async_api import Page, Route

SECONDS = 30.0


@pytest.fixture
async def page(place: Place, room: dict[str, Any], screen: Page) -> Page:
    opened = await screen.goto(f"{place.url}/rooms/{room['id']}")
    assert opened
    assert opened.ok
    await screen.evaluate("window.opened = true")
    return screen


async def _shows(page: Page, name: str) -> None:
    deadline = asyncio.get_running_loop().time() + SECONDS
    while name not in await page.locator("main").inner_text():
        assert asyncio.get_running_loop().time() < deadline, f"{name} is never shown"
        await asyncio.sleep(0.05)


async def _prize(olga: Person, room: dict[str, Any], name: str) -> None:
    await olga.post(f"/rooms/{room['id']}/prizes", {"name": name, "quantity": 1})


async def test_a_page_asks_again_where_the_server_was_too_busy_to_answer(
    page: Page, olga: Person, room: dict[str, Any]
) -> None:
    """The event is not repeated, so a question given up would leave the page as it was."""
    answers = iter([503, 429])

    async def busy(route: Route) -> None:
        status = next(answers, None)
        await (route.fulfill(status=status) if status else route.continue_())

    await page.route("**/rooms/*", busy)
    await _prize(olga, room, "A goose")
    await _shows(page, "A goose")
    assert next(answers, None) is None
    assert await page.evaluate("window.opened"), "the page was loaded anew"


async def test_an_answer_that_was_long_under_way_does_not_hide_what_came_after(
    page: Page, olga: Person, room: dict[str, Any]
) -> None:
    read, held = asyncio.Event(), asyncio.Event()

    async def slow(route: Route) -> None:
        answer = await route.fetch()
        if not read.is_set():
            read.set()
            await held.wait()
        await route.fulfill(response=answer)

    await page.route("**/rooms/*", slow)
    await _prize(olga, room, "A goose")
    await read.wait()
    await _prize(olga, room, "A hat")
    # Long enough for a question that does not wait for the one before it.
    await page.evaluate("new Promise((done) => setTimeout(done, 1200))")
    held.set()
    await _shows(page, "A hat")
    await _shows(page, "A goose")
