"""A question that is sent ahead, closed, and opened by a key that is told later.

From SHA-256 alone: a phone on plain http has no WebCrypto. `static/seal.js` is the twin.
"""

from __future__ import annotations

from typing import Any

KEY_BYTES = 32


def seal(content: dict[str, Any], key: bytes) -> str:
    """Closes JSON with a key of 32 random bytes that closes nothing else. Text (base64url)."""
    raise NotImplementedError


def unseal(sealed: str, key: bytes) -> dict[str, Any]:
    """Opens it; raises `ValueError` where the key is another or a byte was changed."""
    raise NotImplementedError


def key_text(key: bytes) -> str:
    """The key as it is told in `quiz:phase`: base64url without padding."""
    raise NotImplementedError


def key_bytes(text: str) -> bytes:
    """The other way round; raises `ValueError` for what is no key."""
    raise NotImplementedError
