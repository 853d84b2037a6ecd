"""The people of an evening, each with a browser of their own."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from playwright.async_api import Browser, Page, ViewportSize

PHONE: ViewportSize = {"width": 390, "height": 844}
DESKTOP: ViewportSize = {"width": 1280, "height": 900}
HALL: ViewportSize = {"width": 1920, "height": 1080}


class Someone:
    """A browser context with one page. What goes wrong in the page is kept in `troubles`."""

    def __init__(self, page: Page, address: str, album: Path | None) -> None:
        self.page = page
        self.troubles: list[str] = []
        self._address = address
        self._album = album
        page.on("pageerror", lambda error: self.troubles.append(str(error)))
        page.on(
            "console",
            lambda message: self.troubles.append(message.text) if message.type == "error" else None,
        )

    @classmethod
    async def arrive(
        cls,
        browser: Browser,
        address: str,
        viewport: ViewportSize,
        album: Path | None = None,
        *,
        scripts: bool = True,
    ) -> Someone:
        """Opens a browser of their own. Pictures go into `album`, if there is one."""
        context = await browser.new_context(viewport=viewport, java_script_enabled=scripts)
        context.set_default_timeout(30_000)
        return cls(await context.new_page(), address, album)

    @property
    def keeps_pictures(self) -> bool:
        """Whether there is an album."""
        return self._album is not None

    async def go(self, path: str) -> None:
        """Opens a page of the host."""
        await self.page.goto(self._address + path)

    async def press(self, name: str) -> None:
        """Presses the button or follows the link with exactly this name."""
        page = self.page
        button = page.get_by_role("button", name=name, exact=True)
        await button.or_(page.get_by_role("link", name=name, exact=True)).first.click()
        await page.wait_for_load_state()

    async def fill(self, label: str, value: str) -> None:
        """Types into the field that is called so."""
        await self.page.get_by_label(label, exact=True).fill(value)

    async def sees(self, text: str) -> None:
        """Waits until the text is on the page, without reloading it."""
        await self.page.get_by_text(text).first.wait_for()

    async def picture(self, name: str) -> None:
        """Takes a picture for the album."""
        if self._album is not None:
            await self.page.screenshot(path=self._album / f"{name}.png", full_page=True)

    async def sign_up(self, name: str, email: str, password: str) -> None:
        """Makes an account by the form."""
        await self.go("/sign-up")
        await self.fill("Your name", name)
        await self.fill("E-mail", email)
        await self.fill("Password", password)
        await self.press("Make the account")

    async def sign_in(self, email: str, password: str) -> None:
        """Comes to their rooms by the form."""
        await self.go("/sign-in")
        await self.page.locator("[name=email]").fill(email)
        await self.page.locator("[name=password]").fill(password)
        await self.page.locator("main form button").first.click()
        await self.page.wait_for_url("**/rooms")

    async def join(self, code: str, name: str) -> None:
        """Comes by the code, as one who scanned it, with just a name."""
        await self.go(f"/j/{code}")
        await self.fill("Your name", name)
        await self.press("I’m in")
