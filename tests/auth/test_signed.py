"""host.auth.signed: the tokens are JWT as everybody else reads and writes them."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
from joserfc import jwt
from joserfc.jwk import OctKey

from host.auth.signed import Signature

KEY = bytes(range(32))
CLAIMS: dict[str, Any] = {"iss": "https://festoon.example", "sub": "Zoë", "exp": 1_800_000_000}


@pytest.fixture
def signature() -> Signature:
    return Signature("at+jwt", KEY)


def test_a_library_writes_the_same_and_reads_ours(signature: Signature) -> None:
    key, header = OctKey.import_key(KEY), {"alg": "HS256", "typ": "at+jwt"}
    token = signature.issue(CLAIMS)
    assert jwt.encode(header, CLAIMS, key, algorithms=["HS256"]) == token
    decoded = jwt.decode(token, key, algorithms=["HS256"])
    assert (decoded.header, decoded.claims) == (header, CLAIMS)
    assert signature.read(token) == CLAIMS


@pytest.mark.parametrize(
    "header",
    [
        {"alg": "none", "typ": "at+jwt"},
        {"alg": "HS512", "typ": "at+jwt"},
        {"alg": "HS256", "typ": "app+jwt"},
        {"alg": "HS256"},
        {"alg": "HS256", "typ": "at+jwt", "crit": ["exp"]},
        [],
        "at+jwt",
    ],
)
def test_a_token_of_another_header_is_none_though_the_key_be_right(
    signature: Signature, header: Any
) -> None:
    head = base64.urlsafe_b64encode(json.dumps(header).encode()).rstrip(b"=").decode()
    text = f"{head}.{signature.issue(CLAIMS).split('.')[1]}"
    assert signature.read(f"{text}.{signature._mac(text)}") is None


@pytest.mark.parametrize("body", ["", "A", "AAAA", "WzFd", "MQ", "e30.e30"])
def test_what_is_signed_and_no_object_is_none(signature: Signature, body: str) -> None:
    text = f"{signature.head}.{body}"
    assert signature.read(f"{text}.{signature._mac(text)}") is None


def test_every_letter_of_a_token_counts(signature: Signature) -> None:
    token = signature.issue(CLAIMS)
    for place, letter in enumerate(token):
        other = "B" if letter != "B" else "C"
        assert signature.read(token[:place] + other + token[place + 1 :]) is None
    assert signature.read(token + "=") is None
    assert Signature("at+jwt", KEY[::-1]).read(token) is None
