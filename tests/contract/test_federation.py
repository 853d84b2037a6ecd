"""§1 "Identity": signing in by a real OpenID provider, and everything that may go wrong there."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import httpx
import pytest
import pytest_asyncio

from host.entrances import ProviderSettings
from host.ids import Sources
from host.store import users
from host.testing.host import Person, TestHost, running_host
from tests.contract.answers import data, deleted, error, fields, listed
from tests.servers.openid import OpenIDProvider

FRONT = "https://front.example/welcome?from=festoon"
ASKED = {"redirect_url": FRONT}
ORIGIN = "http://testserver"


@pytest.fixture(scope="module")
def issuer() -> Iterator[OpenIDProvider]:
    """A real OpenID provider on loopback."""
    running = OpenIDProvider()
    running.start()
    yield running
    running.stop()


class Clock:
    """Time that a test may turn forward."""

    ahead = timedelta()

    def now(self) -> datetime:
        """Now, and what was turned."""
        return datetime.now(UTC) + self.ahead


@pytest.fixture(scope="module")
def clock() -> Clock:
    return Clock()


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def door(issuer: OpenIDProvider, clock: Clock) -> AsyncIterator[TestHost]:
    """A host at which one may sign in by it."""
    acme = ProviderSettings(
        id="acme",
        kind="openid",
        client_id=issuer.client_id,
        client_secret=issuer.client_secret,
        issuer=issuer.issuer,
        label="Acme",
    )
    async with running_host(
        entry_points=(),
        oidc=(acme,),
        cors_origins=("https://front.example",),
        sources=Sources(now=clock.now),
    ) as running:
        yield running


async def _url(door: TestHost, person: Person | None = None, **query: str) -> str:
    path = httpx.URL("/auth/acme/url", params={**ASKED, **query})
    found = data(await (person or door.nobody).call("GET", str(path)))
    assert found.keys() == {"url"}
    url: str = found["url"]
    return url


async def _agree(url: str, who: str, **claims: Any) -> str:
    """Signs in at the provider as `who`; the path by which it leads back."""
    issuer = url.partition("/oauth2/")[0]
    async with httpx.AsyncClient(timeout=30) as browser:
        if claims:
            told = await browser.put(f"{issuer}/users/{who}", json=claims)
            assert told.status_code == 204
        answer = await browser.post(url, data={"sub": who})
    assert answer.status_code == 302, answer.text
    return answer.headers["location"].removeprefix(ORIGIN)


def _fragment(answer: httpx.Response) -> dict[str, str]:
    assert answer.status_code == 303, answer.text
    where, _, fragment = answer.headers["location"].partition("#")
    assert where == FRONT
    return dict(parse_qsl(fragment))


async def test_signing_in_leads_to_the_front_end_with_tokens_in_the_fragment(
    door: TestHost,
) -> None:
    """GET /auth/{provider}/callback | … `access_token, refresh_token, expires_in, redirect_url`"""
    claims = {"email": "ann@example.com", "email_verified": True, "name": "Ann"}
    back = await _agree(await _url(door), "ann", **claims)
    told = _fragment(await door.client.get(back))
    assert told.keys() == {"access_token", "refresh_token", "expires_in", "redirect_url"}
    assert (told["expires_in"], told["redirect_url"]) == ("3600", FRONT)
    headers = {"authorization": f"Bearer {told['access_token']}"}
    me = data(await door.client.get("/api/v1/auth/me", headers=headers))
    assert (me["email"], me["name"]) == ("ann@example.com", "Ann")
    body = {"refreshToken": told["refresh_token"]}
    data(await door.nobody.call("POST", "/auth/refresh", body))


async def test_code_pkce_state_and_nonce_are_asked_for(
    door: TestHost, issuer: OpenIDProvider
) -> None:
    """GET /auth/{provider}/url | `{url}` … (authorization code + PKCE + state + nonce)"""
    first, second = await _url(door), await _url(door)
    assert first.startswith(f"{issuer.issuer}/oauth2/authorize?")
    asked = [dict(parse_qsl(urlsplit(url).query)) for url in (first, second)]
    assert asked[0]["response_type"] == "code"
    assert asked[0]["code_challenge_method"] == "S256"
    assert asked[0]["redirect_uri"] == f"{ORIGIN}/api/v1/auth/acme/callback"
    assert "openid" in asked[0]["scope"].split()
    for name in ("state", "nonce", "code_challenge"):
        assert len(asked[0][name]) >= 43
        assert asked[0][name] != asked[1][name]


async def test_a_callback_that_is_replayed_is_refused(door: TestHost) -> None:
    """401 UNAUTHORIZED | no/expired/revoked token"""
    back = await _agree(await _url(door), "bob")
    _fragment(await door.client.get(back))
    error(await door.client.get(back), 401, "UNAUTHORIZED")


async def test_a_code_that_is_replayed_with_a_new_state_is_refused(door: TestHost) -> None:
    """401 INVALID_CREDENTIALS | wrong login"""
    used = await _agree(await _url(door), "bob")
    _fragment(await door.client.get(used))
    fresh = dict(parse_qsl(urlsplit(await _agree(await _url(door), "bob")).query))
    code = dict(parse_qsl(urlsplit(used).query))["code"]
    path = f"/api/v1/auth/acme/callback?code={code}&state={fresh['state']}"
    error(await door.client.get(path), 401, "INVALID_CREDENTIALS")


async def test_a_code_of_another_sign_in_is_refused_by_its_nonce(door: TestHost) -> None:
    """401 INVALID_CREDENTIALS: a code that was stolen is put into one's own sign-in."""
    stolen = dict(parse_qsl(urlsplit(await _agree(await _url(door), "bob")).query))["code"]
    own = dict(parse_qsl(urlsplit(await _url(door)).query))["state"]
    path = f"/api/v1/auth/acme/callback?code={stolen}&state={own}"
    error(await door.client.get(path), 401, "INVALID_CREDENTIALS")


