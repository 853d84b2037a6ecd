"""host.auth.tokens: what is signed here is believed here, and nothing else."""

from __future__ import annotations

import base64
import hmac
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from joserfc import jwt
from joserfc.jwk import OctKey, RSAKey

from host.auth import tokens as module
from host.auth.tokens import ACCESS_SECONDS, Tokens, fingerprint
from host.errors import ConfigurationError, Unauthorized
from host.ids import Sources

SECRET = "a secret key of more than thirty-two characters"
ISSUER = "https://festoon.example"


class Clock:
    def __init__(self) -> None:
        self.moment = datetime(2026, 12, 31, 21, 30, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.moment


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def tokens(clock: Clock) -> Tokens:
    return Tokens(SECRET, ISSUER, Sources(now=clock))


def claims_of(token: str) -> dict[str, Any]:
    payload = token.split(".")[1]
    decoded: dict[str, Any] = json.loads(base64.urlsafe_b64decode(payload + "=="))
    return decoded


def segment(value: dict[str, Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


def signed(tokens: Tokens, header: dict[str, Any], claims: dict[str, Any]) -> str:
    """A token with the right key and whatever header and claims."""
    text = f"{segment(header)}.{segment(claims)}"
    mac = hmac.digest(tokens.derive_key("access-token"), text.encode(), "sha256")
    return f"{text}.{base64.urlsafe_b64encode(mac).rstrip(b'=').decode()}"


def test_a_token_says_who_which_session_and_until_when(tokens: Tokens, clock: Clock) -> None:
    token = tokens.issue("user-1", "session-1")
    now = int(clock().timestamp())
    assert claims_of(token) == {
        "iss": ISSUER,
        "sub": "user-1",
        "sid": "session-1",
        "iat": now,
        "exp": now + 3600,
    }
    claims = tokens.read(token)
    assert (claims.user_id, claims.session_id) == ("user-1", "session-1")


@pytest.mark.parametrize("reads_before", [0, 1])
def test_a_token_lives_an_hour_also_when_it_is_kept(
    tokens: Tokens, clock: Clock, reads_before: int
) -> None:
    token = tokens.issue("user-1", "session-1")
    for _ in range(reads_before):
        tokens.read(token)
    clock.moment += timedelta(seconds=ACCESS_SECONDS - 1)
    tokens.read(token)
    clock.moment += timedelta(seconds=1)
    with pytest.raises(Unauthorized, match="expired"):
        tokens.read(token)


def test_a_token_of_another_secret_or_issuer_is_refused(tokens: Tokens, clock: Clock) -> None:
    for other in (
        Tokens(SECRET + "!", ISSUER, Sources(now=clock)),
        Tokens(SECRET, "https://other.example", Sources(now=clock)),
    ):
        with pytest.raises(Unauthorized):
            tokens.read(other.issue("user-1", "session-1"))


@pytest.mark.parametrize(
    "forge",
    [
        lambda good: "",
        lambda good: "x",
        lambda good: "..",
        lambda good: good + "A",
        lambda good: good[:-4] + "AAAA",
        lambda good: good.replace(".", "", 1),
        lambda good: good + "é",
        lambda good: good.rsplit(".", 1)[0] + ".",
        lambda good: segment({"alg": "none", "typ": "at+jwt"}) + "." + good.split(".")[1] + ".",
        lambda good: (
            good.split(".")[0]
            + "."
            + segment({**claims_of(good), "sub": "user-2"})
            + "."
            + good.split(".")[2]
        ),
    ],
)
def test_a_token_that_was_touched_is_refused(tokens: Tokens, forge: Any) -> None:
    good = tokens.issue("user-1", "session-1")
    tokens.read(good)
    with pytest.raises(Unauthorized):
        tokens.read(forge(good))


def test_only_hs256_is_accepted(tokens: Tokens) -> None:
    claims = claims_of(tokens.issue("user-1", "session-1"))
    key = OctKey.import_key(tokens.derive_key("access-token"))
    stronger = jwt.encode({"alg": "HS512", "typ": "at+jwt"}, claims, key, algorithms=["HS512"])
    rsa = jwt.encode({"alg": "RS256", "typ": "at+jwt"}, claims, RSAKey.generate_key(2048))
    for token in (stronger, rsa):
        with pytest.raises(Unauthorized):
            tokens.read(token)


@pytest.mark.parametrize(
    ("header", "change"),
    [
        ({"typ": "JWT"}, {}),
        ({"crit": ["exp"]}, {}),
        ({}, {"sub": None}),
        ({}, {"sub": 7}),
        ({}, {"sid": ["session-1"]}),
        ({}, {"exp": None}),
        ({}, {"exp": "never"}),
        ({}, {"exp": True}),
        ({}, {"iat": 1.5}),
    ],
)
def test_a_signed_token_of_another_shape_is_refused(
    tokens: Tokens, header: dict[str, Any], change: dict[str, Any]
) -> None:
    claims = claims_of(tokens.issue("user-1", "session-1"))
    usual = {"alg": "HS256", "typ": "at+jwt"}
    assert tokens.read(signed(tokens, usual, claims)).user_id == "user-1"
    with pytest.raises(Unauthorized):
        tokens.read(signed(tokens, usual | header, claims | change))


def test_what_is_kept_is_bounded(tokens: Tokens, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "KEPT", 5)
    issued = [tokens.issue(f"user-{n}", "s") for n in range(20)]
    assert [tokens.read(token).user_id for token in issued] == [f"user-{n}" for n in range(20)]
    assert len(tokens._kept) == 5
    assert tokens.read(issued[0]).user_id == "user-0"


def test_a_short_secret_stops_the_start() -> None:
    with pytest.raises(ConfigurationError, match="FESTOON_SECRET_KEY"):
        Tokens("short", ISSUER, Sources())


def test_each_purpose_has_a_key_of_its_own(tokens: Tokens) -> None:
    keys = {tokens.derive_key("access-token"), tokens.derive_key("csrf"), SECRET.encode()}
    assert len(keys) == 3


def test_a_secret_has_256_bits_and_is_stored_as_its_hash(tokens: Tokens) -> None:
    secret = tokens.new_secret()
    assert len(bytes.fromhex(secret)) == 32
    assert secret != tokens.new_secret()
    assert fingerprint(secret) != secret
    assert len(fingerprint(secret)) == 64


def test_what_is_sealed_is_read_by_this_host_only(tokens: Tokens) -> None:
    sealed = tokens.seal(b'{"refreshToken": "a secret"}')
    assert b"secret" not in sealed
    assert tokens.seal(b'{"refreshToken": "a secret"}') != sealed
    assert tokens.unseal(sealed) == b'{"refreshToken": "a secret"}'
    assert Tokens(SECRET + "!", ISSUER, Sources()).unseal(sealed) is None
    for broken in (b"", b"x", sealed[:-2], sealed[1:], b"{}", b"a.b.c.d.e"):
        assert tokens.unseal(broken) is None
