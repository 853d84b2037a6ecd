"""Who signs is known by the library that services use; who tampers, or sends again, is too."""

from __future__ import annotations

from base64 import b64encode
from datetime import UTC, datetime, timedelta

import pytest
from standardwebhooks import Webhook, WebhookVerificationError

from host.apps.remote.signing import signed_headers

KEY, OLDER = bytes(range(32)), bytes(reversed(range(32)))
BODY = '{"hook": "select_winner", "name": "Łódź 🎄"}'.encode()


def _webhook(key: bytes) -> Webhook:
    return Webhook(f"whsec_{b64encode(key).decode()}")


def _signed(at: datetime | None = None, *keys: bytes) -> dict[str, str]:
    return signed_headers(keys or (KEY,), "01abc", at or datetime.now(UTC), BODY)


def test_the_library_takes_the_signature() -> None:
    assert _webhook(KEY).verify(BODY, _signed())["hook"] == "select_winner"


def test_while_the_secret_is_changed_both_hold() -> None:
    headers = _signed(None, KEY, OLDER)
    for key in (KEY, OLDER):
        _webhook(key).verify(BODY, headers)


@pytest.mark.parametrize("changed", ["body", "webhook-id", "webhook-timestamp", "key"])
def test_whatever_is_changed_the_library_notices(changed: str) -> None:
    headers, body, key = _signed(), BODY, KEY
    if changed == "body":
        body = BODY.replace(b"winner", b"loser!")
    elif changed == "key":
        key = OLDER
    else:
        headers[changed] = {"webhook-id": "01abd"}.get(changed) or str(int(headers[changed]) + 1)
    with pytest.raises(WebhookVerificationError):
        _webhook(key).verify(body, headers)


def test_a_call_that_is_sent_again_later_is_refused() -> None:
    with pytest.raises(WebhookVerificationError, match="too old"):
        _webhook(KEY).verify(BODY, _signed(datetime.now(UTC) - timedelta(minutes=6)))
