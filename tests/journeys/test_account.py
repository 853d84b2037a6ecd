"""A guest comes by the code, claims the account and looks after it; an admin looks after all."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.conftest import FestoonFactory
from tests.journeys.people import DESKTOP, PHONE, Someone

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.async_api import Browser

PASSWORD = "correct horse battery"


async def _pictures(someone: Someone, name: str) -> None:
    """The page as a reader of either scheme sees it, on a phone and on a desk."""
    page = someone.page
    before = page.viewport_size
    for scheme in ("light", "dark"):
        await page.emulate_media(color_scheme=scheme)
        for width, size in (("phone", PHONE), ("desk", DESKTOP)):
            await page.set_viewport_size(size)
            wide = await page.evaluate("document.documentElement.scrollWidth > innerWidth")
            assert not wide, f"{name} is wider than a {width}"
            await someone.picture(f"{name}-{width}-{scheme}")
    await page.emulate_media(color_scheme="light")
    await page.set_viewport_size(before or DESKTOP)


async def _open_room(organizer: Someone) -> str:
    await organizer.sign_up("Olga", "olga@example.com", PASSWORD)
    await organizer.go("/rooms/new?app=lottery")
    await organizer.fill("Name of the evening", "New Year at Acme")
    await organizer.press("Make the room")
    await organizer.press("Add a prize")
    await organizer.fill("Prize", "Sledge")
    await organizer.press("Add the prize")
    await organizer.press("Open the doors")
    code = await organizer.page.locator("text=/^[0-9A-Z]{6}$/").first.text_content()
    assert code is not None
    return code.strip()


async def test_a_guest_claims_the_account_with_all_rooms_and_ends_other_sessions(
    festoon_process: FestoonFactory, browser: Browser, album: Path | None
) -> None:
    host = festoon_process()
    organizer = await Someone.arrive(browser, host.url, DESKTOP, album)
    code = await _open_room(organizer)
    phone = await Someone.arrive(browser, host.url, PHONE, album)
    await phone.join(code, "Masha")
    await phone.sees("You’re in, Masha")

    await phone.go("/account")
    await phone.sees("You are here as a guest")
    await _pictures(phone, "account-guest")
    await phone.press("Make it an account")
    await phone.fill("E-mail", "masha@example.com")
    await phone.fill("Password", PASSWORD)
    await phone.press("Make the account")
    await phone.page.wait_for_url("**/account")
    await phone.go("/rooms")
    await phone.sees("New Year at Acme")

    laptop = await Someone.arrive(browser, host.url, DESKTOP, album)
    await laptop.go("/sign-in?next=/rooms")
    await laptop.fill("E-mail", "masha@example.com")
    await laptop.fill("Password", PASSWORD)
    await laptop.page.get_by_role("button", name="Sign in", exact=True).click()
    await laptop.sees("New Year at Acme")
    await phone.go("/account")
    await phone.sees("Where you are signed in")
    await _pictures(phone, "account")
    await phone.press("Sign out everywhere else")
    await phone.sees("All other devices are signed out.")
    await laptop.go("/account")
    await laptop.page.wait_for_url("**/sign-in?next=/account")

    await phone.press("Delete my account…")
    await phone.sees("You are signed out everywhere")
    await phone.picture("account-delete")
    await phone.press("Delete it for good")
    await phone.sees("Your account is deleted.")
    await _pictures(phone, "goodbye")
    await organizer.page.get_by_text("Masha").first.wait_for(state="detached")
    for someone in (organizer, phone, laptop):
        assert someone.troubles == []


async def test_an_admin_looks_through_the_host_and_acts(
    festoon_process: FestoonFactory, browser: Browser, album: Path | None
) -> None:
    host = festoon_process()
    host.run(*("user", "create", "--email", "ada@example.com", "--password", PASSWORD, "--admin"))
    organizer = await Someone.arrive(browser, host.url, DESKTOP, album)
    await _open_room(organizer)
    ada = await Someone.arrive(browser, host.url, DESKTOP, album)
    await ada.go("/sign-in?next=/admin/users/list")
    await ada.fill("E-mail", "ada@example.com")
    await ada.fill("Password", PASSWORD)
    await ada.page.get_by_role("button", name="Sign in", exact=True).click()
    await ada.sees("olga@example.com")
    await _pictures(ada, "admin-users")

    row = ada.page.locator("tr", has_text="olga@example.com")
    await row.get_by_role("button", name="Actions").click()
    await row.get_by_text("Sign out everywhere").click()
    await ada.sees("All their sessions end.")
    await ada.picture("admin-asks")
    await ada.page.locator('[data-sa-action="action-submit"]').click()
    await ada.sees("They are signed out everywhere.")
    await organizer.go("/rooms")
    await organizer.page.wait_for_url("**/sign-in**")
    for table in ("rooms", "apps", "sessions", "audit", "jobs"):
        await ada.go(f"/admin/{table}/list")
        await _pictures(ada, f"admin-{table}")
    await ada.go("/admin/audit/list")
    await ada.sees("user:sign_out")
    assert ada.troubles == []
