"""An evening whose draw is checked: who was told what beforehand, and what a phone makes of it."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

import pytest

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

THEMES = {
    "new-year": "Hamper",
    "christmas": "Headphones",
    "birthday": "A cake",
    "company": "A weekend in Suzdal",
    "plain": "Main prize",
}
WITHOUT_PHONE = ("Олег Петров", "Inna Sommer", "Timur A.", "Zoë Quist")
SETTINGS: dict[str, Any] = {"suspenseSeconds": 1, "drawDate": "2099-12-31T21:30:00Z"}


@pytest.fixture
def host(festoon_process: FestoonFactory) -> Festoon:
    return festoon_process()


class Evening:
    """The room of an evening, its organizer's browser and everybody else's."""

    def __init__(self, host: Festoon, browser: Browser, album: Path | None) -> None:
        self.host, self._browser, self._album = host, browser, album
        self.office = Office(host, SETTINGS)
        for prize in THEMES.values():
            self.office.put_up(prize)
        self.everyone: list[Someone] = []

    def at(self, page: str) -> str:
        """The path of one of the lottery's pages."""
        return f"/apps/lottery{self.office.at}/{page}"

    async def someone(self, viewport: Any) -> Someone:
        """A new browser."""
        one = await Someone.arrive(self._browser, self.host.url, viewport, self._album)
        self.everyone.append(one)
        return one

    async def staff(self, viewport: Any) -> Someone:
        """The organizer, signed in on one more machine."""
        one = await self.someone(viewport)
        await one.go("/sign-in")
        await one.page.locator("[name=email]").fill(EMAIL)
        await one.page.locator("[name=password]").fill(PASSWORD)
        await one.page.locator("main form button").first.click()
        await one.page.wait_for_url("**/rooms")
        return one

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
        for name, size in (("", PHONE), ("-wide", DESKTOP)):
            await one.page.set_viewport_size(size)
            await one.page.evaluate(CALM)
            assert not await one.page.evaluate(WIDER), f"{stage} is too wide at {size}"
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

    def winners(self) -> list[dict[str, Any]]:
        """Who won until now, by the platform's own record."""
        answer = self.office.read("/winners")
        return list(answer)


async def _enter_a_list(evening: Evening, olga: Someone) -> None:
    await olga.go(evening.at("roster"))
    await olga.page.locator("#people").fill("\n".join(WITHOUT_PHONE))
    await olga.press("Look at it")
    await olga.page.locator("form[data-once] button").first.click()
    await olga.sees("4 people added.")


async def _draw(evening: Evening, olga: Someone, screen: Someone, theme: str, prize: str) -> None:
    """One prize under one theme, by the organizer's largest button."""
    evening.office.change("", {"appSettings": SETTINGS | {"theme": theme}})
    await screen.page.locator(f"html[data-theme={theme}]").wait_for(state="attached")
    await screen.sees("Connected")
    await olga.go(evening.at("round"))
    await olga.press("Draw the winner")
    await olga.sees("Drawn. Everyone sees it")
    winner = evening.winners()[-1]
    assert winner["prize"]["name"] == prize
    name = winner["participant"]["user"]["name"]
    await screen.page.locator("h1.screen-title", has_text=name).wait_for()
    if screen.keeps_pictures:
        # In the middle of it: how it falls is what themes differ by.
        await screen.page.wait_for_timeout(1700)
        await screen.page.screenshot(path=evening._album / f"lottery-reveal-{theme}.png")  # type: ignore[operator]


async def test_the_evening_from_the_schedule_to_the_check(
    host: Festoon, browser: Browser, album: Path | None
) -> None:
    evening = Evening(host, browser, album)
    olga, screen = await asyncio.gather(evening.staff(PHONE), evening.staff(HALL))
    phones = {name: await evening.guest(name) for name in ("Ann", "Bo", "Cy")}
    await _enter_a_list(evening, olga)
    await screen.go(evening.at("screen"))
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

    steps = list(THEMES.items())
    for theme, prize in steps[:4]:
        await _draw(evening, olga, screen, theme, prize)

    # Somebody on the list is not in the hall: the next in the fixed order is called.
    absent = next(
        one for one in evening.winners() if one["participant"]["user"]["name"] in WITHOUT_PHONE
    )
    name, prize = absent["participant"]["user"]["name"], absent["prize"]["name"]
    await olga.go(evening.at("claims"))
    await evening.look("desk", olga)
    line = olga.page.locator(".desk-list li", has_text=prize)
    await line.get_by_role("button", name="Not here…").click()
    await olga.page.locator(":popover-open").get_by_role("button", name="Call the next").click()
    await olga.sees("Next in order")
    await olga.page.locator(".passed", has_text="not in the hall").wait_for()
    await screen.page.locator("h1.screen-title").wait_for()
    for phone in phones.values():
        await phone.page.locator(".passed", has_text=name).wait_for(state="attached")
    await evening.look("desk-called", olga, axe=False)

    await _draw(evening, olga, screen, *steps[4])
    won = {one["participant"]["user"]["name"] for one in evening.winners()}
    lucky = next(phone for who, phone in phones.items() if who in won)
    await lucky.page.locator(".won-token .code").wait_for()
    await evening.look("phone-won", lucky)
    code = await lucky.page.locator(".won-token .code").text_content() or ""

    # The desk, by keyboard alone.
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

    # The seed was told with the last prize: the phone draws again, with the receipt it kept.
    for phone in phones.values():
        await phone.go(evening.at("verify"))
        await phone.page.locator("[data-verdict=valid]").wait_for()
        await phone.sees("You are in: entry number")
        await phone.sees("that this device kept since you entered")
        await phone.sees("What was checked")
    await evening.look("verify", ann, schemes=True)
    for page in ("poster", "tickets", "winners"):
        await olga.go(evening.at(page))
        await evening.look(page, olga, axe=page == "winners")
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
