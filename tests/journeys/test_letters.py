"""By letter and text message, in real browsers: what is confirmed, lost and found again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.journeys.people import DESKTOP, PHONE, Someone
from tests.realtime.live import served
from tests.servers.smtp import MailServer, link_of, text_of
from tests.servers.telephones import APP, Telephones, with_texting

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.async_api import Browser

OLGA, PASSWORD, NEW = "olga@example.com", "correct horse battery", "a string of lights"
NUMBER = "+447911123456"


async def _seen(someone: Someone, name: str) -> None:
    """The page on a phone and on a desktop, light and dark; only where pictures are wanted."""
    if someone._album is None:
        return
    for size in (PHONE, DESKTOP):
        await someone.page.set_viewport_size(size)
        for scheme in ("light", "dark"):
            await someone.page.emulate_media(color_scheme=scheme)
            await someone.picture(f"{name}-{size['width']}-{scheme}")


async def _enter(someone: Someone) -> None:
    """Presses the button; the header has a link of the same name."""
    await someone.page.get_by_role("button", name="Sign in", exact=True).click()


async def test_an_address_is_confirmed_and_a_lost_password_found_again(
    browser: Browser, smtp: MailServer, album: Path | None
) -> None:
    async with served(smtp_url=smtp.url, mail_from="Festoon <hello@festoon.test>") as place:
        olga = await Someone.arrive(browser, place.url, DESKTOP, album)
        await olga.sign_up("Olga", OLGA, PASSWORD)
        await olga.go("/rooms")
        await olga.sees(f"Confirm {OLGA}")
        await _seen(olga, "rooms-unconfirmed")
        letter = await smtp.arrived(OLGA)

        # On another device, where nobody is signed in.
        other = await Someone.arrive(browser, place.url, PHONE, album)
        for _ in range(2):
            await other.page.goto(link_of(letter))
            await other.sees("Is this your address?")
        await _seen(other, "verify")
        await olga.page.reload()
        await olga.sees(f"Confirm {OLGA}")
        await other.press("Yes, confirm it")
        await other.sees("that’s settled")
        await _seen(other, "verified")
        assert not [c for c in await other.page.context.cookies() if c["name"] == "festoon_session"]
        await other.page.goto(link_of(letter))
        await other.sees("This link is over")
        await _seen(other, "verify-over")
        await olga.page.reload()
        await olga.sees("Your first evening starts here")
        assert await olga.page.get_by_text("Confirm").count() == 0

        await other.go("/sign-in")
        await other.press("Forgot your password?")
        await _seen(other, "forgot")
        await other.fill("E-mail", OLGA)
        await other.press("Send me the letter")
        await other.sees("Look into your mail")
        await _seen(other, "forgot-sent")
        lost = await smtp.arrived(OLGA, 2)
        await other.page.goto(link_of(lost))
        await _seen(other, "reset")
        await other.fill("New password", NEW)
        await other.press("Set the new password")
        await other.sees("Your new password is set")
        await _seen(other, "sign-in-after-reset")
        await olga.page.reload()
        await olga.sees("Welcome back")
        await other.fill("E-mail", OLGA)
        await other.fill("Password", NEW)
        await _enter(other)
        await other.sees("My rooms")
        await other.page.goto(link_of(lost))
        await other.sees("This link is over")
        assert [someone.troubles for someone in (olga, other)] == [[], []]

        if album is not None:
            (album / "letter.html").write_text(text_of(letter, "html"), encoding="utf-8")
            (album / "letter.txt").write_text(text_of(letter), encoding="utf-8")
            await other.page.goto((album / "letter.html").resolve().as_uri())
            await _seen(other, "letter")


async def test_a_guest_keeps_their_place_by_phone(browser: Browser, album: Path | None) -> None:
    telephones = Telephones()
    async with served(entry_points=with_texting(), text_messages=APP, limits="on") as place:
        organizer = await place.host.register("Olga")
        room = await place.host.room(organizer)
        guest = await Someone.arrive(browser, place.url, PHONE, album)
        await guest.join(room["joinCode"], "Masha")
        await guest.sees("You’re in, Masha")
        await guest.go("/sign-in/phone")
        await _seen(guest, "phone")
        await guest.fill("Your phone number", "7911")
        await guest.press("Send me the code")
        await guest.sees("must begin with +")
        await guest.fill("Your phone number", NUMBER)
        await guest.press("Send me the code")
        await guest.sees("+44 7911 123456")
        await _seen(guest, "phone-code")
        code = await telephones.code(NUMBER)
        await guest.fill("Code", f"{(int(code) + 1) % 10**6:06}")
        await _enter(guest)
        await guest.sees("This is not the code")
        await _seen(guest, "phone-wrong-code")
        await guest.press("Send another code")
        await guest.sees("Try again in")
        await guest.fill("Code", code)
        await _enter(guest)
        await guest.sees("My rooms")
        await guest.sees("New Year")
        await _seen(guest, "phone-signed-in")