@pytest.mark.parametrize("state", ["", "x", "0" * 64, "%00", "%ED%A0%80", "a" * 8000])
async def test_a_wrong_state_is_refused(door: TestHost, state: str) -> None:
    """401 UNAUTHORIZED"""
    back = await _agree(await _url(door), "bob")
    right = dict(parse_qsl(urlsplit(back).query))["state"]
    answer = await door.client.get(back.replace(right, state))
    assert answer.status_code in (401, 422), answer.text
    assert answer.json()["error"]["code"] in ("UNAUTHORIZED", "VALIDATION_ERROR")
    # It was not this sign-in's, which is open still.
    _fragment(await door.client.get(back))


async def test_a_state_expires_after_ten_minutes(door: TestHost, clock: Clock) -> None:
    """401 UNAUTHORIZED"""
    back = await _agree(await _url(door), "bob")
    clock.ahead += timedelta(minutes=11)
    try:
        error(await door.client.get(back), 401, "UNAUTHORIZED")
    finally:
        clock.ahead -= timedelta(minutes=11)


async def test_an_unverified_address_does_not_open_the_account_that_has_it(
    door: TestHost,
) -> None:
    """409 CONFLICT | address taken; linking only by verified address"""
    body = {"email": "carol@example.com", "password": "correct horse battery"}
    data(await door.nobody.call("POST", "/auth/register", body), 201)
    claims = {"email": "carol@example.com", "email_verified": False}
    back = await _agree(await _url(door), "mallory", **claims)
    found = error(await door.client.get(back), 409, "CONFLICT")
    assert "sign in the way you did so far" in found["message"]


@pytest.mark.parametrize(
    "where",
    [
        "https://evil.example/",
        "https://front.example.evil.example/",
        "https://front.example@evil.example/",
        "https://front.example:8443/",
        "http://front.example/",
        "//evil.example/",
        "///evil.example",
        "https:/\\evil.example/",
        "https://front.example\\@evil.example/",
        "javascript:alert(1)",
        "data:text/html,x",
        "https://front.example/#access_token=x",
        "https://front.example/ x",
        "https://front.example/\r\nSet-Cookie: a=b",
        "https://[front.example/",
        "https://front.example:port/",
        "/rooms",
        "",
    ],
)
async def test_a_sign_in_leads_to_no_foreign_origin(door: TestHost, where: str) -> None:
    """`redirect_url` only to allowed origins"""
    path = httpx.URL("/auth/acme/url", params={"redirect_url": where})
    answer = await door.nobody.call("GET", str(path))
    assert set(fields(answer)) == {"redirect_url"}


