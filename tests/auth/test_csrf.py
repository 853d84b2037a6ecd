"""host.web.csrf: no other site's page acts here in a visitor's name."""

from __future__ import annotations

import gc
import weakref
from types import SimpleNamespace
from typing import Any

import httpx
import pytest

from host.access import ANYONE
from host.web.cookies import PRE_SESSION, SESSION
from host.web.csrf import HEADER, CsrfMiddleware
from tests.auth.conftest import Client, Node

HERE = "http://festoon.test"


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """One kind is enough: nothing here asks the database for more than a session."""
    return sqlite_url


async def signed_in(node: Node, client: Client, name: str = "Anna") -> Client:
    """The client, with a session's cookie in its jar."""
    cookie = (await node.identity.guest_in_browser(ANYONE, name, None)).cookie
    client.cookies.set(SESSION, cookie, domain="festoon.test")
    return client


async def token(client: Client) -> str:
    answer = await client.get("/token")
    return answer.text


async def send_form(client: Client, token: str | None, **headers: str) -> httpx.Response:
    data = {"wish": "a prize"} | ({"csrf_token": token} if token is not None else {})
    return await client.post("/form", data=data, headers={"Origin": HERE, **headers})


def forbidden(answer: httpx.Response) -> bool:
    if answer.status_code != 403:
        return False
    assert answer.json()["error"]["details"] == {"reason": "CSRF"}
    return True


async def test_a_form_with_its_token_passes_and_the_page_reads_the_body(
    node: Node, client: Client
) -> None:
    await signed_in(node, client)
    answer = await send_form(client, await token(client))
    assert (answer.status_code, answer.text) == (200, "a prize")


async def test_signed_out_forms_are_bound_to_a_cookie_of_their_own(client: Client) -> None:
    page = await client.get("/token")
    set_cookie = page.headers["set-cookie"]
    assert set_cookie.startswith(f"{PRE_SESSION}=")
    assert {"HttpOnly", "SameSite=Lax", "Path=/"} <= set(set_cookie.split("; "))
    assert (await send_form(client, page.text)).status_code == 200
    again = await client.get("/token")
    assert "set-cookie" not in again.headers
    assert again.text != page.text
    assert (await send_form(client, page.text)).status_code == 200
    client.cookies.clear()
    assert forbidden(await send_form(client, page.text))


async def test_a_page_without_a_form_sets_no_cookie(client: Client) -> None:
    assert "set-cookie" not in (await client.get("/who")).headers


@pytest.mark.parametrize("given", [None, "", "x", "0" * 96, "é" * 96, "0" * 5000])
@pytest.mark.parametrize("signed", [True, False])
async def test_a_form_without_the_right_token_is_refused(
    node: Node, client: Client, given: str | None, signed: bool
) -> None:
    if signed:
        await signed_in(node, client)
    await token(client)
    assert forbidden(await send_form(client, given))


async def test_a_token_is_worth_nothing_in_another_session(node: Node, client: Client) -> None:
    await signed_in(node, client, "Mallory")
    stolen = await token(client)
    await signed_in(node, client, "Anna")
    assert forbidden(await send_form(client, stolen))


async def test_a_token_from_before_the_sign_in_is_worth_nothing_after(
    node: Node, client: Client
) -> None:
    before = await token(client)
    await signed_in(node, client)
    assert forbidden(await send_form(client, before))


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "http://evil.test"},
        {"Origin": "null"},
        {"Origin": "http://festoon.test.evil.test"},
        {"Origin": "http://festoon.test:81"},
        {"Origin": "http://["},
        {"Origin": ""},
        {"Origin": HERE, "Sec-Fetch-Site": "cross-site"},
        {"Origin": HERE, "Sec-Fetch-Site": "same-site"},
    ],
)
@pytest.mark.parametrize("signed", [True, False])
async def test_another_sites_page_is_refused_even_with_a_token(
    node: Node, client: Client, headers: dict[str, str], signed: bool
) -> None:
    if signed:
        await signed_in(node, client)
    good = await token(client)
    assert (await send_form(client, good)).status_code == 200
    assert forbidden(await send_form(client, good, **headers))


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "http://public.test"},
        {"Origin": "http://192.168.0.7:8000", "Host": "192.168.0.7:8000"},
        {"Origin": "null", "Sec-Fetch-Site": "same-origin"},
        {"Sec-Fetch-Site": "none"},
    ],
)
async def test_this_host_goes_by_several_names(
    node: Node, make_client: Any, headers: dict[str, str]
) -> None:
    client = await make_client(public_url="http://public.test")
    good = await token(client)
    pre_session = client.cookies[PRE_SESSION]
    headers = headers | {"Cookie": f"{PRE_SESSION}={pre_session}"}
    assert (await send_form(client, good, **headers)).status_code == 200


