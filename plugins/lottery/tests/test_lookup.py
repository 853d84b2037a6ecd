"""The beacon's answer: only that of the round that was asked for, and as drand defines it."""

from __future__ import annotations

import hashlib
import json
from typing import Any

import pytest

from festoon_lottery import lookup

SIGNATURE = bytes(range(48))
RANDOMNESS = hashlib.sha256(SIGNATURE).digest()
RIGHT = {"round": 7, "randomness": RANDOMNESS.hex(), "signature": SIGNATURE.hex()}


def test_a_right_answer_is_the_rounds_randomness() -> None:
    more = {**RIGHT, "previous_signature": "00"}
    assert lookup.read(json.dumps(more).encode(), 7) == RANDOMNESS


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({"round": 8}, "another"),
        ({"round": "7"}, "another"),
        ({"round": True}, "another"),
        ({"randomness": "00" * 32}, "not the SHA-256"),
        ({"randomness": RANDOMNESS.hex()[:-2]}, "lacks"),
        ({"randomness": None}, "lacks"),
        ({"signature": ""}, "lacks"),
        ({"signature": "zz"}, "lacks"),
        ({"signature": SIGNATURE.hex() + "0"}, "lacks"),
        ({"signature": "00" * 48}, "not the SHA-256"),
    ],
)
def test_an_answer_that_is_not_right_is_none(changed: dict[str, Any], why: str) -> None:
    with pytest.raises(lookup.Unanswered, match=why):
        lookup.read(json.dumps({**RIGHT, **changed}).encode(), 7)


@pytest.mark.parametrize("content", [b"", b"<html>", b"[1]", b"\xff", b"[" * 100_000, b"NaN"])
def test_rubbish_is_none_either(content: bytes) -> None:
    with pytest.raises(lookup.Unanswered, match="no JSON object"):
        lookup.read(content, 7)
