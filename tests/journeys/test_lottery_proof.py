"""An evening whose draw is checked: who was told what beforehand, and what a phone makes of it."""

from __future__ import annotations

import asyncio
import json
import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from openpyxl import Workbook

from plugins.lottery.tests.proof.drums import document, drum, receipt_of
from tests.conftest import FestoonFactory
from tests.journeys.axe import violations
from tests.journeys.people import DESKTOP, HALL, PHONE, Someone
from tests.journeys.quizzing import CALM, WIDER
from tests.journeys.test_lottery import EMAIL, PASSWORD, Office
from tests.servers.festoon import Festoon

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.async_api import Browser

BY_ITSELF = ("Hamper", "Tea for a year")
"""Drawn at the announced minute, in the theme of the room."""
THEMES = {
    "christmas": "Headphones",
    "birthday": "A cake",
    "company": "A weekend in Suzdal",
    "plain": "Main prize",
}
"""Drawn by hand in the round after, each under a theme of its own."""
PHONES = ("Ann", "Bo", "Cy")
WITHOUT_PHONE = ("Олег Петров", "Inna Sommer", "Timur A.", "Zoë Quist")
SETTINGS: dict[str, Any] = {"suspenseSeconds": 0, "drawDate": "2099-12-31T21:30:00Z"}
LEAD = timedelta(seconds=6)
"""The draw is announced for so long from now: whoever is told so later than that has missed it."""
PLAYED = """async () => {
  const { revealer } = await import("/static/reveal.js");
  const said = [];
  await new Promise((done) => {
    const note = (what) => (wins) => said.push([what, performance.now()]) === 4 && done();
    const told = revealer({ hush: note("hush"), show: note("show"), ms: 0, rest: 300 });
    for (const prizeId of ["1", "2"]) told({ prizeId }, new Date().toISOString());
  });
  return [said.map(([what]) => what), said[2][1] - said[1][1]];
}"""


@pytest.fixture
def host(festoon_process: FestoonFactory) -> Festoon:
    return festoon_process()


class Evening:
    """The room of an evening, its organizer's browser and everybody else's."""

    def __init__(self, host: Festoon, browser: Browser, album: Path | None) -> None:
        self.host, self._browser, self._album = host, browser, album
        self.office = Office(host, SETTINGS)
        self.everyone: list[Someone] = []

    def at(self, page: str) -> str:
        """The path of one of the lottery's pages."""
        return f"/apps/lottery{self.office.at}/{page}"

    async def someone(self, viewport: Any) -> Someone:
        """A new browser."""
        one = await Someone.arrive(self._browser, self.host.url, viewport, self._album)
        self.everyone.append(one)
        return one

    async def organizer(self) -> Someone:
        """Olga, signed in."""
        one = await self.someone(PHONE)
        await one.sign_in(EMAIL, PASSWORD)
        return one

    async def screen(self, olga: Someone) -> Someone:
        """The big screen, another machine of hers."""
        one = await self.someone(HALL)
        await one.page.context.add_cookies(await olga.page.context.cookies())
        await one.go(self.at("screen"))
        return one

    async def window(self, one: Someone) -> Someone:
        """One more window of somebody's browser."""
        another = Someone(await one.page.context.new_page(), self.host.url, self._album)
        await another.page.set_viewport_size(DESKTOP)
        self.everyone.append(another)
        return another

    async def guest(self, name: str) -> Someone:
        """Somebody who came by the code."""
        one = await self.someone(PHONE)
        await one.join(self.office.room["joinCode"], name)
        await one.sees("Connected")
        return one

    async def look(
        self, stage: str, one: Someone, *, axe: bool = True, schemes: bool = False
    ) -> None:
        """Nothing is wider than the page at 390 and at 1280, axe is content; pictures.

        Without `axe` for a page that it has seen in nearly this state; `schemes`: dark as well.
        """
        before = one.page.viewport_size
        await one.page.evaluate(CALM)
        for name, size in (("", PHONE), ("-wide", DESKTOP)):
            await one.page.set_viewport_size(size)
            assert not await one.page.evaluate(WIDER), f"{stage} is too wide at {size}"
            if one.keeps_pictures:
                await one.page.evaluate(CALM)
                await one.picture(f"lottery-{stage}{name}")
        if axe:
            assert await violations(one.page) == [], stage
        if schemes:
            await one.page.emulate_media(color_scheme="dark")
            assert await violations(one.page) == [], f"{stage}, dark"
            await one.picture(f"lottery-{stage}-dark")
            await one.page.emulate_media(color_scheme="light")
        assert before is not None
        await one.page.set_viewport_size(before)

    async def film(self, name: str, screen: Someone) -> None:
        """A picture in the middle of a reveal: how it falls is what themes differ by."""
        if self._album is not None:
            await screen.page.wait_for_timeout(1700)
            await screen.page.screenshot(path=self._album / f"lottery-reveal-{name}.png")

    def winners(self) -> list[dict[str, Any]]:
        """Who won until now, by the platform's own record."""
        answer = self.office.read("/winners")
        return list(answer)


