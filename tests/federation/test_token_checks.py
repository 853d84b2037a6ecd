"""What an OpenID issuer says of somebody is believed only where everything fits."""

from __future__ import annotations

import base64
import hmac
import json
import time
from typing import Any
from urllib.parse import parse_qsl

import pytest
from joserfc.jwk import RSAKey
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response

from host.auth.providers import outgoing
from host.testing.host import TestHost
from tests.contract.answers import error
from tests.federation.conftest import agreed, fragment, sent_away, signed_in, through
from tests.servers.providers import CLIENT, Providers, never

TOKEN = "/openid/token"
KEYS = "/openid/jwks"
CONFIGURATION = "/openid/.well-known/openid-configuration"


async def test_code_pkce_state_and_nonce_go_along(here: TestHost, providers: Providers) -> None:
    url = await sent_away(here)
    for part in ("response_type=code", "code_challenge_method=S256", "state=", "nonce="):
        assert part in url
    back = await agreed(url)
    assert "access_token" in fragment(await here.client.get(back))
    # The provider compares the verifier with the challenge, and refuses what does not fit.
    assert len(providers.sent[TOKEN]["code_verifier"]) >= 43


WRONG: tuple[dict[str, Any], ...] = (
    {"iss": "https://elsewhere.example"},
    {"iss": None},
    {"aud": "another-host"},
    {"aud": None},
    {"aud": [CLIENT, "another-host"]},
    {"azp": "another-host"},
    {"nonce": "of another sign-in"},
    {"nonce": None},
    {"exp": 1},
    {"exp": None},
    {"iat": int(time.time()) + 3600},
    {"sub": ""},
    {"sub": None},
    {"sub": "x" * 256},
    {"sub": "a\u0000b"},
)


async def test_an_id_token_that_is_not_for_this_sign_in_opens_nothing(
    here: TestHost, providers: Providers
) -> None:
    for providers.claims in WRONG:
        answer = await through(here)
        assert answer.status_code in (401, 503), providers.claims
        assert answer.json()["error"]["code"] in ("INVALID_CREDENTIALS", "UNAVAILABLE")


async def test_several_audiences_need_a_word_which_of_them_is_meant(
    here: TestHost, providers: Providers
) -> None:
    providers.claims = {"aud": [CLIENT, "another-host"], "azp": CLIENT}
    assert "access_token" in fragment(await through(here))


async def test_a_signature_of_anybody_else_opens_nothing(
    here: TestHost, providers: Providers
) -> None:
    kept = providers.key
    try:
        providers.key = RSAKey.generate_key(2048, {"kid": "first"})
        error(await through(here), 401, "INVALID_CREDENTIALS")
        providers.key = RSAKey.generate_key(2048, {"kid": "unheard-of"})
        error(await through(here), 401, "INVALID_CREDENTIALS")
    finally:
        providers.key = kept


@pytest.mark.parametrize("algorithm", ["none", "HS256"])
async def test_a_token_without_a_signature_of_the_issuer_opens_nothing(
    here: TestHost, providers: Providers, algorithm: str
) -> None:
    """HS256 with the public key as the secret: the old confusion of keys."""
    url = await sent_away(here)
    now = int(time.time())
    claims = {"iss": f"{providers.url}/openid", "aud": CLIENT, "sub": "1", "iat": now}
    claims |= {"exp": now + 300, "nonce": dict(parse_qsl(url))["nonce"]}
    parts = [_b64({"alg": algorithm, "kid": "first"}), _b64(claims)]
    public = providers.key.as_pem(private=False)
    signature = hmac.digest(public, ".".join(parts).encode(), "sha256")
    parts.append(_b64(signature) if algorithm == "HS256" else "")

    async def forged(request: Request) -> Response:
        token = {"access_token": "x", "token_type": "Bearer", "id_token": ".".join(parts)}
        return JSONResponse(token)

    providers.answers[TOKEN] = forged
    error(await here.client.get(await agreed(url)), 401, "INVALID_CREDENTIALS")


def _b64(value: object) -> str:
    raw = value if isinstance(value, bytes) else json.dumps(value).encode()
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


