"""Our own signed tokens: JWT in the compact form, HS256, and a `typ` for each kind.

Written and read here, by the standard library: they need nothing but one HMAC, and a JOSE library
brings all of cryptography's algorithms along, 9 MB in each process. Tokens of others, and what is
encrypted, stay with such a library.
"""

from __future__ import annotations

import base64
import hmac
import json
from collections.abc import Mapping
from typing import Any

import orjson

ALGORITHM = "HS256"


class Signature:
    """Signs and verifies one kind of token by one key."""

    def __init__(self, kind: str, key: bytes) -> None:
        """`kind` is the header's `typ`; `key` serves for nothing else."""
        self._header = {"typ": kind, "alg": ALGORITHM}
        self._key = key
        self.head = _packed(self._header)
        """How every token of the kind begins, up to the first dot."""

    def issue(self, claims: Mapping[str, Any]) -> str:
        """A token that says `claims`."""
        text = f"{self.head}.{_packed(claims)}"
        return f"{text}.{self._mac(text)}"

    def read(self, token: str) -> dict[str, Any] | None:
        """What a token says; None for one of another key, kind or algorithm, or none at all."""
        text, _, given = token.rpartition(".")
        # Nothing in it is looked at before it is known to be signed by this key.
        if not token.isascii() or not hmac.compare_digest(self._mac(text), given):
            return None
        head, _, body = text.partition(".")
        try:
            if head != self.head and _unpacked(head) != self._header:
                return None
            found = _unpacked(body)
        except ValueError:
            return None
        return found if isinstance(found, dict) else None

    def _mac(self, text: str) -> str:
        return _base64(hmac.digest(self._key, text.encode(), "sha256"))


def _packed(value: Mapping[str, Any]) -> str:
    return _base64(json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode())


def _unpacked(text: str) -> Any:
    return orjson.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))


def _base64(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
