"""A browser that signs in by a button of ours: tied to its state, new session, no way elsewhere."""

from __future__ import annotations

import pytest

from host.testing.host import TestHost
from host.web.cookies import SESSION
from tests.contract.answers import error, listed
from tests.federation.conftest import (
    FRONT,
    HouseFactory,
    Traveller,
    agreed,
    sent_away,
    signed_in,
    through,
)
from tests.servers.providers import Providers


async def test_a_button_signs_in_and_leads_on(here: TestHost, providers: Providers) -> None:
    """Providers: … any OpenID Connect issuer by configuration"""
    providers.person = {"id": "1", "name": "Ann"}
    browser = Traveller(here)
    page = await browser.open("/sign-in?next=/rooms/new")
    for name in ("Acme", "Yandex", "VK ID"):
        assert f"Continue with {name}" in page.text
    assert "/sign-in/with/acme?next=/rooms/new" in page.text
    answer = await browser.sign_in(next="/rooms/new")
    assert (answer.status_code, answer.headers["location"]) == (303, "/rooms/new")
    cookie = answer.headers["set-cookie"]
    assert SESSION in cookie
    assert "HttpOnly" in cookie
    me = await browser.me()
    assert me is not None
    assert me["name"] == "Ann"


async def test_a_state_is_worth_nothing_in_another_browser(here: TestHost) -> None:
    """Mallory has a state of her own for Ann to come back with, and the other way round."""
    ann, mallory = Traveller(here), Traveller(here)
    back = await ann.abroad(await ann.open("/sign-in/with/acme"))
    await mallory.open("/sign-in/with/acme")
    refused = await mallory.open(back)
    assert refused.status_code == 401
    assert SESSION not in refused.headers.get("set-cookie", "")
    # It was left for the browser whose it is.
    assert (await ann.open(back)).status_code == 303


async def test_several_tabs_do_not_undo_each_other(here: TestHost) -> None:
    browser = Traveller(here)
    backs = [await browser.abroad(await browser.open("/sign-in/with/acme")) for _ in range(2)]
    assert [(await browser.open(back)).status_code for back in backs] == [303, 303]


async def test_the_session_is_a_new_one_and_the_one_before_ends(here: TestHost) -> None:
    guest = Traveller(here)
    await guest.be(await here.guest("Annie"))
    planted = guest.client.cookies.get(SESSION)
    await guest.sign_in()
    assert guest.client.cookies.get(SESSION, domain="testserver.local") != planted
    stranger = Traveller(here)
    stranger.client.cookies.set(SESSION, planted or "")
    assert await stranger.me() is None


@pytest.mark.parametrize(
    "where", ["https://evil.example/", "//evil.example", "/\\evil.example", "/\t/evil.example", "x"]
)
async def test_next_leads_to_no_other_place(here: TestHost, where: str) -> None:
    answer = await Traveller(here).sign_in(next=where)
    assert answer.headers["location"] == "/rooms"


async def test_a_page_of_another_site_sends_nobody(here: TestHost, providers: Providers) -> None:
    browser = Traveller(here)
    await browser.be(await signed_in(here, await through(here)))
    providers.asked.clear()
    for headers in (
        {"sec_fetch_site": "cross-site"},
        {"sec_fetch_site": "same-site"},
    ):
        answer = await browser.open("/account/add/yandex", **headers)
        assert answer.headers["location"] == "/account"
        answer = await browser.open("/sign-in/with/yandex?next=/join", **headers)
        assert answer.headers["location"] == "/sign-in?next=/join"
    # An address without https, where browsers do not say from which site they come.
    plain = {"accept": "text/html", "referer": "http://evil.example/"}
    answer = await browser.client.get("/account/add/yandex", headers=plain)
    assert answer.headers["location"] == "/account"
    answer = await browser.client.get("/account/add/yandex", headers={"accept": "text/html"})
    assert answer.headers["location"] == "/account"
    assert providers.asked == []
    plain["referer"] = "http://testserver/account"
    answer = await browser.client.get("/account/add/yandex", headers=plain)
    assert answer.headers["location"].startswith(providers.url)


async def test_who_signed_out_meanwhile_adds_nothing(here: TestHost, providers: Providers) -> None:
    browser = Traveller(here)
    await browser.be(await signed_in(here, await through(here)))
    back = await browser.abroad(await browser.open("/account/add/yandex"))
    browser.client.cookies.delete(SESSION, domain="testserver.local")
    refused = await browser.open(back)
    assert refused.status_code == 401
    assert "signed out meanwhile" in refused.text


async def test_what_went_wrong_is_a_page_for_a_person(here: TestHost, providers: Providers) -> None:
    browser = Traveller(here)
    back = await browser.abroad(await browser.open("/sign-in/with/acme"))
    state = back.partition("state=")[2].partition("&")[0]
    denied = f"/api/v1/auth/acme/callback?error=access_denied&state={state}"
    page = await browser.open(denied)
    assert page.status_code == 401
    assert page.headers["content-type"].startswith("text/html")
    assert "you did not agree there" in page.text
    assert "style-src 'self'" in page.headers["content-security-policy"]
    # And an error of the contract for a program.
    error(await browser.client.get(denied), 401, "UNAUTHORIZED")


async def test_markup_in_what_a_provider_sends_stays_text(here: TestHost) -> None:
    browser = Traveller(here)
    page = await browser.open("/api/v1/auth/acme/callback?error=<script>x</script>&state=<b>")
    assert page.status_code == 401
    assert "<script>x" not in page.text
    assert "<b>" not in page.text


async def test_a_front_end_is_told_what_went_wrong(here: TestHost, providers: Providers) -> None:
    back = await agreed(await sent_away(here))
    state = back.partition("state=")[2].partition("&")[0]
    path = f"/api/v1/auth/acme/callback?error=access_denied&state={state}"
    answer = await Traveller(here).open(path)
    assert answer.status_code == 303
    where, _, told = answer.headers["location"].partition("#")
    assert where == FRONT
    assert told.startswith("error=INVALID_CREDENTIALS&error_description=")


async def test_a_page_of_this_host_that_asks_by_script_is_tied_too(here: TestHost) -> None:
    browser, other = Traveller(here), Traveller(here)
    answer = await browser.client.get(
        f"/api/v1/auth/acme/url?redirect_url={FRONT}", headers={"sec-fetch-site": "same-origin"}
    )
    back = await agreed(answer.json()["data"]["url"])
    error(await other.client.get(back), 401, "UNAUTHORIZED")
    assert (await browser.client.get(back)).status_code == 303


async def test_methods_are_switched_off_by_the_deployment(
    make_house: HouseFactory, sqlite_url: str
) -> None:
    house = await make_house(database_url=sqlite_url, sign_in=("acme",))
    rows, _ = listed(await house.nobody.call("GET", "/auth/providers"))
    assert [row["id"] for row in rows] == ["acme"]
    error(await house.nobody.call("GET", "/auth/vk/url"), 503, "OAUTH_NOT_CONFIGURED")
    body = {"email": "ann@example.com", "password": "correct horse battery"}
    error(await house.nobody.call("POST", "/auth/register", body), 403, "FORBIDDEN")
    error(await house.nobody.call("POST", "/auth/login", body), 403, "FORBIDDEN")
    error(await house.nobody.call("POST", "/auth/guest", {"name": "Ann"}), 403, "FORBIDDEN")
    page = await Traveller(house).open("/sign-in")
    assert "Continue with Acme" in page.text
    assert "Continue with VK" not in page.text
    assert "Password" not in page.text
