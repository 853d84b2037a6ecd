"""Letters as they are read, the pages on which they are written, and messages of the browser."""

from __future__ import annotations

import asyncio
import json
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from festoon_notifications.channels import Asked
from festoon_notifications.desk import Desk
from festoon_notifications.tables import metadata
from host import MailSettings
from host.testing import own_tables
from plugins.notifications.tests.conftest import Context
from plugins.notifications.tests.telling import won
from tests.journeys.axe import violations
from tests.journeys.people import DESKTOP, PHONE, Someone
from tests.realtime.live import Place, served
from tests.servers.smtp import MailServer, link_of, text_of

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.async_api import Browser

OLGA, PASSWORD = "olga@example.com", "correct horse battery"
WIDE = "document.documentElement.scrollWidth"
LETTERS = {
    "ru": ("Вы выиграли!", "Отписаться", "Открыть"),
    "en": ("You won!", "Unsubscribe", "Open it"),
}


async def test_a_letter_reads_well_on_a_phone_in_both_languages_without_pictures(
    browser: Browser, smtp: MailServer, album: Path | None
) -> None:
    room: Any = SimpleNamespace(id="room", name="Новый год у «Ёлки» & Co")
    context = await browser.new_context(viewport=PHONE, java_script_enabled=False)
    page = await context.new_page()
    fetched: list[str] = []
    page.on("request", lambda request: fetched.append(request.url))
    async with own_tables(metadata) as database:
        ctx: Any = Context(database, mail=MailSettings.read(smtp.url, "hello@festoon.test"))
        desk = Desk(ctx, ())
        for locale, words in LETTERS.items():
            before = len(smtp.messages)
            told = won(locale, locale=locale, channels=frozenset({"mail"}))
            assert (await desk.deliver(Asked(ctx, room, told, {}))).delivered
            letter = smtp.messages[before]
            for scheme in ("light", "dark"):
                await page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
                await page.set_content(text_of(letter, "html"))
                said = await page.inner_text("body")
                assert all(word in said for word in words), said
                assert await page.evaluate(WIDE) <= PHONE["width"]
                button = await page.get_by_role("link", name=words[2]).bounding_box()
                assert button
                assert button["height"] >= 48
                if album:
                    await page.screenshot(path=album / f"letter-{locale}-{scheme}.png")
            if album:
                (album / f"letter-{locale}.txt").write_text(text_of(letter), "utf-8")
        await desk.close()
    await context.close()
    assert fetched == []


async def test_an_organizer_writes_the_words_and_tries_them_out_first(
    browser: Browser, smtp: MailServer, album: Path | None
) -> None:
    async with served(smtp_url=smtp.url, mail_from="Festoon <hello@festoon.test>") as place:
        olga = await Someone.arrive(browser, place.url, DESKTOP, album)
        await olga.sign_up("Olga", OLGA, PASSWORD)
        await olga.go(_path(link_of(await smtp.arrived(OLGA, seconds=30))))
        await olga.press("Yes, confirm it")
        await olga.sees("that’s settled")
        room_id = await _room(olga)
        await olga.go(f"/apps/notifications/rooms/{room_id}/words?category=RESULT&locale=ru")
        frame = olga.page.frame_locator("iframe.letter")
        await frame.get_by_text("Вы выиграли!").wait_for()
        await olga.fill("Subject", "Ура!")
        await olga.fill("Text", "{{ name }}, привет.\n\n{{ boddy }}")
        await olga.press("Save")
        await olga.sees("Line 3: There is no 'boddy' here")
        await olga.picture("words-wrong")
        await olga.fill("Text", "{{ name }}, ура.\n\n{{ body }}")
        await olga.press("Look at it")
        await frame.locator("p", has_text="Olga, ура.").wait_for()
        await olga.press("Send it to me")
        await olga.sees("A test is on its way to you")
        letter = await smtp.arrived(OLGA, 2, seconds=30)
        assert letter["Subject"] == "Ура!"
        assert "Olga, ура." in text_of(letter)
        await olga.press("Save")
        await olga.sees("From now on messages say this")
        for size in (PHONE, DESKTOP):
            await olga.page.set_viewport_size(size)
            for scheme in ("light", "dark"):
                await olga.page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
                await olga.picture(f"words-{size['width']}-{scheme}")
            assert await olga.page.evaluate(WIDE) <= size["width"]
        assert await violations(olga.page) == []
        await olga.go(f"/apps/notifications/rooms/{room_id}/log")
        await olga.sees("1 delivered")
        await olga.picture("log")
        assert await violations(olga.page) == []
        assert [one for one in olga.troubles if "422" not in one] == []
        await _hears_in_the_browser(browser, place, album)


async def _hears_in_the_browser(browser: Browser, place: Place, album: Path | None) -> None:
    """Nothing is asked before the button; a message that comes is shown, once for its id."""
    masha = await Someone.arrive(browser, place.url, PHONE, album)
    await masha.sign_up("Masha", "masha@example.com", PASSWORD)
    await masha.page.context.grant_permissions(["notifications"])
    await masha.page.add_init_script(
        "Notification.requestPermission = () => { window.asked = true; return 'denied' }"
    )
    await masha.go("/apps/notifications/browser")
    await masha.sees("This browser does not tell you yet.")
    await masha.picture("browser")
    assert await masha.page.evaluate("window.asked === undefined")
    assert await violations(masha.page) == []
    worker = await masha.page.context.new_cdp_session(masha.page)
    known: list[str] = []
    worker.on(
        "ServiceWorker.workerRegistrationUpdated",
        lambda told: known.extend(one["registrationId"] for one in told["registrations"]),
    )
    await worker.send("ServiceWorker.enable")
    await masha.page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    async with asyncio.timeout(30):
        while True:
            if known:
                break
            await asyncio.sleep(0.05)
    message = {"id": "n1", "title": "Вы выиграли!", "body": "Ваш приз.", "url": "/rooms"}
    for _ in range(2):
        await worker.send(
            "ServiceWorker.deliverPushMessage",
            {"origin": place.url, "registrationId": known[0], "data": json.dumps(message)},
        )
    shown = (
        "navigator.serviceWorker.ready.then(r => r.getNotifications())"
        ".then(all => all.map(one => [one.title, one.body, one.tag]))"
    )
    await masha.page.wait_for_function(f"{shown}.then(all => all.length > 0)", timeout=30_000)
    assert await masha.page.evaluate(shown) == [["Вы выиграли!", "Ваш приз.", "n1"]]


async def _room(olga: Someone) -> str:
    """A room whose notifications the application brings, by the REST interface of the session."""
    token = await olga.page.locator("input[name=csrf_token]").first.get_attribute("value")
    made: str = await olga.page.evaluate(
        """async (token) => {
          const call = async (method, path, body) => (await (await fetch("/api/v1" + path, {
            method, body: JSON.stringify(body),
            headers: {"Content-Type": "application/json", "X-CSRF-Token": token},
          })).json()).data;
          const room = await call("POST", "/rooms", {name: "New Year", appId: "notifications"});
          await call("PATCH", `/rooms/${room.id}`, {status: "ACTIVE"});
          await call("PUT", `/rooms/${room.id}/delegations`, {notifications: "notifications"});
          return room.id;
        }""",
        token,
    )
    return made


def _path(address: str) -> str:
    parts = urlsplit(address)
    return f"{parts.path}?{parts.query}"
