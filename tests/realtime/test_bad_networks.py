"""Two browsers on bad networks: what they show in the end is what the server says.

`--offline 20` to be away for longer.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import count
from typing import TYPE_CHECKING, Any

import pytest

from host.testing.host import Person
from tests.realtime.evening import until
from tests.realtime.live import Place, cookie_of, served
from tests.servers.network import Network, network
from tests.servers.process import free_port

if TYPE_CHECKING:
    from playwright.async_api import Browser, Page

SECONDS = 40.0
FOLLOW = """([roomId, after]) => import("/static/festoon.js").then(({ connect }) => {
  window.seqs = [];
  window.states = [];
  window.live = connect();
  live.onState((state) => states.push(state));
  live.on("*", (frame) => frame.seq !== undefined && seqs.push(frame.seq));
  live.subscribe(roomId, { after });
})"""
SHOWN = """() => {
  const other = new Set([...document.querySelectorAll("[data-connection], time")]
    .map((part) => part.innerText.trim()));
  return document.body.innerText.split("\\n").map((line) => line.trim())
    .filter((line) => line && !other.has(line));
}"""
"""What a person sees, without the word on the connection."""


async def eventually(page: Page, question: str, answer: object = True) -> None:
    """Asks until it is so. Playwright's own way needs `eval`, which the pages forbid."""
    deadline = asyncio.get_running_loop().time() + SECONDS
    while (said := await page.evaluate(question)) != answer:
        assert asyncio.get_running_loop().time() < deadline, f"{said} instead of {answer}"
        await asyncio.sleep(0.05)


class Evening:
    """A room in which things happen, and two screens that show it over a bad network."""

    def __init__(self, place: Place, browser: Browser, between: Network) -> None:
        self.place = place
        self.network = between
        self.screens: list[Page] = []
        self._browser = browser

    async def begin(self) -> None:
        """The organizer and a guest have their pages open."""
        host = self.place.host
        self.olga, self.nina = await host.register("Olga"), await host.guest("Nina")
        self.room = await host.room(self.olga)
        await host.join(self.room, self.nina)
        people = {
            self.olga: f"/rooms/{self.room['id']}",
            self.nina: f"/r/{self.room['id']}",
        }
        for person, path in people.items():
            page = await self.page(person, path)
            await page.evaluate(FOLLOW, [self.room["id"], 0])
            await eventually(page, "() => live.state === 'online'")
            self.screens.append(page)

    async def page(self, person: Person, path: str) -> Page:
        """A page in a browser of its own."""
        context = await self._browser.new_context()
        context.set_default_timeout(SECONDS * 1000)
        name, value = (await cookie_of(self.place, person)).split("=", 1)
        url = self.place.host.host.config.public_url
        await context.add_cookies([{"name": name, "value": value, "url": url}])
        page = await context.new_page()
        await page.goto(url + path)
        return page

    async def go_on(self, until: asyncio.Event) -> int:
        """Makes prizes and lets guests in, a few a second, until told to stop; how many."""
        for number in count(1):
            body = {"name": f"Prize {number}", "quantity": 1}
            await self.olga.post(f"/rooms/{self.room['id']}/prizes", body)
            if number % 3 == 0:
                guest = await self.place.host.guest(f"Guest {number}")
                await self.place.host.join(self.room, guest)
            if until.is_set():
                return number
            await asyncio.sleep(0.15)
        raise AssertionError

    async def is_level(self) -> None:
        """Both screens have had every event once and in order, and show what the server says."""
        events: list[dict[str, Any]] = []
        while page := await self.olga.get(
            f"/rooms/{self.room['id']}/events?limit=100&after={len(events)}"
        ):
            events += page
        head = len(events)
        for screen in self.screens:
            await eventually(screen, "() => seqs.at(-1)", head)
            assert await screen.evaluate("seqs") == list(range(1, head + 1))
        self.network.loss = self.network.delay = 0.0
        for person, screen in zip((self.olga, self.nina), self.screens, strict=True):
            path = re.sub(r"^https?://[^/]+", "", screen.url)
            fresh = await self.page(person, path)
            said = await fresh.evaluate(SHOWN)
            assert said
            await eventually(screen, SHOWN, said)
            await fresh.context.close()


@asynccontextmanager
async def evening(browser: Browser) -> AsyncIterator[Evening]:
    port = free_port()
    async with (
        served(public_url=f"http://127.0.0.1:{port}") as place,
        network(int(place.url.rpartition(":")[2]), port) as (between, _),
    ):
        going_on = Evening(place, browser, between)
        await going_on.begin()
        yield going_on
        for screen in going_on.screens:
            await screen.context.close()


@pytest.fixture
def away(request: pytest.FixtureRequest) -> float:
    seconds: float = request.config.getoption("--offline")
    return seconds


async def test_two_screens_that_were_without_a_network_show_what_the_server_says(
    browser: Browser, away: float
) -> None:
    async with evening(browser) as place:
        stop = asyncio.Event()
        going_on = asyncio.create_task(place.go_on(stop))
        place.network.is_there = False
        await place.screens[0].context.set_offline(True)
        await asyncio.sleep(away)
        await eventually(place.screens[0], "() => live.state", "offline")
        place.network.is_there = True
        await place.screens[0].context.set_offline(False)
        await eventually(place.screens[0], "() => states.at(-1)", "back")
        stop.set()
        written = await going_on
        await place.is_level()
        states = [await screen.evaluate("states") for screen in place.screens]
        assert states[0][-1] == "back"
        print(f"\noffline for {away:g} s: {written} prizes meanwhile, both level; {states}")


async def test_two_screens_on_a_slow_network_that_loses_packets_show_what_the_server_says(
    browser: Browser, away: float
) -> None:
    async with evening(browser) as place:
        place.network.delay, place.network.loss = 0.3, 0.05
        stop = asyncio.Event()
        going_on = asyncio.create_task(place.go_on(stop))
        await asyncio.sleep(away)
        await until(lambda: place.network.lost)
        stop.set()
        written = await going_on
        await place.is_level()
        states = [await screen.evaluate("states") for screen in place.screens]
        print(
            f"\n300 ms each way, {place.network.lost} of {place.network.packets} packets lost: "
            f"{written} prizes meanwhile, both level; {states}"
        )
