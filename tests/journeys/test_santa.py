"""Secret Santa in browsers: by phone and by paper, each learns one name, and no screen shows it."""

from __future__ import annotations

import asyncio
import re
from typing import TYPE_CHECKING, Any

import pytest

from tests.conftest import FestoonFactory
from tests.journeys.axe import violations
from tests.journeys.people import DESKTOP, HALL, PHONE, Someone
from tests.journeys.quizzing import CALM, WIDER
from tests.journeys.test_lottery import EMAIL, PASSWORD, Office
from tests.servers.festoon import Festoon

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.async_api import Browser, ViewportSize

PHONES = ("Ann", "Bo", "Cy")
LIST = "Name;Tickets;Table\nVera;1;2\n;1;2\nВера Ли;;3\nvera;1;2\nGleb;900;4\nAnn;;5"
NOTED = """() => [...document.querySelectorAll(".note-secret")]
  .filter((one) => one.checkVisibility()).map((one) => one.textContent)"""


@pytest.fixture
def host(festoon_process: FestoonFactory) -> Festoon:
    return festoon_process()


class Circle:
    """A room of Secret Santa and everybody's browsers."""

    def __init__(self, host: Festoon, browser: Browser, album: Path | None) -> None:
        self.host, self._browser, self._album = host, browser, album
        self.office = Office(host, {"outcome": "secret-santa", "theme": "christmas"})
        self.everyone: list[Someone] = []

    def at(self, page: str) -> str:
        """The path of one of the lottery's pages."""
        return f"/apps/lottery{self.office.at}/{page}"

    async def someone(self, viewport: ViewportSize) -> Someone:
        """A new browser."""
        one = await Someone.arrive(self._browser, self.host.url, viewport, self._album)
        if self._album is None:
            # What moves is for pictures: nobody else waits for it.
            await one.page.emulate_media(reduced_motion="reduce")
        self.everyone.append(one)
        return one

    async def organizer(self) -> Someone:
        """Olga, signed in."""
        one = await self.someone(DESKTOP)
        await one.sign_in(EMAIL, PASSWORD)
        return one

    async def screen(self, olga: Someone) -> Someone:
        """The big screen, where the room's link leads."""
        one = await self.someone(HALL)
        await one.page.context.add_cookies(await olga.page.context.cookies())
        await one.go(f"/r/{self.office.room['id']}/screen")
        await one.page.wait_for_url("**/santa-screen")
        await one.sees("Connected")
        return one

    async def guest(self, name: str) -> Someone:
        """Somebody who came by the code."""
        one = await self.someone(PHONE)
        await one.join(self.office.room["joinCode"], name)
        await one.sees("Connected")
        return one

    async def look(self, stage: str, one: Someone, *, axe: bool = True, dark: bool = False) -> None:
        """Axe is content and nothing is too wide, on a phone and on a desk; pictures.

        Without `axe` for a page that it sees in nearly this state.
        """
        before = one.page.viewport_size
        assert before is not None
        await one.page.evaluate(CALM)
        if axe:
            assert await violations(one.page) == [], stage
        for size in (before,) if before == HALL else (PHONE, DESKTOP):
            await one.page.set_viewport_size(size)
            assert not await one.page.evaluate(WIDER), f"{stage} is too wide at {size}"
            if one.keeps_pictures:
                await one.page.evaluate(CALM)
                await one.picture(f"santa-{stage}-{size['width']}")
        if dark:
            await one.page.emulate_media(color_scheme="dark")
            assert await violations(one.page) == [], f"{stage}, dark"
            await one.picture(f"santa-{stage}-dark")
            await one.page.emulate_media(color_scheme="light")
        await one.page.set_viewport_size(before)


async def _enter_a_list(circle: Circle, olga: Someone) -> None:
    """Of six lines two are people: of the others it says which they are, and why."""
    await olga.go(circle.at("roster"))
    await circle.look("list", olga)
    await olga.page.locator("#people").fill(LIST)
    await olga.press("Look at it")
    await olga.page.get_by_role("heading", name="2 new people").wait_for()
    for line, why in (
        ("Line 3", "It has no name."),
        ("Line 5", "The same as line 2. A note tells two of one name apart."),
        ("Line 6", "“900” is no number of tickets from 1 to 100."),
        ("Line 7", "Perhaps here already"),
    ):
        await olga.sees(line)
        await olga.sees(why)
    await circle.look("list-looked-at", olga)
    await olga.press("Add 2 people")
    await olga.sees("2 people added.")
    await olga.page.get_by_text("No phone", exact=True).first.wait_for()


async def _keep_apart(circle: Circle, olga: Someone) -> None:
    """By lines, with one of them wrong, and from the list; one is taken away again."""
    await olga.go(circle.at("santa"))
    await olga.page.locator("#apart").fill("Ann, Bo\nVera > Santa")
    await olga.press("Keep them apart")
    await olga.sees("Line 2, “Santa”: nobody here has this name.")
    # The browser notes an answer that is a refusal, as this one should be.
    olga.troubles.clear()
    await olga.page.get_by_text("Or choose two people from the list").click()
    await olga.page.get_by_label("Who", exact=True).select_option("Cy")
    await olga.page.get_by_label("must not give to", exact=True).select_option("Vera")
    await olga.press("Keep these two apart")
    taken = olga.page.get_by_role("button", name=re.compile("Cy and Vera|Vera and Cy"))
    await taken.click()
    await taken.wait_for(state="detached")
    kept = re.compile("Ann and Bo|Bo and Ann")
    await olga.page.get_by_role("button", name=kept).wait_for()


