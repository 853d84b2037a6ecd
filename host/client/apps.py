"""How an application that is a service of its own says who it is: its secret, and what it gives."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from host.contract import JsonObject

MARGIN_SECONDS = 60.0
"""A token that has less than this to live is not used any more."""


@dataclass(frozen=True)
class AppKey:
    """An application's id, and the secret that it was shown when it was registered."""

    app_id: str
    secret: str = field(repr=False)


class AppSession:
    """The application's token of now; calls that need one at once share one request for it."""

    def __init__(self, key: AppKey, ask: Callable[[JsonObject], Awaitable[JsonObject]]) -> None:
        """`ask` makes the call for a token."""
        self._key = key
        self._ask = ask
        self._lock = asyncio.Lock()
        self._token: str | None = None
        self._stale_at = 0.0

    async def token(self) -> str:
        """A token that is good for a while. Raises `InvalidCredentials` for a wrong secret."""
        async with self._lock:
            if self._token is None or time.monotonic() >= self._stale_at:
                body = {"appId": self._key.app_id, "appSecret": self._key.secret}
                given = await self._ask(body)
                margin = min(MARGIN_SECONDS, given["expiresIn"] / 10)
                self._stale_at = time.monotonic() + given["expiresIn"] - margin
                self._token = given["accessToken"]
            return self._token

    def forget(self, refused: str) -> None:
        """What was refused is not used again."""
        if self._token == refused:
            self._token = None

    def headers(self, token: str, *, for_user: bool) -> dict[str, str]:
        """What goes with the bearer token: the user's, or else the application's own."""
        named = {"X-App-Id": self._key.app_id}
        return {**named, "X-App-Token": token} if for_user else named
