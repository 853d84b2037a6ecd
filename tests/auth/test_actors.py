"""host.web.actors: who makes a request, by token or by cookie."""

from __future__ import annotations

from typing import Any

import pytest
from starlette.types import Message

from host.access import ANYONE
from host.web.cookies import SESSION
from tests.auth.conftest import Client, Node


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """One kind is enough: nothing here asks the database for more than a session."""
    return sqlite_url


async def cookie_of(node: Node, name: str) -> str:
    return (await node.identity.guest_in_browser(ANYONE, name, None)).cookie


async def token_of(node: Node, name: str) -> str:
    return (await node.identity.guest(ANYONE, name)).access_token


async def who(client: Client, path: str = "/who", **headers: str) -> Any:
    answer = await client.get(path, headers=headers)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_without_anything_the_actor_is_anyone_with_an_address(client: Client) -> None:
    found = await who(client)
    assert found == {"name": None, "by_cookie": False, "address": "203.0.113.7"}


async def test_a_cookie_and_a_bearer_token_both_name_their_user(node: Node, client: Client) -> None:
    cookie, token = await cookie_of(node, "Anna"), await token_of(node, "Boris")
    found = await who(client, Cookie=f"{SESSION}={cookie}")
    assert (found["name"], found["by_cookie"]) == ("Anna", True)
    found = await who(client, Authorization=f"Bearer {token}")
    assert (found["name"], found["by_cookie"]) == ("Boris", False)
    both = {"Cookie": f"{SESSION}={cookie}", "Authorization": f"Bearer {token}"}
    found = await who(client, **both)
    assert (found["name"], found["by_cookie"]) == ("Boris", False)


@pytest.mark.parametrize("value", ["Bearer", "Bearer ", "Bearer x.y.z", "bearer é"])
async def test_a_bearer_token_that_does_not_hold_is_401_even_beside_a_good_cookie(
    node: Node, client: Client, value: str
) -> None:
    headers = [
        (b"authorization", value.encode("latin-1")),
        (b"cookie", f"{SESSION}={await cookie_of(node, 'Anna')}".encode()),
    ]
    answer = await client.get("/api/v1/auth/me", headers=headers)
    assert (answer.status_code, answer.json()["error"]["code"]) == (401, "UNAUTHORIZED")


async def test_another_scheme_is_none_of_ours(client: Client) -> None:
    assert (await who(client, Authorization="Basic YW5uYTp4"))["name"] is None


async def test_a_cookie_that_does_not_hold_is_taken_away_on_pages_only(client: Client) -> None:
    headers = {"Cookie": f"{SESSION}=long-gone"}
    page = await client.get("/who", headers=headers)
    assert page.json()["name"] is None
    assert page.headers["set-cookie"].startswith(f'{SESSION}="";')
    assert "Max-Age=0" in page.headers["set-cookie"]
    api = await client.get("/api/v1/auth/providers", headers=headers)
    assert (api.status_code, "set-cookie" in api.headers) == (200, False)


async def test_a_sign_in_is_not_undone_by_the_old_cookie(client: Client) -> None:
    answer = await client.get("/new-cookie", headers={"Cookie": f"{SESSION}=long-gone"})
    cookies = answer.headers.get_list("set-cookie")
    assert len(cookies) == 1
    assert cookies[0].startswith(f"{SESSION}=new;")


@pytest.mark.parametrize(
    ("public_url", "secure"), [("http://festoon.test", False), ("https://festoon.test", True)]
)
async def test_the_cookie_is_for_this_host_only(
    make_client: Any, public_url: str, secure: bool
) -> None:
    client = await make_client(public_url=public_url)
    answer = await client.get("/new-cookie")
    parts = set(answer.headers["set-cookie"].split("; "))
    expected = {f"{SESSION}=new", "Path=/", "HttpOnly", "SameSite=Lax", "Max-Age=2592000"}
    assert parts == (expected | {"Secure"} if secure else expected)


async def test_files_cost_no_question_to_the_database(
    node: Node, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    await node.core.db.close()
    monkeypatch.setattr(node.core.db, "read", None)
    answer = await client.get("/static/file", headers={"Cookie": f"{SESSION}=whatever"})
    assert answer.status_code == 200


async def handshake(client: Client, **headers: str) -> Any:
    """Opens a socket and answers what the endpoint saw."""
    sent: list[Message] = []
    scope = {
        "type": "websocket",
        "path": "/socket",
        "query_string": b"",
        "client": ("203.0.113.7", 1),
        "subprotocols": [],
        "headers": [(k.lower().encode(), v.encode()) for k, v in headers.items()]
        + [(b"host", b"festoon.test")],
    }

    async def receive() -> Message:
        return {"type": "websocket.connect"}

    async def send(message: Message) -> None:
        sent.append(message)

    await client.app(scope, receive, send)
    return next(m["text"] for m in sent if m["type"] == "websocket.send")


async def test_a_socket_takes_the_cookie_of_its_own_pages_only(node: Node, client: Client) -> None:
    cookie = f"{SESSION}={await cookie_of(node, 'Anna')}"
    own, other = "http://festoon.test", "http://evil.test"
    assert await handshake(client, Cookie=cookie, Origin=own) == "Anna"
    assert await handshake(client, Cookie=cookie) == "Anna"
    assert await handshake(client, Cookie=cookie, Origin=other) == ""
    assert await handshake(client, Cookie=cookie, Origin="null") == ""


async def test_a_socket_without_a_valid_sign_in_is_open_to_anyone(
    node: Node, client: Client
) -> None:
    assert await handshake(client, Authorization="Bearer x") == ""
    assert await handshake(client, Cookie=f"{SESSION}=x") == ""
    token = await token_of(node, "Boris")
    assert await handshake(client, Authorization=f"Bearer {token}") == "Boris"