def name_of(winner: dict[str, Any]) -> str:
    return str(winner["participant"]["user"]["name"])


async def _enter_a_list(evening: Evening, olga: Someone, folder: Path) -> None:
    """The guest list as an office has it: a workbook, looked at, and added."""
    from playwright.async_api import expect  # late: most test runs drive no browser

    book = Workbook()
    book.active.append(["Name", "Department"])
    for name in WITHOUT_PHONE:
        book.active.append([name, "Sales"])
    book.save(folder / "guests.xlsx")
    await olga.go(evening.at("roster"))
    await olga.page.locator("#file").set_input_files(folder / "guests.xlsx")
    await expect(olga.page.locator("#people")).to_have_value(re.compile("Zoë"), timeout=30_000)
    await olga.press("Look at it")
    await olga.page.locator("form[data-once] button").first.click()
    await olga.sees("4 people added.")


async def _drawn_by_itself(evening: Evening, olga: Someone, screen: Someone) -> None:
    """Two prizes at the announced minute, and nobody presses anything."""
    # What is drawn in one minute is shown one after the other, each long enough to be read.
    played, apart = await screen.page.evaluate(PLAYED)
    assert played == ["hush", "show", "hush", "show"]
    assert apart > 290
    at = (datetime.now(UTC) + LEAD).isoformat()
    timed = {"drawDate": at, "drawBy": "itself", "theme": "new-year"}
    evening.office.change("", {"appSettings": SETTINGS | timed})
    # Meanwhile she prints.
    printing = await evening.window(olga)
    for page in ("poster", "tickets"):
        await printing.go(evening.at(page))
        await evening.look(page, printing, axe=False)
    await olga.sees("Round 1 is over")
    won = evening.winners()
    assert [one["prize"]["name"] for one in won] == list(BY_ITSELF)
    await screen.page.locator("h1.screen-title", has_text=name_of(won[1])).wait_for()
    await screen.sees("Prize 2 of 2 · Tea for a year")
    await evening.film("new-year", screen)


async def _draw(evening: Evening, olga: Someone, screen: Someone, theme: str, prize: str) -> None:
    """One prize under one theme, by the organizer's largest button."""
    evening.office.change("", {"appSettings": SETTINGS | {"theme": theme}})
    await screen.page.locator(f"html[data-theme={theme}]").wait_for(state="attached")
    await screen.sees("Connected")
    await olga.press("Draw the winner")
    await olga.sees("Drawn. Everyone sees it")
    winner = evening.winners()[-1]
    assert winner["prize"]["name"] == prize
    await screen.page.locator("h1.screen-title", has_text=name_of(winner)).wait_for()
    await evening.film(theme, screen)


async def _at_the_desk(evening: Evening, olga: Someone, lucky: Someone) -> None:
    """The desk, by keyboard alone."""
    code = await lucky.page.locator(".won-token .code").text_content() or ""
    await olga.go(evening.at("claims"))
    await olga.page.locator("#code").focus()
    await olga.page.keyboard.type("AAAA")
    await olga.page.keyboard.press("Enter")
    await olga.sees("No winner here has this code.")
    # The browser notes an answer that is a refusal, as this one should be.
    olga.troubles.clear()
    await olga.page.locator("#code").focus()
    await olga.page.keyboard.press("ControlOrMeta+a")
    await olga.page.keyboard.type(code.replace("·", "").lower())
    await olga.page.keyboard.press("Enter")
    await olga.sees("The code is right")
    await evening.look("desk-found", olga, axe=False)
    await olga.page.locator(".desk-found").get_by_role("button", name="Hand it over").focus()
    await olga.page.keyboard.press("Enter")
    await olga.sees("is handed over to")
    await lucky.sees("Handed over")
    await olga.page.locator(".notice").get_by_role("button", name="Undo").click()
    await olga.sees("again.")


async def _check(evening: Evening, phone: Someone, number: int) -> None:
    """The phone draws a round again, with the receipt that it kept."""
    await phone.go(evening.at(f"verify?round={number}"))
    await phone.page.locator("[data-verdict=valid]").wait_for()
    await phone.sees("You are in: entry number")
    await phone.sees("that this device kept since you entered")
    await phone.sees("What was checked")
    await evening.look(f"verify-{number}", phone, schemes=number == 2, axe=number == 2)


