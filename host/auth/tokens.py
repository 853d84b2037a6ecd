"""Access tokens (signed, an hour), and the opaque secrets of refresh tokens and cookies."""

from __future__ import annotations

import hashlib
import hmac
from collections import OrderedDict
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from host.auth.signed import Signature
from host.errors import ConfigurationError, Unauthorized
from host.ids import Sources

if TYPE_CHECKING:
    from host.auth.sealing import Seal

TYPE = "at+jwt"
ACCESS_SECONDS = 3600
SHORTEST_KEY = 32
KEPT = 1_000
"""How many verified tokens are known; to check one anew takes little, to keep a hall's much."""


@dataclass(frozen=True, slots=True)
class Claims:
    """What an access token says: whose it is, of which session, and when (Unix seconds)."""

    user_id: str
    session_id: str
    issued_at: int
    expires_at: int


def fingerprint(secret: str) -> str:
    """What is stored in place of a secret of 256 random bits: its SHA-256, in hexadecimal.

    Such a secret cannot be guessed, so it needs no slow hash as a password does.
    """
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()


class Tokens:
    """Signs and verifies, by keys derived from the host's one secret."""

    def __init__(self, secret_key: str, issuer: str, sources: Sources) -> None:
        """`issuer` names the host in the `iss` claim; a token of another one is refused."""
        if len(secret_key) < SHORTEST_KEY:
            raise ConfigurationError(
                f"FESTOON_SECRET_KEY must have at least {SHORTEST_KEY} characters"
            )
        self._secret = secret_key.encode()
        self._issuer = issuer
        self._sources = sources
        self._signature = Signature(TYPE, self.derive_key("access-token"))
        self._kept: OrderedDict[bytes, Claims] = OrderedDict()

    def derive_key(self, purpose: str) -> bytes:
        """A key of 256 bits for one purpose, so that no signature serves for two."""
        return hmac.digest(self._secret, f"festoon/{purpose}".encode(), "sha256")

    def issue(self, user_id: str, session_id: str) -> str:
        """An access token (JWT) that lives `ACCESS_SECONDS`."""
        now = self._now()
        claims = {
            "iss": self._issuer,
            "sub": user_id,
            "sid": session_id,
            "iat": now,
            "exp": now + ACCESS_SECONDS,
        }
        return self._signature.issue(claims)

    def read(self, token: str) -> Claims:
        """The claims of a token of ours; Unauthorized when it is forged, foreign or expired.

        Whether its session was ended since is not known here.
        """
        # The token itself would be a third of what is known of somebody.
        key = hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()
        claims = self._kept.get(key)
        if claims is None:
            claims = self._verify(token)
            self._keep(key, claims)
        if claims.expires_at <= self._now():
            self._kept.pop(key, None)
            raise Unauthorized("The access token has expired. Refresh it or sign in again.")
        return claims

    def new_secret(self) -> str:
        """A refresh token or cookie value: 256 random bits."""
        return self._sources.secret(32)

    def seal(self, data: bytes) -> bytes:
        """`data` as only this host can read it: for kept answers, which may hold tokens."""
        return self._seal.close(data)

    def unseal(self, sealed: bytes) -> bytes | None:
        """What `seal` was given; None when it was sealed under another secret, or by nobody."""
        return self._seal.open(sealed)

    @cached_property
    def _seal(self) -> Seal:
        # Its library is large, and most processes never seal anything.
        from host.auth.sealing import Seal

        return Seal(self.derive_key("seal"))

    def _verify(self, token: str) -> Claims:
        found = self._signature.read(token)
        if found is None or found.get("iss") != self._issuer or not _well_formed(found):
            raise Unauthorized("The access token is not valid.")
        return Claims(found["sub"], found["sid"], found["iat"], found["exp"])

    def _keep(self, key: bytes, claims: Claims) -> None:
        self._kept[key] = claims
        if len(self._kept) > KEPT:
            self._kept.popitem(last=False)

    def _now(self) -> int:
        return int(self._sources.now().timestamp())


def _well_formed(claims: dict[str, Any]) -> bool:
    get = claims.get
    return (
        type(get("sub")) is type(get("sid")) is str and type(get("iat")) is type(get("exp")) is int
    )
