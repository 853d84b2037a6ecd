"""Who is taken out of the hall sees it on the phone; who gets the room finds it theirs."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tests.conftest import FestoonFactory
from tests.journeys.people import DESKTOP, PHONE, Someone
from tests.journeys.test_evening import _make_room

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.async_api import Browser


async def _put_out(organizer: Someone, room_id: str, name: str, button: str) -> None:
    await organizer.go(f"/rooms/{room_id}/guests")
    row = organizer.page.locator("li", has_text=name)
    await row.get_by_role("button", name="Remove…").click()
    await row.get_by_role("button", name=button, exact=True).click()


async def test_a_kick_and_a_ban_are_seen_at_once_by_the_one_concerned(
    festoon_process: FestoonFactory, browser: Browser, album: Path | None
) -> None:
    host = festoon_process()
    organizer = await Someone.arrive(browser, host.url, DESKTOP, album)
    code = await _make_room(organizer)
    room_id = re.findall(r"/rooms/([^/?#]+)", organizer.page.url)[0]
    masha = await Someone.arrive(browser, host.url, PHONE, album)
    await masha.join(code, "Masha")
    await masha.sees("Connected")

    await _put_out(organizer, room_id, "Masha", "Remove Masha")
    await masha.sees("You were taken out of this evening")
    await masha.picture("phone-removed")
    await masha.press("Come back with the code")
    await masha.fill("Code", code)
    await masha.press("Join")
    await masha.press("Join as Masha")
    await masha.sees("You’re in, Masha")
    await masha.sees("Connected")

    await _put_out(organizer, room_id, "Masha", "Remove and ban")
    await masha.sees("You can’t come back to this evening")
    await masha.picture("phone-banned")
    await masha.page.reload()
    await masha.sees("You can’t come back to this evening")
    await masha.go(f"/j/{code}")
    await masha.sees("You can’t come back to this evening")

    await organizer.page.locator("select[name=who]").select_option("BANNED")
    await organizer.press("Let back in Masha")
    await masha.go(f"/j/{code}")
    await masha.press("Join as Masha")
    await masha.sees("You’re in, Masha")


async def test_a_room_is_handed_over_and_its_log_says_so(
    festoon_process: FestoonFactory, browser: Browser, album: Path | None
) -> None:
    host = festoon_process()
    organizer = await Someone.arrive(browser, host.url, DESKTOP, album)
    code = await _make_room(organizer)
    room_id = re.findall(r"/rooms/([^/?#]+)", organizer.page.url)[0]
    inna = await Someone.arrive(browser, host.url, DESKTOP, album)
    await inna.sign_up("Inna", "inna@example.com", "correct horse battery")
    await inna.go(f"/j/{code}")
    await inna.press("Join as Inna")
    await inna.sees("You’re in, Inna")

    await organizer.go(f"/rooms/{room_id}/guests")
    role = organizer.page.locator("li", has_text="Inna").locator("select[name=role]")
    await role.select_option("MODERATOR")
    await organizer.sees("The role is changed.")
    await organizer.press("Lock the door")
    await organizer.sees("The door is locked")
    await organizer.picture("organizer-guests")
    await organizer.go(f"/rooms/{room_id}/settings")
    await organizer.press("Hand it over…")
    await organizer.press("Hand it over")
    await organizer.sees("The room is theirs now")
    await organizer.picture("organizer-settings")

    await inna.go(f"/rooms/{room_id}/settings")
    await inna.sees("It belongs to you")
    await inna.go(f"/rooms/{room_id}/log")
    await inna.sees("handed the room over to Inna")
    await inna.picture("organizer-log")
    for someone in (organizer, inna):
        assert someone.troubles == []
