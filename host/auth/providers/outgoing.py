"""Calls to providers: bounded in time and size, and never on to where they are sent."""

from __future__ import annotations

import asyncio
import logging
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import lru_cache
from typing import Any

import httpx2
from authlib.integrations.base_client import OAuthError
from authlib.integrations.httpx_client import AsyncOAuth2Client
from authlib.oauth2.client import OAuth2Client
from joserfc.errors import JoseError

from host.auth.providers.provider import Answer, Journey, Provider
from host.errors import FestoonError

log = logging.getLogger("festoon.auth")

SECONDS = 10.0
"""How long all calls of one step may take together."""
MOST_BYTES = 256 * 1024
"""The largest answer that is read; a key set of forty keys is a tenth of that."""
REFUSALS = frozenset({"access_denied", "invalid_grant", "expired_token"})
"""Errors of a token endpoint that are about this person's code rather than about our settings."""

_NONE = (ValueError, TypeError, KeyError, AttributeError, RecursionError, JoseError)
"""What Authlib, JSON and key sets make of an answer that is none of what was agreed on."""


class TooLarge(httpx2.TransportError):
    """An answer is larger than any that is of use here."""


class _Bounded(httpx2.AsyncByteStream):
    def __init__(self, stream: httpx2.AsyncByteStream) -> None:
        self._stream = stream

    async def __aiter__(self) -> AsyncIterator[bytes]:
        size = 0
        async for chunk in self._stream:
            size += len(chunk)
            if size > MOST_BYTES:
                raise TooLarge(f"the answer has more than {MOST_BYTES} bytes")
            yield chunk

    async def aclose(self) -> None:
        await self._stream.aclose()


class _Transport(httpx2.AsyncHTTPTransport):
    """A transport whose answers end at `MOST_BYTES`, packed ones not being read at all."""

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        request.headers["Accept-Encoding"] = "identity"
        response = await super().handle_async_request(request)
        if response.headers.get("content-encoding", "identity").lower() != "identity":
            await response.aclose()
            raise TooLarge("the answer is packed, which nobody asked for")
        assert isinstance(response.stream, httpx2.AsyncByteStream)
        response.stream = _Bounded(response.stream)
        return response


@lru_cache(maxsize=1)
def _trusted() -> ssl.SSLContext:
    return httpx2.create_ssl_context(trust_env=False)


def authorization_url(
    provider: Provider, endpoint: str, scopes: str, journey: Journey, **more: str
) -> str:
    """Where to send the browser: with state, PKCE's challenge (S256), and what `more` there is."""
    url, _ = OAuth2Client(
        None,
        client_id=provider.settings.client_id,
        scope=provider.settings.scopes or scopes,
        redirect_uri=journey.redirect_uri,
        code_challenge_method="S256",
    ).create_authorization_url(
        endpoint, state=journey.state, code_verifier=journey.verifier, **more
    )
    return str(url)


@asynccontextmanager
async def client(provider: Provider, proof: str = "none") -> AsyncIterator[AsyncOAuth2Client]:
    """A client for the calls of one step, whose failures are told in the provider's name.

    `proof` is how it shows at the token endpoint that it is this host (RFC 7591, 2). Each step
    has a client of its own, since a client keeps the token that it was given.
    """
    settings = provider.settings
    speaking = AsyncOAuth2Client(
        client_id=settings.client_id,
        client_secret=settings.client_secret or None,
        transport=_Transport(verify=_trusted(), trust_env=False),
        trust_env=False,
        timeout=SECONDS,
        follow_redirects=False,
        headers={"Accept": "application/json"},
        token_endpoint_auth_method=proof,
    )
    try:
        async with asyncio.timeout(SECONDS), speaking:
            yield speaking
    except FestoonError:
        raise
    except OAuthError as error:
        raise _of_provider(provider, error) from error
    except (TimeoutError, httpx2.HTTPError) as error:
        log.warning("%s: %r", provider.id, error)
        late = isinstance(error, TimeoutError | httpx2.TimeoutException)
        raise provider.odd("it does not answer in time" if late else "it fails") from error
    except _NONE as error:
        log.warning("%s: an answer that is none: %r", provider.id, error)
        raise provider.odd("its answer makes no sense") from error


async def exchanged(
    provider: Provider,
    speaking: AsyncOAuth2Client,
    endpoint: str,
    journey: Journey,
    answer: Answer,
    **more: str,
) -> dict[str, Any]:
    """The token that the code of a browser's answer is good for, once."""
    code = answer.get("code")
    if not code:
        raise provider.no("it sent no confirmation along")
    token: dict[str, Any] = await speaking.fetch_token(
        endpoint,
        grant_type="authorization_code",
        code=code,
        redirect_uri=journey.redirect_uri,
        code_verifier=journey.verifier,
        **more,
    )
    return token


async def asked(
    provider: Provider, speaking: AsyncOAuth2Client, method: str, url: str, **options: Any
) -> dict[str, Any]:
    """The JSON object that an address answers; the client's token is not sent by itself."""
    response = await speaking.request(method, url, withhold_token=True, **options)
    if response.status_code != 200:
        log.warning("%s: %s %s answered %s", provider.id, method, url, response.status_code)
        raise provider.odd("it fails")
    found = response.json()
    if not isinstance(found, dict):
        raise TypeError("not a JSON object")
    return found


def _of_provider(provider: Provider, error: OAuthError) -> FestoonError:
    if error.error in REFUSALS:
        return provider.no("its confirmation does not hold (any more)")
    log.error("%s refuses this host: %s %s", provider.id, error.error, error.description)
    return provider.odd("it does not accept this host's settings")
