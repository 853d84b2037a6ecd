"""Tokens of applications that run as services: signed, an hour, and a user's by no reading."""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from host.auth.signed import Signature
from host.auth.tokens import Tokens
from host.errors import Unauthorized
from host.ids import Sources

TYPE = "app+jwt"
APP_SECONDS = 3600
"""How long a token lives, and no longer than the secret that it was given for."""
KEPT = 1_000
"""How many verified tokens are known."""


@dataclass(frozen=True, slots=True)
class AppClaims:
    """What a token says: whose it is, for which secret it was given, until when (Unix seconds)."""

    app_id: str
    secret_id: str
    expires_at: int


class AppTokens:
    """Signs and verifies, by a key of its own: no user's token passes here, and none of these
    passes for a user's.
    """

    def __init__(self, tokens: Tokens, issuer: str, sources: Sources) -> None:
        """`issuer` as for `Tokens`."""
        self._signature = Signature(TYPE, tokens.derive_key("app-token"))
        self._issuer = issuer
        self._sources = sources
        self._kept: OrderedDict[bytes, AppClaims] = OrderedDict()

    def issue(self, app_id: str, secret_id: str, ends_at: datetime | None) -> tuple[str, int]:
        """A token, and how many seconds it lives; never past `ends_at`, the secret's end."""
        now = self._now()
        expires = now + APP_SECONDS
        if ends_at is not None:
            expires = min(expires, int(ends_at.timestamp()))
        claims = {
            "iss": self._issuer,
            "sub": app_id,
            "sid": secret_id,
            "iat": now,
            "exp": expires,
        }
        return self._signature.issue(claims), expires - now

    def looks_like_one(self, token: str) -> bool:
        """Whether a bearer token says that it is an application's; `read` says if it is."""
        return token.startswith(f"{self._signature.head}.")

    def read(self, token: str) -> AppClaims:
        """The claims of a token of ours; Unauthorized when it is forged, foreign or expired.

        Whether the application and its secret are still good is not known here.
        """
        key = hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()
        claims = self._kept.get(key)
        if claims is None:
            claims = self._kept[key] = self._verify(token)
            if len(self._kept) > KEPT:
                self._kept.popitem(last=False)
        if claims.expires_at <= self._now():
            self._kept.pop(key, None)
            raise Unauthorized(
                "The application's token has expired. Get a new one with POST /apps/token."
            )
        return claims

    def _verify(self, token: str) -> AppClaims:
        found = self._signature.read(token)
        if found is None or found.get("iss") != self._issuer or not _well_formed(found):
            raise Unauthorized("The application's token is not valid.")
        return AppClaims(found["sub"], found["sid"], found["exp"])

    def _now(self) -> int:
        return int(self._sources.now().timestamp())


def _well_formed(claims: dict[str, Any]) -> bool:
    texts = all(isinstance(claims.get(name), str) for name in ("sub", "sid"))
    return texts and type(claims.get("exp")) is int