async def test_a_page_by_http_is_another_site_to_a_host_on_https(make_client: Any) -> None:
    client = await make_client(public_url="https://public.test")
    answer = await client.get("/token")
    assert "Secure" in answer.headers["set-cookie"]
    pre_session = answer.headers["set-cookie"].partition(";")[0]
    for scheme, status in (("http", 403), ("https", 200)):
        headers = {"Origin": f"{scheme}://festoon.test", "Cookie": pre_session}
        assert (await send_form(client, answer.text, **headers)).status_code == status


async def test_the_api_by_cookie_needs_the_header(node: Node, client: Client) -> None:
    await signed_in(node, client)
    good = {HEADER: await token(client), "Origin": HERE}
    path = "/api/v1/auth/logout"
    assert forbidden(await client.post(path, headers={"Origin": HERE}))
    assert forbidden(await client.post(path, headers={**good, HEADER: "x"}))
    assert forbidden(await client.post(path, headers={**good, "Origin": "http://evil.test"}))
    assert (await client.get("/api/v1/auth/me")).status_code == 200
    assert (await client.post(path, headers=good)).status_code == 200
    assert (await client.get("/api/v1/auth/me")).status_code == 401


async def test_the_api_by_bearer_token_and_by_nobody_needs_nothing(
    node: Node, client: Client
) -> None:
    headers = {"Origin": "http://front-end.test", "Sec-Fetch-Site": "cross-site"}
    answer = await client.post("/api/v1/auth/guest", json={"name": "Boris"}, headers=headers)
    assert answer.status_code == 201
    await signed_in(node, client)
    headers["Authorization"] = f"Bearer {answer.json()['data']['accessToken']}"
    assert (await client.post("/api/v1/auth/logout", headers=headers)).status_code == 200
    assert (await client.get("/api/v1/auth/me")).json()["data"]["name"] == "Anna"


async def test_a_bearer_token_that_does_not_hold_exempts_nobody(node: Node, client: Client) -> None:
    await signed_in(node, client)
    answer = await client.post("/form", data={}, headers={"Authorization": "Bearer x"})
    assert answer.status_code == 401


@pytest.mark.parametrize("media", ["application/json", "text/plain", ""])
async def test_what_is_no_form_needs_the_header_outside_the_api_too(
    node: Node, client: Client, media: str
) -> None:
    await signed_in(node, client)
    headers = {"Origin": HERE} | ({"Content-Type": media} if media else {})
    assert forbidden(await client.post("/json", content=b"{}", headers=headers))
    headers[HEADER] = await token(client)
    assert (await client.post("/json", content=b"{}", headers=headers)).status_code == 200


async def test_the_field_is_html_that_a_template_may_trust(client: Client) -> None:
    field = (await client.get("/field")).text
    assert field.startswith('<input type="hidden" name="csrf_token" value="')
    assert field.endswith('">')


async def test_what_a_request_brought_goes_with_its_answer(node: Node) -> None:
    """Without the collector, that is: in a full hall what waits for it is megabytes."""
    left: list[weakref.ref[Any]] = []

    async def answer(scope: Any, receive: Any, send: Any) -> None:
        left.append(weakref.ref(scope["state"]["csrf"]))

    app = SimpleNamespace(state=SimpleNamespace(services=SimpleNamespace(core=node.core)))
    state = {"actor": ANYONE, "by_cookie": False}
    scope = {"type": "http", "method": "GET", "path": "/", "headers": [], "app": app}
    nothing: Any = None
    gc.disable()
    try:
        await CsrfMiddleware(answer)({**scope, "state": state}, nothing, nothing)
        del state
        assert [guard() for guard in left] == [None]
    finally:
        gc.enable()
