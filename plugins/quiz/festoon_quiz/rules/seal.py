"""A question that is sent ahead, closed, and opened by a key that is told later.

From SHA-256 alone: a phone on plain http has no WebCrypto. `static/seal.js` is the twin.

`key` is 32 random bytes and closes one question only, so there is no nonce. From it come, by
HMAC-SHA-256 over the ASCII texts `festoon-quiz stream` and `festoon-quiz seal`, one key to hide and
one to authenticate. The text is UTF-8 JSON, filled up with spaces to a multiple of 512 bytes (the
length tells little of what is inside). It is XORed with the blocks HMAC(hiding key, counter in 4
bytes, from 0). The seal is HMAC(authenticating key, hidden bytes). Sent is the base64url, without
padding, of: one byte 1, the hidden bytes, the 32 bytes of the seal.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
from typing import Any

KEY_BYTES = 32
VERSION = b"\x01"
TAG_BYTES = 32
FILLED_TO = 512


def seal(content: dict[str, Any], key: bytes) -> str:
    """Closes JSON with a key of 32 random bytes that closes nothing else. Text (base64url)."""
    plain = json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode()
    plain += b" " * (-len(plain) % FILLED_TO)
    hidden = _hide(plain, key)
    return _text(VERSION + hidden + _tag(hidden, key))


def unseal(sealed: str, key: bytes) -> dict[str, Any]:
    """Opens it; raises `ValueError` where the key is another or a byte was changed."""
    whole = _bytes(sealed)
    hidden, tag = whole[1:-TAG_BYTES], whole[-TAG_BYTES:]
    if whole[:1] != VERSION or len(whole) < 1 + TAG_BYTES:
        raise ValueError("this is no sealed question")
    if not hmac.compare_digest(tag, _tag(hidden, key)):
        raise ValueError("the key does not open this question")
    content: dict[str, Any] = json.loads(_hide(hidden, key))
    return content


def key_text(key: bytes) -> str:
    """The key as it is told in `quiz:phase`: base64url without padding."""
    return _text(key)


def key_bytes(text: str) -> bytes:
    """The other way round; raises `ValueError` for what is no key."""
    key = _bytes(text)
    if len(key) != KEY_BYTES:
        raise ValueError(f"a key has {KEY_BYTES} bytes")
    return key


def _hide(plain: bytes, key: bytes) -> bytes:
    """Hides, and shows again."""
    hiding = _hmac(_whole(key), b"festoon-quiz stream")
    blocks = range(-(-len(plain) // 32))
    stream = b"".join(_hmac(hiding, block.to_bytes(4, "big")) for block in blocks)
    return bytes(a ^ b for a, b in zip(plain, stream, strict=False))


def _tag(hidden: bytes, key: bytes) -> bytes:
    return _hmac(_hmac(_whole(key), b"festoon-quiz seal"), hidden)


def _whole(key: bytes) -> bytes:
    if len(key) != KEY_BYTES:
        raise ValueError(f"a key has {KEY_BYTES} bytes")
    return key


def _hmac(key: bytes, message: bytes) -> bytes:
    return hmac.digest(key, message, hashlib.sha256)


def _text(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def _bytes(text: str) -> bytes:
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError) as problem:
        raise ValueError("this is no base64url") from problem
