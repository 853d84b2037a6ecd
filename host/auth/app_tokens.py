"""Tokens of applications that run as services: signed, an hour, and a user's by no reading."""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import OctKey

from host.auth.tokens import ALGORITHM, Tokens
from host.errors import Unauthorized
from host.ids import Sources

TYPE = "app+jwt"
APP_SECONDS = 3600
"""How long a token lives, and no longer than the secret that it was given for."""
KEPT = 1_000
"""How many verified tokens are known."""
_HEADER = {"alg": ALGORITHM, "typ": TYPE}


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
        self._key = OctKey.import_key(tokens.derive_key("app-token"))
        self._issuer = issuer
        self._sources = sources
        self._head = jwt.encode(_HEADER, {}, self._key).partition(".")[0] + "."
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
        return jwt.encode(_HEADER, claims, self._key, algorithms=[ALGORITHM]), expires - now

    def looks_like_one(self, token: str) -> bool:
        """Whether a bearer token says that it is an application's; `read` says if it is."""
        return token.startswith(self._head)

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
        try:
            decoded = jwt.decode(token, self._key, algorithms=[ALGORITHM])
        except (JoseError, ValueError) as error:
            raise Unauthorized("The application's token is not valid.") from error
        found = decoded.claims
        texts = all(isinstance(found.get(name), str) for name in ("sub", "sid"))
        ours = decoded.header.get("typ") == TYPE and found.get("iss") == self._issuer
        if not ours or not texts or type(found.get("exp")) is not int:
            raise Unauthorized("The application's token is not valid.")
        return AppClaims(found["sub"], found["sid"], found["exp"])

    def _now(self) -> int:
        return int(self._sources.now().timestamp())
