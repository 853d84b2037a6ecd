"""Where the host sends a browser on to: never to another site, whatever it is asked."""

from __future__ import annotations

from urllib.parse import quote, urljoin, urlsplit

import pytest

from host.testing.host import PASSWORD, TestHost
from host.web.csrf import FIELD
from host.web.pages.acting import local
from tests.attacks.browsers import browser_of, token_of
from tests.contract.answers import error
from tests.web.visitor import ORIGIN

AWAY = (
    *("https://evil.example", "//evil.example", "///evil.example", "////evil.example/%2f.."),
    *("/\\evil.example", "\\/evil.example", "\\\\evil.example", "/\\/evil.example"),
    *("/\t/evil.example", "\t//evil.example", "/\n/evil.example", " //evil.example", "/\r/x"),
    *("javascript:alert(1)", "data:text/html,x", "http:evil.example", "https:/evil.example"),
    *("//evil.example@testserver", "http://testserver@evil.example", "/\u2028/evil.example"),
    *("evil.example", "./evil", "?next=//evil.example", "#//evil.example", "", "\x00//evil"),
    *("/rooms\r\nSet-Cookie: a=b", "/\x85/evil.example", "/%0d%0aSet-Cookie:a=b//evil"),
)
WORST = ("//evil.example", "/\\evil.example", "/\t/evil.example", "/rooms\r\nSet-Cookie: a=b")


def _stays(where: str) -> bool:
    """As a browser reads it: leading blanks and tabs fall away, a backslash is a slash."""
    read = where.strip("\x00\x20\t\r\n").translate(dict.fromkeys(map(ord, "\t\r\n")))
    there = urlsplit(urljoin(f"{ORIGIN}/sign-in", read.replace("\\", "/")))
    return f"{there.scheme}://{there.netloc}" == ORIGIN


@pytest.mark.parametrize("where", AWAY)
def test_only_a_path_of_this_host_is_taken_for_one(where: str) -> None:
    found = local(where, "/rooms")
    assert found.startswith("/")
    assert _stays(found)
    assert found.isprintable()


async def test_a_sign_in_leads_to_no_other_site(host: TestHost) -> None:
    address = f"{host.host.sources.new_id()}@example.com"
    await host.host.services.identity.create_account(address, PASSWORD)
    for where in AWAY:
        async with browser_of(host, host.nobody) as browser:
            page = await browser.open(f"/sign-in?next={quote(where)}")
            offered = page.form("/sign-in").values["next"][0]
            assert _stays(offered), where
            assert offered.startswith("/"), where
            # Each costs a password's hash, so some of the worst.
            for given in (where.replace("\x00", ""), offered) if where in WORST else ():
                fields = {"email": address, "password": PASSWORD, "next": given}
                answer = await browser.post("/sign-in", {**fields, FIELD: await token_of(browser)})
                assert answer.status == 303, (where, answer.text)
                assert _stays(answer.response.headers["location"]), where
                assert "a=b" not in answer.response.headers.get("set-cookie", "")
                await browser.post("/sign-out", {"next": given, FIELD: await token_of(browser)})


@pytest.mark.parametrize("path", ["/rooms", "//evil.example/rooms", "/rooms/%0d%0ax", "/r/x?a=//b"])
async def test_who_has_to_sign_in_comes_back_to_this_host(host: TestHost, path: str) -> None:
    async with browser_of(host, host.nobody) as browser:
        answer = await browser.client.get(f"{ORIGIN}{path}")
        if answer.status_code in (303, 307):
            assert _stays(answer.headers["location"])
            assert answer.headers["location"].startswith(("/sign-in", f"{ORIGIN}/"))


@pytest.mark.parametrize("where", AWAY[:-5])
async def test_a_provider_leads_to_allowed_front_ends_only(host: TestHost, where: str) -> None:
    path = f"/auth/google/url?redirect_url={quote(where)}"
    answer = await host.nobody.call("GET", path)
    assert answer.status_code in (422, 503)
    assert "evil" not in str(answer.headers)


async def test_no_host_header_finds_its_way_into_a_link(host: TestHost) -> None:
    olga = await host.guest("Olga")
    room = await host.room(olga, isPublic=True)
    headers = {
        "Host": "evil.example",
        "X-Forwarded-Host": "evil.example",
        "Forwarded": "host=evil.example",
        "X-Original-URL": "/admin",
        "X-Rewrite-URL": "/admin",
    }
    for path in ("/", "/sign-in", "/join", f"/r/{room['id']}/screen", f"/j/{room['joinCode']}"):
        answer = await host.client.get(path, headers=headers)
        assert answer.status_code in (200, 303)
        assert "evil.example" not in answer.text, path
        assert "evil.example" not in str(answer.headers), path
    answer = await host.client.get("/rooms", headers=headers)
    assert answer.headers["location"].startswith("/sign-in?next=/rooms")
    for path in ("/openapi.json", "/asyncapi.json", "/api/v1/rooms"):
        answer = await host.client.get(path, headers=headers)
        assert "evil.example" not in answer.text, path
    error(await host.nobody.call("GET", "/nothing", Host="x/api/"), 404, "NOT_FOUND")
