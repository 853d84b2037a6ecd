"""What an issuer publishes about itself: its addresses and its keys, kept for a while."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from authlib.integrations.httpx_client import AsyncOAuth2Client
from joserfc.jwk import KeySet

from host.auth.providers.outgoing import asked
from host.auth.providers.provider import Provider

KEPT_SECONDS = 3600.0
WELL_KNOWN = "/.well-known/openid-configuration"


@dataclass(frozen=True)
class Configuration:
    """The addresses of an issuer, and how it wants this host to show who it is."""

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    userinfo_endpoint: str | None
    client_auths: tuple[str, ...]

    def client_auth(self, secret: str) -> str:
        """How the secret is sent: in the body where that is offered, for it needs no encoding."""
        if not secret:
            return "none"
        post = "client_secret_post"
        return post if post in self.client_auths else "client_secret_basic"


class Metadata:
    """Asked for when it is needed first, and anew after an hour. Many at once ask once."""

    def __init__(self, provider: Provider, monotonic: Callable[[], float]) -> None:
        self._provider = provider
        self._monotonic = monotonic
        self._configuration: Configuration | None = None
        self._configured_at = 0.0
        self._keys: KeySet | None = None
        self._keys_at = 0.0
        self._asking = asyncio.Lock()

    async def configuration(self, speaking: AsyncOAuth2Client) -> Configuration:
        """The issuer's addresses; `Unavailable` where they cannot be had or are another's."""
        async with self._asking:
            kept = self._configuration
            if kept is not None and self._monotonic() - self._configured_at < KEPT_SECONDS:
                return kept
            url = self._provider.settings.issuer.rstrip("/") + WELL_KNOWN
            found = self._read(await asked(self._provider, speaking, "GET", url))
            self._configuration, self._configured_at = found, self._monotonic()
            return found

    async def keys(self, speaking: AsyncOAuth2Client, *, anew: bool = False) -> KeySet:
        """The issuer's keys; `anew` for a token that none of the kept ones has signed."""
        url = (await self.configuration(speaking)).jwks_uri
        seen = self._keys
        async with self._asking:
            kept = self._keys
            fresh = kept is not None and self._monotonic() - self._keys_at < KEPT_SECONDS
            # Somebody else may have asked anew while this one waited.
            if kept is not None and fresh and (not anew or kept is not seen):
                return kept
            found: Any = await asked(self._provider, speaking, "GET", url)
            keys = KeySet.import_key_set(found)
            self._keys, self._keys_at = keys, self._monotonic()
            return keys

    def _read(self, told: dict[str, Any]) -> Configuration:
        issuer, wanted = told["issuer"], self._provider.settings.issuer
        if not isinstance(issuer, str) or issuer.rstrip("/") != wanted.rstrip("/"):
            raise self._provider.odd("it calls itself by another name than the settings do")
        more = told.get("userinfo_endpoint")
        return Configuration(
            issuer=issuer,
            authorization_endpoint=self._address(told["authorization_endpoint"]),
            token_endpoint=self._address(told["token_endpoint"]),
            jwks_uri=self._address(told["jwks_uri"]),
            userinfo_endpoint=None if more is None else self._address(more),
            client_auths=tuple(told.get("token_endpoint_auth_methods_supported") or ()),
        )

    def _address(self, told: object) -> str:
        """An address that is at least as secret as the issuer's own."""
        if not isinstance(told, str):
            raise TypeError("an address is no text")
        wanted = urlsplit(self._provider.settings.issuer).scheme
        if urlsplit(told).scheme not in ("https", wanted):
            raise ValueError(f"{told!r} is not https")
        return told
