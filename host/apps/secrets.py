"""The secret that a separate service and the host share, which is kept nowhere.

The service has it to get its tokens, and to know that a delegation call came from the host; the
host needs it to sign those calls (Standard Webhooks). So it is not stored but made again each
time, from the host's one secret key and a salt, and held against the hash that is stored.
"""

from __future__ import annotations

import hmac
import logging
from base64 import b64encode
from dataclasses import dataclass

from host.auth.tokens import Tokens, fingerprint
from host.ids import Sources
from host.store import app_secrets as store
from host.store.app_secrets import KeptSecret
from host.store.engine import Database

log = logging.getLogger("festoon.apps")

PREFIX = "whsec_"
"""Begins a secret, as Standard Webhooks has it; the rest is the signing key in base64."""


@dataclass(frozen=True)
class NewSecret:
    """A secret that was just made: `text` is to be shown once, `kept` to be stored."""

    text: str
    kept: KeptSecret


class AppSecrets:
    """Makes secrets of separate services, and makes them again to sign with."""

    def __init__(self, db: Database, tokens: Tokens, sources: Sources) -> None:
        self._db = db
        self._sources = sources
        self._key = tokens.derive_key("app-secret")

    def new(self, app_id: str) -> NewSecret:
        """A secret that nobody has seen yet; nothing is stored."""
        salt = self._sources.secret(32)
        text = self._text(app_id, salt)
        now = self._sources.now()
        kept = KeptSecret(self._sources.new_id(), app_id, salt, fingerprint(text), now, None)
        return NewSecret(text, kept)

    async def signing_keys(self, app_id: str) -> list[bytes]:
        """The keys to sign calls to the service with, newest first: two while it changes them.

        Each is what follows `whsec_` in the secret, decoded. Empty for an application without
        secrets, and after the host's own secret key was changed: then a new secret is needed.
        """
        async with self._db.read() as connection:
            living = await store.living(connection, app_id, self._sources.now())
        keys = []
        for one in living:
            if fingerprint(self._text(app_id, one.salt)) == one.hash:
                keys.append(self._signing_key(app_id, one.salt))
            else:
                log.error(
                    "the secret of %s was made with another FESTOON_SECRET_KEY; "
                    "make a new one with `festoon apps secret %s`",
                    app_id,
                    app_id,
                )
        return keys

    def _signing_key(self, app_id: str, salt: str) -> bytes:
        return hmac.digest(self._key, f"{app_id}\0{salt}".encode(), "sha256")

    def _text(self, app_id: str, salt: str) -> str:
        return PREFIX + b64encode(self._signing_key(app_id, salt)).decode()
