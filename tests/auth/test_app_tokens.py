"""Tokens of applications: of a kind of their own, and no longer than their secret."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from host.auth.app_tokens import APP_SECONDS, AppTokens
from host.auth.tokens import Tokens
from host.errors import Unauthorized
from host.ids import Sources

ISSUER = "http://host.example"
KEY = "the key of one host, of 32 characters"
START = datetime(2026, 12, 31, 20, tzinfo=UTC)


class Clock:
    """A clock that stands still until it is moved."""

    def __init__(self) -> None:
        self.moment = START
        self.sources = Sources(now=lambda: self.moment)


def made(clock: Clock, key: str = KEY, issuer: str = ISSUER) -> tuple[Tokens, AppTokens]:
    tokens = Tokens(key, issuer, clock.sources)
    return tokens, AppTokens(tokens, issuer, clock.sources)


def test_a_token_says_whose_it_is_for_an_hour() -> None:
    clock = Clock()
    _, ours = made(clock)
    token, seconds = ours.issue("tombola", "secret-1", None)
    assert seconds == APP_SECONDS == 3600
    claims = ours.read(token)
    assert (claims.app_id, claims.secret_id) == ("tombola", "secret-1")
    clock.moment += timedelta(seconds=3599)
    assert ours.read(token) == claims
    clock.moment += timedelta(seconds=1)
    with pytest.raises(Unauthorized, match="POST /apps/token"):
        ours.read(token)


def test_a_token_ends_with_the_secret_that_it_was_given_for() -> None:
    clock = Clock()
    _, ours = made(clock)
    token, seconds = ours.issue("tombola", "secret-1", START + timedelta(minutes=5))
    assert seconds == 300
    clock.moment += timedelta(seconds=300)
    with pytest.raises(Unauthorized):
        ours.read(token)


def test_no_token_passes_for_one_of_another_kind_or_host() -> None:
    clock = Clock()
    users, ours = made(clock)
    of_user, (of_app, _) = users.issue("ann", "session-1"), ours.issue("tombola", "s", None)
    assert ours.looks_like_one(of_app)
    assert not ours.looks_like_one(of_user)
    with pytest.raises(Unauthorized):
        users.read(of_app)
    with pytest.raises(Unauthorized):
        ours.read(of_user)
    _, other_key = made(clock, "another key, which is of 32 letters")
    _, other_issuer = made(clock, issuer="http://other.example")
    for theirs in (other_key, other_issuer):
        with pytest.raises(Unauthorized):
            ours.read(theirs.issue("tombola", "s", None)[0])
    # The user's claims under the head of an application's, and the other way round.
    head, _, rest = of_app.partition(".")
    for forged in (f"{head}.{of_user.partition('.')[2]}", f"{head}.{rest[:-2]}AA", head, "é"):
        with pytest.raises(Unauthorized):
            ours.read(forged)
