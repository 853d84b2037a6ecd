"""A room's application goes up in the organizer's browser, and nothing goes down again."""

from __future__ import annotations

import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from host.testing.host import Person
from tests.fixtures.ladder import OLGA, Evening
from tests.journeys.people import DESKTOP, PHONE, Someone
from tests.realtime.live import serving
from tests.servers.process import free_port

if TYPE_CHECKING:
    from playwright.async_api import Browser, Locator


class Venue:
    """One address, where hosts with another version of the application follow one another."""

    def __init__(self, evening: Evening) -> None:
        self._evening = evening
        self._port = free_port()
        self.url = f"http://127.0.0.1:{self._port}"

    @asynccontextmanager
    async def under(self, version: str) -> AsyncIterator[Person]:
        """A served host; Olga."""
        listening = socket.socket()
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind(("127.0.0.1", self._port))
        async with (
            self._evening.under(version, public_url=self.url) as (running, olga),
            serving(running, listening),
        ):
            yield olga


async def seen(someone: Someone, name: str) -> None:
    """Nothing is cut off on a phone or on a desk. Pictures of both, by day and by night."""
    for size in (PHONE, DESKTOP):
        await someone.page.set_viewport_size(size)
        wide = await someone.page.evaluate("document.documentElement.scrollWidth")
        assert wide <= size["width"], name
        for scheme in ("light", "dark") if someone.keeps_pictures else ():
            await someone.page.emulate_media(color_scheme=scheme)
            await someone.picture(f"{name}-{size['width']}-{scheme}")


async def test_an_organizer_upgrades_a_room_and_is_told_why_where_it_cannot_be(
    tmp_path: Path, sqlite_url: str, browser: Browser, album: Path | None
) -> None:
    venue = Venue(Evening(tmp_path, sqlite_url))
    olga = await Someone.arrive(browser, venue.url, DESKTOP, album)
    async with venue.under("1.0.0") as caller:
        settings = {"word": "s3same", "colour": "green"}
        body = {"name": "New Year", "appId": "ladder", "appSettings": settings}
        room = f"/rooms/{(await caller.post('/rooms', body))['id']}"
        await olga.go("/sign-in")
        await olga.fill("E-mail", OLGA["email"])
        await olga.fill("Password", OLGA["password"])
        await olga.page.locator("main form button").first.click()
        await olga.page.wait_for_url("**/rooms")

    async with venue.under("1.1.0"):
        await olga.go(room)
        await olga.sees("A new version of Ladder is there: 1.1.0")
        await olga.go(f"{room}/apps")
        await seen(olga, "apps")
        await olga.press("See what changes")
        await olga.sees("New settings: “Motto”.")
        await olga.sees("kept, and not shown")
        await seen(olga, "upgrade-to-1-1")
        await by_keyboard(olga.page.get_by_role("button", name="Upgrade to 1.1.0"))
        await olga.sees("The room has the new version now.")
        await olga.sees("Version 1.1.0.")

    async with venue.under("2.0.0"):
        await olga.go(f"{room}/apps")
        await olga.sees("Ladder does not do “Picking winners”")
        await olga.sees("Its version 2.0.0, which runs on this host, does this no more.")
        await seen(olga, "apps-with-a-task-undone")
        await olga.press("See what changes")
        await olga.sees("First give a task to somebody else")
        await olga.press("Upgrade to 2.0.0")
        await olga.sees("Please fill this in.")
        await olga.fill("Who pays", "Acme")
        await olga.press("Upgrade to 2.0.0")
        await olga.sees("Ladder still does “Picking winners” in this room")
        await seen(olga, "upgrade-to-2-0")
        await olga.go(f"{room}/apps")
        await olga.page.get_by_label("Picking winners").select_option("")
        await olga.press("Save")
        await olga.press("See what changes")
        await olga.fill("Who pays", "Acme")
        await olga.press("Upgrade to 2.0.0")
        await olga.sees("The room has the new version now.")
        await olga.go(f"{room}/settings")
        assert await olga.page.get_by_label("Who pays").input_value() == "Acme"
        assert await olga.page.get_by_label("The secret word").input_value() == ""
        await olga.go(f"{room}/apps/ladder/upgrade")
        await olga.sees("is not greater, and there is no way back")

    async with venue.under("1.1.0"):
        await olga.go(f"{room}/apps")
        await olga.sees("Ladder does not work")
        await seen(olga, "apps-after-a-downgrade")
    assert [t for t in olga.troubles if "409" not in t and "422" not in t] == []


async def by_keyboard(button: Locator) -> None:
    """Comes to a button by its focus and presses it with the keyboard."""
    await button.focus()
    await button.press("Enter")
