"""The main job, in real browsers: from an empty host to the same winner on every screen."""

from __future__ import annotations

import asyncio
import re
from typing import TYPE_CHECKING

from tests.conftest import FestoonFactory
from tests.journeys.people import DESKTOP, HALL, PHONE, Someone

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.async_api import Browser

GUESTS = ("Masha", "Oleg", "Inna")


async def _make_room(organizer: Someone) -> str:
    await organizer.sign_up("Olga", "olga@example.com", "correct horse battery")
    await organizer.go("/rooms")
    await organizer.picture("organizer-no-rooms")
    await organizer.go("/rooms/new?app=lottery")
    await organizer.fill("Name of the evening", "New Year at Acme")
    await organizer.picture("organizer-new-room")
    await organizer.press("Make the room")
    await organizer.sees("Add a prize")
    await organizer.picture("organizer-draft")
    await organizer.press("Add a prize")
    await organizer.fill("Prize", "A weekend in Suzdal")
    await organizer.press("Add the prize")
    await organizer.press("Open the doors")
    await organizer.picture("organizer-open")
    code = await organizer.page.locator("text=/^[0-9A-Z]{6}$/").first.text_content()
    assert code is not None
    return code.strip()


async def test_everyone_sees_the_same_winner_without_reloading(
    festoon_process: FestoonFactory, browser: Browser, album: Path | None
) -> None:
    host = festoon_process()
    organizer = await Someone.arrive(browser, host.url, DESKTOP, album)
    code = await _make_room(organizer)
    room_id = re.findall(r"/rooms/([^/?#]+)", organizer.page.url)[0]

    phones = [await Someone.arrive(browser, host.url, PHONE, album) for _ in GUESTS]
    for phone, name in zip(phones, GUESTS, strict=True):
        await phone.join(code, name)
        await phone.sees(f"You’re in, {name}")
        assert "/apps/lottery/" in phone.page.url, "the lottery serves its participants itself"
    await phones[0].picture("phone-waiting")
    screen = await Someone.arrive(browser, host.url, HALL, album)
    await screen.page.context.add_cookies(await organizer.page.context.cookies())
    await screen.go(f"/r/{room_id}/screen")
    await screen.sees(code)
    await screen.picture("screen-waiting")
    await organizer.page.get_by_role("heading", name="Guests 3").wait_for()

    loads: list[str] = []
    for phone in phones:
        phone.page.on("load", lambda page: loads.append(page.url))
    await organizer.press("Draw the winner")
    told = organizer.page.get_by_text(re.compile("A weekend in Suzdal. goes to "))
    winner = re.findall(r"goes to (\w+)", await told.first.text_content() or "")[0]
    assert winner in GUESTS

    won = phones[GUESTS.index(winner)]
    others = [phone for phone in phones if phone is not won]
    await asyncio.gather(
        won.sees(f"{winner}, you won"),
        *(other.page.locator("#latest").get_by_text(winner).wait_for() for other in others),
        screen.page.locator("h1", has_text=winner).wait_for(),
    )
    assert loads == [], "nobody reloaded"
    await won.picture("phone-won")
    await others[0].picture("phone-not-won")
    await screen.picture("screen-revealed")
    await organizer.picture("organizer-drawn")

    # By the code the prize is handed over, so nobody but the winner has it.
    own = (await won.page.locator("#won .code").first.text_content() or "").strip()
    assert own
    for someone in (organizer, screen, *others):
        assert own not in await someone.page.content()
    for someone in (organizer, screen, *phones):
        assert someone.troubles == []


async def test_a_reload_and_a_lost_connection_end_where_everyone_else_is(
    festoon_process: FestoonFactory, browser: Browser, album: Path | None
) -> None:
    host = festoon_process()
    organizer = await Someone.arrive(browser, host.url, DESKTOP)
    code = await _make_room(organizer)
    away = await Someone.arrive(browser, host.url, PHONE, album)
    await away.join(code, "Masha")
    await away.sees("Connected")
    await away.page.context.set_offline(True)
    # An open socket outlives Chromium's offline switch: a killed host really cuts it.
    host.kill()
    await away.page.locator("text=/Reconnecting|No connection|Offline/i").first.wait_for()
    await away.picture("phone-offline")
    host.start()
    await organizer.page.reload()
    await organizer.press("Draw the winner")
    await organizer.sees("goes to Masha")
    await away.page.context.set_offline(False)
    await away.sees("Masha, you won")
    await away.page.reload()
    await away.sees("Masha, you won")


async def test_a_double_click_draws_once(festoon_process: FestoonFactory, browser: Browser) -> None:
    host = festoon_process()
    organizer = await Someone.arrive(browser, host.url, DESKTOP)
    code = await _make_room(organizer)
    for name in GUESTS:
        phone = await Someone.arrive(browser, host.url, PHONE)
        await phone.join(code, name)
        await phone.sees(f"You’re in, {name}")
    await organizer.page.reload()
    await organizer.page.get_by_role("button", name="Draw the winner").dblclick()
    await organizer.sees("1 of 1")
    assert await organizer.page.get_by_text("went wrong").count() == 0