async def _uncover(phone: Someone) -> str:
    """The name on a phone, uncovered by keyboard alone."""
    name = phone.page.locator(".santa-to")
    assert not await name.is_visible()
    await phone.page.locator(".santa-name summary").focus()
    await phone.page.keyboard.press("Enter")
    await name.wait_for()
    return await name.text_content() or ""


async def _hand_out_notes(circle: Circle, olga: Someone) -> Any:
    """Notes are made; their names are on the paper, and not on the screen."""
    await olga.press("Make 2 notes to hand out")
    await olga.sees("2 notes to hand out")
    await circle.look("notes", olga)
    assert await olga.page.evaluate(NOTED) == []
    await olga.page.emulate_media(media="print")
    names = await olga.page.evaluate(NOTED)
    await olga.picture("santa-notes-paper")
    await olga.page.emulate_media(media="screen")
    return names


async def test_each_learns_one_name_by_phone_or_on_paper_and_no_screen_tells(
    host: Festoon, browser: Browser, album: Path | None
) -> None:
    circle = Circle(host, browser, album)
    olga = await circle.organizer()
    await olga.go(f"/rooms/{circle.office.room['id']}")
    await olga.picture("santa-room")
    await olga.press("Open Secret Santa")
    await olga.sees("Nobody takes part yet")
    await circle.look("nobody", olga, axe=False)
    screen, *guests = await asyncio.gather(circle.screen(olga), *map(circle.guest, PHONES))
    phones = dict(zip(PHONES, guests, strict=True))
    await olga.sees("3 people take part")
    await screen.sees("3 people")
    await _enter_a_list(circle, olga)
    await _keep_apart(circle, olga)
    await screen.sees("5 people")
    await asyncio.gather(
        circle.look("ready", olga, dark=True),
        circle.look("waiting", phones["Ann"]),
        circle.look("screen-open", screen, axe=False),
    )

    await olga.page.get_by_role("button", name="Draw for everybody").focus()
    await olga.page.keyboard.press("Enter")
    await olga.sees("0 of 5 people know")
    await screen.sees("0 of 5")
    for name, phone in phones.items():
        await phone.sees(f"{name}, it’s drawn")
    await circle.look("covered", phones["Ann"], axe=False)
    assert await _uncover(phones["Ann"]) != "Ann"
    await circle.look("uncovered", phones["Ann"], dark=True)
    await asyncio.gather(screen.sees("1 of 5"), olga.sees("1 of 5 people know"))
    await olga.sees("Not yet on their phones:")
    await circle.look("screen-drawn", screen)
    await circle.look("drawn", olga, axe=False)

    # One comes late, one leaves, and everybody is told why it is drawn again.
    late, _ = await asyncio.gather(circle.guest("Dan"), _leave(phones["Cy"]))
    await late.sees("You came after the draw")
    await olga.sees("Dan came after the draw")
    await olga.sees("Cy left after the draw")
    await circle.look("somebody-left", olga)
    await olga.press("Draw again…")
    await olga.page.locator("#reason").fill("Cy cannot come")
    await olga.press("Call it off")
    await olga.sees("5 people take part")
    await phones["Ann"].sees("The draw before was called off: Cy cannot come.")
    await circle.look("called-off", phones["Ann"], axe=False)
    await olga.press("Draw for everybody")

    here = {"Ann": phones["Ann"], "Bo": phones["Bo"], "Dan": late}
    given = {}
    for name, phone in here.items():
        page = phone.page.locator("[data-live=santa]", has_text="The draw before was called off")
        await page.filter(has_text=f"{name}, it’s drawn").wait_for()
        given[name] = await _uncover(phone)
    noted = await _hand_out_notes(circle, olga)
    assert sorted([*given.values(), *noted]) == ["Ann", "Bo", "Dan", "Vera", "Вера Ли"]
    assert given["Ann"] != "Bo"
    assert given["Bo"] != "Ann"
    await screen.sees("Everybody knows. Nobody tells.")
    await circle.look("screen-known", screen, axe=False)

    checking = phones["Bo"]
    await checking.go(circle.at("santa-verify"))
    await checking.page.locator("[data-verdict=valid]", has_text="Sealed").wait_for()
    await checking.sees("It was sealed with the draw, and breaks no exclusion.")
    await checking.sees("What this does not prove")
    await circle.look("sealed", checking, axe=False)
    await checking.go(circle.at("santa-verify?round=1"))
    await checking.sees("The reason: Cy cannot come.")

    await olga.go(circle.at("santa"))
    await olga.press("Tell everybody…")
    await olga.page.locator(":popover-open").get_by_role("button", name="Tell everybody").click()
    await olga.sees("All is told")
    pair = f"Ann to {given['Ann']}"
    for one in (olga, phones["Ann"], screen):
        await one.page.get_by_role("listitem").filter(has_text=pair).wait_for()
    await checking.go(circle.at("santa-verify"))
    await checking.page.locator("[data-verdict=valid]", has_text="Valid").wait_for()
    await checking.sees("Drawn again, it gives the very pairs that were sealed")
    await asyncio.gather(
        circle.look("valid", checking, dark=True),
        circle.look("screen-told", screen),
        circle.look("told", phones["Ann"], axe=False),
    )
    assert [trouble for one in circle.everyone for trouble in one.troubles] == []


async def _leave(phone: Someone) -> None:
    await phone.press("Leave Secret Santa")
    await phone.page.locator(":popover-open").get_by_role("button", name="Leave").click()
    await phone.page.wait_for_url(lambda url: "/apps/" not in url)
    # Its page asked once more, when it was none of theirs any longer.
    phone.troubles.clear()
