"""Other sites, and other people's cookies: forged calls, fixed sessions, hijacked sockets."""

from __future__ import annotations

from typing import Any

import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

from host.testing.host import PASSWORD, TestHost
from host.web.api.calls import CALLS
from host.web.cookies import SESSION
from host.web.csrf import FIELD, HEADER, SAFE
from tests.attacks.browsers import browser_of, token_of
from tests.contract.cast import UNKNOWN, Cast
from tests.realtime.live import cookie_of, served
from tests.web.visitor import ORIGIN

UNSAFE = [call for call in CALLS if call.method not in SAFE]
FOREIGN: tuple[dict[str, str], ...] = (
    {"Origin": "https://evil.example"},
    {"Origin": "null"},
    {"Origin": f"{ORIGIN}.evil.example"},
    {"Origin": ORIGIN, "Sec-Fetch-Site": "cross-site"},
    {"Origin": ORIGIN, "Sec-Fetch-Site": "same-site"},
)


def _where(path: str, cast: Cast) -> str:
    path = path.replace("{room_id}", cast.room["id"])
    return "/".join(UNKNOWN if part[:1] == "{" else part for part in path.split("/"))


def _is_forged(answer: Any) -> bool:
    found = answer.json()["error"]
    return bool(answer.status_code == 403 and found["details"] == {"reason": "CSRF"})


async def test_no_unsafe_call_is_taken_by_cookie_from_elsewhere_or_without_its_token(
    shared: Cast,
) -> None:
    async with browser_of(shared.host, shared.organizer) as browser:
        good = await token_of(browser)
        for call in UNSAFE:
            path = "/api/v1" + _where(call.path, shared)
            for headers in (*FOREIGN, {"Origin": ORIGIN}, {"Origin": ORIGIN, HEADER: "0" * 96}):
                token = (
                    {} if headers.get("Origin") == ORIGIN and len(headers) == 1 else {HEADER: good}
                )
                for media in (
                    "application/json",
                    "text/plain",
                    "application/x-www-form-urlencoded",
                ):
                    sent = {**token, **headers, "Content-Type": media}
                    answer = await browser.client.request(
                        call.method, path, content=b"{}", headers=sent
                    )
                    assert _is_forged(answer), (call.method, path, sent, answer.text)
        assert (await browser.client.get("/api/v1/auth/me")).status_code == 200


@pytest.mark.parametrize("way", ["/sign-in", "/sign-up"])
async def test_a_cookie_from_before_the_sign_in_is_worth_nothing_after(
    host: TestHost, way: str
) -> None:
    address = f"{host.host.sources.new_id()}@example.com"
    if way == "/sign-in":
        await host.host.services.identity.create_account(address, PASSWORD)
    guest = await host.guest("Mallory")
    async with browser_of(host, guest) as browser:
        fixed = browser.client.cookies[SESSION]
        fields = {"name": "Ann", "email": address, "password": PASSWORD}
        answer = await browser.post(way, {**fields, FIELD: await token_of(browser)})
        assert answer.status == 303
        given = answer.response.cookies[SESSION]
        assert given != fixed
    for cookie, status in ((fixed, 401), (given, 200)):
        async with browser_of(host, host.nobody) as other:
            other.client.cookies.set(SESSION, cookie)
            assert (await other.client.get("/api/v1/auth/me")).status_code == status


@pytest.mark.parametrize("cookie", ["x", "a" * 5000, "' OR '1'='1", "%00", "é", ""])
async def test_a_cookie_of_ones_own_making_signs_nobody_in(host: TestHost, cookie: str) -> None:
    header = {"Cookie": f"{SESSION}={cookie}".encode("latin-1")}
    answer = await host.client.get("/api/v1/auth/me", headers=header)  # type: ignore[arg-type]
    assert answer.status_code == 401


@pytest.mark.parametrize(
    ("public_url", "secure"), [("http://testserver", False), ("https://testserver", True)]
)
async def test_cookies_are_out_of_reach_of_scripts_and_of_other_sites(
    public_url: str, secure: bool
) -> None:
    async with served(public_url=public_url) as place:
        client = place.host.client
        page = await client.get("/sign-in")
        token = page.text.partition(f'name="{FIELD}" value="')[2].partition('"')[0]
        room = await place.host.room(await place.host.guest("Olga"))
        answer = await client.post(
            f"/j/{room['joinCode']}",
            data={"name": "Ann", FIELD: token},
            headers={"Origin": public_url, "Cookie": page.headers["set-cookie"].partition(";")[0]},
        )
        assert answer.status_code == 303, answer.text
        for given in (page, answer):
            for cookie in given.headers.get_list("set-cookie"):
                marks = {part.strip().lower() for part in cookie.split(";")[1:]}
                assert marks >= {"httponly", "samesite=lax", "path=/"}
                assert ("secure" in marks) is secure
                assert not any(mark.startswith("domain") for mark in marks)
        assert any(c.startswith(SESSION) for c in answer.headers.get_list("set-cookie"))


async def test_a_page_of_another_site_opens_no_socket_with_somebodys_cookie() -> None:
    async with served() as place:
        olga = await place.host.guest("Olga")
        room = await place.host.room(olga)
        cookie = {"Cookie": await cookie_of(place, olga)}
        paths = ("/realtime", f"/apps/lottery/rooms/{room['id']}/live")
        for path in paths:
            for headers in (
                {"Origin": "https://evil.example"},
                {"Origin": "null"},
                {"Origin": f"{place.url}.evil.example"},
                {"Origin": place.url, "Sec-Fetch-Site": "cross-site"},
            ):
                # It is given as one of the headers, so that it can be anything.
                forged = connect(place.socket_url + path, additional_headers={**cookie, **headers})
                with pytest.raises(InvalidStatus) as refused:
                    await forged
                assert refused.value.response.status_code == 403