async def test_a_sign_in_may_lead_to_this_host_and_to_origins_it_allows(door: TestHost) -> None:
    """`redirect_url` only to allowed origins"""
    for where in (f"{ORIGIN}/", "https://FRONT.example:443/a?b=c", "https://front.example"):
        await _url(door, redirect_url=where)
    data(await door.nobody.call("GET", "/auth/acme/url"))


async def test_the_providers_that_are_on_are_listed(door: TestHost) -> None:
    """GET /auth/providers | anyone | the sign-in methods this host has on"""
    rows, _ = listed(await door.nobody.call("GET", "/auth/providers"))
    assert {"id": "acme", "type": "oauth", "name": "Acme"} in rows


@pytest.mark.parametrize("path", ["/auth/google/url", "/auth/google/callback?state=x&code=y"])
async def test_a_provider_that_is_not_configured_says_so(door: TestHost, path: str) -> None:
    """503 OAUTH_NOT_CONFIGURED"""
    error(await door.nobody.call("GET", path), 503, "OAUTH_NOT_CONFIGURED")


async def test_an_expired_token_does_not_keep_one_from_signing_in_again(door: TestHost) -> None:
    """GET /auth/{provider}/url | anyone"""
    headers = {"authorization": "Bearer expired"}
    data(await door.client.get("/api/v1/auth/acme/url", headers=headers))


async def test_a_guest_claims_the_account_with_all_rooms(door: TestHost) -> None:
    """a guest can later claim the account"""
    guest = await door.guest("Dora")
    back = await _agree(await _url(door, guest), "dora", email="dora@example.com")
    told = _fragment(await door.client.get(back))
    headers = {"authorization": f"Bearer {told['access_token']}"}
    me = data(await door.client.get("/api/v1/auth/me", headers=headers))
    assert (me["id"], me["name"]) == (guest.id, "Dora")


async def test_ways_in_are_listed_and_the_last_one_cannot_be_taken_away(door: TestHost) -> None:
    """GET /auth/identities · DELETE /auth/identities/{identityId} | user | never the last: 409"""
    for call in ("GET", "DELETE"):
        path = "/auth/identities" + ("/x" if call == "DELETE" else "")
        error(await door.nobody.call(call, path), 401, "UNAUTHORIZED")
    told = _fragment(await door.client.get(await _agree(await _url(door), "erik")))
    token = {"authorization": f"Bearer {told['access_token']}"}
    rows, _ = listed(await door.client.get("/api/v1/auth/identities", headers=token))
    assert rows[0].keys() == {"id", "provider", "name", "email", "works", "createdAt"}
    path = f"/api/v1/auth/identities/{rows[0]['id']}"
    error(await door.client.delete(path, headers=token), 409, "CONFLICT")
    error(await door.client.delete(f"{path}x", headers=token), 404, "NOT_FOUND")


async def test_who_has_a_password_besides_may_take_a_provider_away(door: TestHost) -> None:
    """DELETE /auth/identities/{identityId} | user"""
    claims = {"email": "fay@example.com", "email_verified": True}
    told = _fragment(await door.client.get(await _agree(await _url(door), "fay", **claims)))
    token = {"authorization": f"Bearer {told['access_token']}"}
    (row,), _ = listed(await door.client.get("/api/v1/auth/identities", headers=token))
    passwords = door.host.core.passwords
    async with door.host.db.write() as connection:
        account = await users.by_email(connection, "fay@example.com")
        assert account is not None
        kept = await passwords.hash("correct horse battery")
        await users.update(connection, account.user.id, datetime.now(UTC), password_hash=kept)
    path = f"/api/v1/auth/identities/{row['id']}"
    deleted(await door.client.delete(path, headers=token))
