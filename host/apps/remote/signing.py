"""Signatures of the Standard Webhooks scheme (https://www.standardwebhooks.com, version 1.0.0)."""

from __future__ import annotations

import hmac
from base64 import b64encode
from collections.abc import Sequence
from datetime import datetime


def signed_headers(
    keys: Sequence[bytes], message_id: str, at: datetime, body: bytes
) -> dict[str, str]:
    """The three headers by which the receiver knows who sent the body, and when.

    One signature a key, the newest first: while a service changes its secret both hold. The
    receiver refuses a time that is five minutes off, and an id that it has seen.
    """
    timestamp = str(int(at.timestamp()))
    signed = b".".join((message_id.encode(), timestamp.encode(), body))
    signatures = (b64encode(hmac.digest(key, signed, "sha256")).decode() for key in keys)
    return {
        "webhook-id": message_id,
        "webhook-timestamp": timestamp,
        "webhook-signature": " ".join(f"v1,{one}" for one in signatures),
    }
