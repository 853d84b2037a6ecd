"""Signing in with an OpenID provider, by hand, in a real browser."""

from __future__ import annotations

from typing import TYPE_CHECKING

import httpx

from tests.journeys.people import DESKTOP, PHONE, Someone

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.async_api import Browser, ViewportSize

    from tests.conftest import FestoonFactory
    from tests.servers.openid import OpenIDProvider


async def tell(openid: OpenIDProvider, who: str, claims: dict[str, object]) -> None:
    """Lets the provider know somebody."""
    async with httpx.AsyncClient() as client:
        answer = await client.put(f"{openid.issuer}/users/{who}", json=claims)
    answer.raise_for_status()


async def agree(someone: Someone, who: str) -> None:
    """Signs in at the provider, which takes everybody's word."""
    await someone.page.get_by_placeholder("sub").fill(who)
    await someone.press("Authorize")


async def test_people_come_in_by_a_provider(
    festoon_process: FestoonFactory,
    openid: OpenIDProvider,
    browser: Browser,
    album: Path | None,
) -> None:
    host = festoon_process(
        OIDC_ACME_ISSUER=openid.issuer,
        OIDC_ACME_CLIENT_ID=openid.client_id,
        OIDC_ACME_CLIENT_SECRET=openid.client_secret,
        OIDC_ACME_LABEL="Acme",
        # For the look of the page alone: nobody is sent there.
        GOOGLE_CLIENT_ID="invented",
        GOOGLE_CLIENT_SECRET="invented",
        YANDEX_CLIENT_ID="invented",
        YANDEX_CLIENT_SECRET="invented",
        VK_CLIENT_ID="invented",
    )
    claims = {"email": "ann@example.com", "email_verified": True, "name": "Ann"}
    await tell(openid, "ann", claims)

    ann = await Someone.arrive(browser, host.url, PHONE, album)
    await ann.go("/rooms/new")
    await ann.sees("Welcome back")
    await looks(ann, "sign-in", PHONE, DESKTOP)
    await ann.go("/sign-up")
    await looks(ann, "sign-up", PHONE, DESKTOP)
    await ann.go("/rooms/new")
    await ann.press("Continue with Acme")
    await agree(ann, "ann")
    # Where she wanted to go in the first place.
    await ann.page.wait_for_url(f"{host.url}/rooms/new")

    # A second browser: another person, who does not agree, and then signs in with a wrong address.
    mallory = await Someone.arrive(browser, host.url, PHONE, album)
    await mallory.go("/sign-in")
    await mallory.press("Continue with Acme")
    await mallory.press("Deny")
    await mallory.sees("you did not agree there")
    await looks(mallory, "denied", PHONE)
    await mallory.press("Sign in")
    await tell(openid, "mallory", {"email": "ann@example.com", "email_verified": False})
    await mallory.press("Continue with Acme")
    await agree(mallory, "mallory")
    await mallory.sees("does not say that this address is yours")
    await looks(mallory, "unverified", PHONE, DESKTOP)

    # What did not load is the provider's page's own, and what was to be refused.
    troubles = [*ann.troubles, *mallory.troubles]
    assert [one for one in troubles if not one.startswith("Failed to load resource")] == []


async def looks(someone: Someone, name: str, *sizes: ViewportSize) -> None:
    """Pictures of the page in every size, light and dark; nothing may stand out sideways."""
    for size in sizes:
        await someone.page.set_viewport_size(size)
        wide = await someone.page.evaluate("document.documentElement.scrollWidth")
        assert wide <= size["width"]
        for scheme in ("light", "dark"):
            await someone.page.emulate_media(color_scheme=scheme)
            await someone.picture(f"{name}-{size['width']}-{scheme}")