async def test_addresses_and_keys_are_kept_and_a_new_key_is_fetched(
    here: TestHost, providers: Providers
) -> None:
    kept = providers.key
    await through(here)
    await through(here)
    assert providers.asked.count(CONFIGURATION) == providers.asked.count(KEYS) == 1
    try:
        providers.key = RSAKey.generate_key(2048, {"kid": "second"})
        providers.published = [kept, providers.key]
        assert "access_token" in fragment(await through(here))
        assert "access_token" in fragment(await through(here))
        assert providers.asked.count(CONFIGURATION) == 1
        assert providers.asked.count(KEYS) == 2
    finally:
        providers.key, providers.published = kept, [kept]


async def test_an_address_that_is_not_in_the_id_token_is_asked_for(
    here: TestHost, providers: Providers
) -> None:
    providers.person = {"id": "1", "email": "Ann@Example.com", "email_verified": True}
    person = await signed_in(here, await through(here))
    assert (await person.get("/auth/me"))["email"] == "ann@example.com"


async def _lies(request: Request) -> Response:
    return JSONResponse({"sub": "2", "email": "ann@example.com", "email_verified": True})


async def _another(request: Request) -> Response:
    return JSONResponse({"issuer": "https://elsewhere.example"})


async def _endless(request: Request) -> Response:
    return Response(b"[" * 10_000_000, media_type="application/json")


async def _nested(request: Request) -> Response:
    return Response(b"[" * 100_000, media_type="application/json")


async def _page(request: Request) -> Response:
    return Response("<h1>Down for maintenance</h1>", media_type="text/html")


async def _fails(request: Request) -> Response:
    return Response("no", 500)


async def _list(request: Request) -> Response:
    return JSONResponse(["access_token"])


async def _elsewhere(request: Request) -> Response:
    return RedirectResponse("http://127.0.0.1:1/")


async def _packed(request: Request) -> Response:
    return Response(b"x" * 100, headers={"content-encoding": "gzip"})


async def _no_secret(request: Request) -> Response:
    return JSONResponse({"error": "invalid_client"}, 401)


async def test_who_the_token_is_of_and_who_is_told_of_must_be_one(
    here: TestHost, providers: Providers
) -> None:
    providers.answers["/openid/userinfo"] = _lies
    error(await through(here), 401, "INVALID_CREDENTIALS")


@pytest.mark.parametrize("path", [CONFIGURATION, TOKEN, KEYS, "/openid/userinfo"])
async def test_an_answer_that_is_none_is_told_as_the_providers_fault(
    here: TestHost, providers: Providers, path: str
) -> None:
    for answer in (_endless, _nested, _page, _fails, _list, _elsewhere, _packed):
        if path == CONFIGURATION:
            providers.answers[path] = answer
            refused = await here.nobody.call("GET", "/auth/acme/url")
        else:
            url = await sent_away(here)
            providers.answers[path] = answer
            refused = await here.client.get(await agreed(url))
        error(refused, 503, "UNAVAILABLE")


async def test_a_provider_that_says_nothing_is_not_waited_for(
    here: TestHost, providers: Providers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outgoing, "SECONDS", 0.2)
    providers.answers[CONFIGURATION] = never
    error(await here.nobody.call("GET", "/auth/acme/url"), 503, "UNAVAILABLE")


async def test_an_issuer_of_another_name_is_not_spoken_to(
    here: TestHost, providers: Providers
) -> None:
    providers.answers[CONFIGURATION] = _another
    error(await here.nobody.call("GET", "/auth/acme/url"), 503, "UNAVAILABLE")


async def test_settings_that_the_provider_refuses_are_not_the_persons_fault(
    here: TestHost, providers: Providers
) -> None:
    url = await sent_away(here)
    providers.answers[TOKEN] = _no_secret
    error(await here.client.get(await agreed(url)), 503, "UNAVAILABLE")


async def test_the_answer_of_another_issuer_is_refused(here: TestHost) -> None:
    """RFC 9207"""
    back = await agreed(await sent_away(here))
    answer = await here.client.get(f"{back}&iss=https://elsewhere.example")
    error(answer, 401, "INVALID_CREDENTIALS")
