"""Who the client is signed in as: the tokens, and how they are renewed in time."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from uuid import uuid4

from host.contract import JsonObject
from host.errors import Unauthorized

MARGIN_SECONDS = 60.0
"""A token that has less than this to live is renewed before it is used."""


@dataclass(frozen=True)
class Tokens:
    """An access token, and what it takes to get the next one. `expires_in` in seconds from now."""

    access_token: str
    refresh_token: str | None = None
    expires_in: float | None = None


Refresh = Callable[[str, str], Awaitable[JsonObject]]
"""Exchanges a refresh token, under an idempotency key, for the next tokens."""


class Session:
    """The tokens of now. Calls and sockets that need new ones at once share one renewal."""

    def __init__(
        self,
        refresh: Refresh,
        tokens: Tokens | None,
        keep: Callable[[Tokens], None] | None,
    ) -> None:
        """`keep` is told of all new tokens: who keeps them must keep each one, they rotate."""
        self._refresh = refresh
        self._keep = keep
        self._lock = asyncio.Lock()
        self._key: str | None = None
        self.tokens: Tokens | None = None
        self._stale_at = float("inf")
        if tokens is not None:
            self._set(tokens)

    def sign_in(self, answer: JsonObject) -> None:
        """Takes the tokens of an answer to a sign-in."""
        tokens = Tokens(answer["accessToken"], answer["refreshToken"], answer["expiresIn"])
        self._set(tokens)
        if self._keep is not None:
            self._keep(tokens)

    def sign_out(self) -> None:
        """Forgets the tokens."""
        self.tokens = None

    async def token(self) -> str | None:
        """An access token that is good for a while, or None if nobody is signed in."""
        tokens = self.tokens
        if tokens is None:
            return None
        if tokens.refresh_token is None or time.monotonic() < self._stale_at:
            return tokens.access_token
        return await self.renew(tokens.access_token)

    async def renew(self, refused: str) -> str:
        """Another access token than the one that was refused, or raises `Unauthorized`."""
        async with self._lock:
            tokens = self.tokens
            if tokens is None or tokens.refresh_token is None:
                raise Unauthorized("The sign-in has ended, and there is no token to renew it.")
            if tokens.access_token != refused:
                return tokens.access_token
            # One key for one refresh token: if the answer is lost, the next try gets the same
            # answer instead of ending the session by a second use of the token.
            self._key = self._key or uuid4().hex
            self.sign_in(await self._refresh(tokens.refresh_token, self._key))
            assert self.tokens is not None
            return self.tokens.access_token

    def _set(self, tokens: Tokens) -> None:
        self.tokens = tokens
        self._key = None
        if tokens.expires_in is None:
            self._stale_at = float("inf")
        else:
            margin = min(MARGIN_SECONDS, tokens.expires_in / 10)
            self._stale_at = time.monotonic() + tokens.expires_in - margin