async def test_the_evening_from_the_schedule_to_the_check(
    host: Festoon, browser: Browser, album: Path | None, tmp_path: Path
) -> None:
    evening = Evening(host, browser, album)
    for prize in BY_ITSELF:
        evening.office.put_up(prize)
    olga, *guests = await asyncio.gather(evening.organizer(), *map(evening.guest, PHONES))
    phones = dict(zip(PHONES, guests, strict=True))
    screen, _ = await asyncio.gather(evening.screen(olga), _enter_a_list(evening, olga, tmp_path))
    ann = phones["Ann"]
    await ann.sees("The draw is on this page")
    await ann.sees("The drum is open")

    await olga.go(evening.at("round"))
    await olga.sees("7 tickets of 7 guests are in.")
    await evening.look("round-open", olga)
    await olga.press("Close the drum now…")
    await olga.press("Close it")
    await olga.sees("The drum is closed. Every phone has its number now.")
    for phone in phones.values():
        await phone.sees("Your entry is number")
    await screen.sees("anyone can check it")
    await evening.look("phone-closed", ann, schemes=True)
    await ann.press("My receipt")
    await ann.sees("This phone keeps the receipt")
    await ann.picture("lottery-receipt")
    await ann.page.keyboard.press("Escape")

    await _drawn_by_itself(evening, olga, screen)
    early = {name_of(one) for one in evening.winners()}
    await olga.press("Open another round")
    await olga.sees("Another round is open.")
    still_in = [phone for name, phone in phones.items() if name not in early]
    for phone in still_in:
        await phone.sees("The drum is open")
    for prize in THEMES.values():
        evening.office.put_up(prize)
    for theme, prize in THEMES.items():
        await olga.page.get_by_role("heading", name=f"Draw “{prize}”").wait_for()
        await _draw(evening, olga, screen, theme, prize)

    # Somebody on the list is not in the hall: the next in the fixed order is called.
    absent = next(one for one in evening.winners()[2:] if name_of(one) in WITHOUT_PHONE)
    await olga.go(evening.at("claims"))
    await evening.look("desk", olga)
    line = olga.page.locator(".desk-list li", has_text=absent["prize"]["name"])
    await line.get_by_text("no phone").wait_for()
    await line.get_by_role("button", name="Not here…").click()
    await olga.page.locator(":popover-open").get_by_role("button", name="Call the next").click()
    await olga.sees("Next in order")
    await olga.page.locator(".passed", has_text="not in the hall").wait_for()
    await screen.page.locator("h1.screen-title").wait_for()
    for phone in phones.values():
        passed = phone.page.locator(".passed", has_text=name_of(absent))
        await passed.wait_for(state="attached")
    await evening.look("desk-called", olga, axe=False)

    # Everybody but the one who was away has won by now.
    for phone in phones.values():
        await phone.page.locator(".won-token .code").wait_for()
    await asyncio.gather(
        evening.look("phone-won", still_in[0]), _at_the_desk(evening, olga, still_in[0])
    )

    # The seeds were told with the last prizes: phones draw again.
    others = [phone for phone in phones.values() if phone is not still_in[0]]
    await asyncio.gather(
        _check(evening, still_in[0], 2), *(_check(evening, phone, 1) for phone in others)
    )
    await olga.go(evening.at("winners"))
    await evening.look("winners", olga)
    assert [trouble for one in evening.everyone for trouble in one.troubles] == []


async def test_a_file_is_checked_by_the_phone_itself(
    host: Festoon, browser: Browser, tmp_path: Path
) -> None:
    office = Office(host, {})
    phone = await Someone.arrive(browser, host.url, PHONE)
    await phone.join(office.room["joinCode"], "Ann")
    await phone.sees("Connected")
    run = drum(2)
    proof = document(run)
    files = {
        "proof.json": proof,
        "receipt.json": receipt_of(run, 0),
        "other.json": receipt_of(run, 0) | {"name": "Somebody else"},
        "changed.json": proof | {"entries": proof["entries"][1:]},
    }
    for name, content in files.items():
        (tmp_path / name).write_text(json.dumps(content), "utf-8")

    async def give(*names: str) -> None:
        await phone.go(f"/apps/lottery{office.at}/verify")
        await phone.sees("The drum is still open")
        await phone.page.locator("#files").set_input_files([tmp_path / name for name in names])

    await give("proof.json", "receipt.json")
    await phone.page.locator("[data-verdict=valid]").wait_for()
    await phone.sees("You are in: entry number 1 of")
    await give("changed.json", "receipt.json")
    await phone.page.locator("[data-verdict=wrong]").wait_for()
    await phone.sees("entries were fixed at closing, and here are")
    await give("proof.json", "other.json")
    await phone.sees("Your entry is not among those that were drawn from.")
