"""An organizer announces, and a guest reads it on two devices that stay in step."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.conftest import FestoonFactory
from tests.journeys.axe import violations
from tests.journeys.people import DESKTOP, PHONE, Someone
from tests.journeys.test_account import _open_room, _pictures

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.async_api import Browser


async def _second_device(browser: Browser, first: Someone, url: str, album: Path | None) -> Someone:
    """Another browser, in which the same person is signed in."""
    other = await Someone.arrive(browser, url, DESKTOP, album)
    await other.page.context.add_cookies(await first.page.context.cookies())  # type: ignore[arg-type]
    return other


async def test_two_devices_stay_in_step_with_what_is_announced_and_what_is_read(
    festoon_process: FestoonFactory, browser: Browser, album: Path | None
) -> None:
    host = festoon_process()
    organizer = await Someone.arrive(browser, host.url, DESKTOP, album)
    code = await _open_room(organizer)
    phone = await Someone.arrive(browser, host.url, PHONE, album)
    await phone.join(code, "Masha")
    await phone.sees("You’re in, Masha")
    laptop = await _second_device(browser, phone, host.url, album)
    await laptop.go("/inbox")
    await laptop.sees("Nothing here yet")
    await laptop.page.locator("[data-connection], main").first.wait_for()

    await organizer.page.get_by_role("link", name="Announce", exact=True).click()
    await organizer.sees("Say something")
    await _pictures(organizer, "announce")
    announce = organizer.page.get_by_role("button", name="Announce", exact=True)
    await announce.click()
    await organizer.sees("Say it in 1 to 200 characters.")
    await organizer.fill("In one line", "Dinner is served")
    await organizer.page.locator("textarea").fill("In the large hall.")
    await announce.click()
    await organizer.sees("It is on its way.")
    await phone.sees("Dinner is served")
    # Neither was reloaded: what comes is shown on every device.
    await laptop.sees("In the large hall.")
    await laptop.page.get_by_label("Inbox, 1 not read").wait_for()
    await organizer.go(organizer.page.url.removeprefix(host.url))
    await organizer.sees("in 2 inboxes")

    await phone.go("/inbox")
    await phone.sees("1 not read yet")
    await _pictures(phone, "inbox")
    assert await violations(phone.page) == []
    await phone.press("Mark all as read")
    await phone.sees("All of it is read.")
    await laptop.page.get_by_text("1 not read yet").wait_for(state="detached")
    await laptop.page.get_by_label("Inbox", exact=True).wait_for()

    await phone.go("/preferences")
    await phone.page.get_by_label("Announcements").select_option("*")
    await phone.page.get_by_label("Quiet from").fill("22:00")
    await phone.press("Save")
    await phone.sees("Quiet hours need a beginning and an end.")
    await phone.page.get_by_label("Quiet until").fill("08:00")
    await phone.press("Save")
    await phone.sees("Saved. It holds from now on.")
    assert await phone.page.get_by_label("Announcements").input_value() == "*"
    await _pictures(phone, "preferences")
    assert await violations(phone.page) == []
    assert phone.troubles == [one for one in phone.troubles if "422" in one]
    assert laptop.troubles == []
