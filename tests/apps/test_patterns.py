"""Patterns of manifests: matched like a browser would, and never for long."""

from __future__ import annotations

import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from host.apps.patterns import MOST_TEXT, PatternError, compiled

ATOMS = st.sampled_from(
    ["a", "b", "ab", ".", "[ab]", "[^a]", "[a-c0-9]", r"\d", r"\w", r"\.", r"\-", "", "-"]
)
PATTERNS = st.recursive(
    ATOMS,
    lambda inner: st.one_of(
        st.lists(inner, min_size=1, max_size=3).map("".join),
        st.tuples(inner, inner).map(lambda two: f"(?:{two[0]}|{two[1]})"),
        st.tuples(inner, st.sampled_from(["*", "+", "?", "{2}", "{1,}", "{0,2}", "*?"])).map(
            lambda two: f"({two[0]}){two[1]}"
        ),
        inner.map(lambda one: f"^{one}"),
        inner.map(lambda one: f"{one}$"),
        inner.map(lambda one: rf"\b{one}"),
    ),
    max_leaves=8,
)


@given(PATTERNS, st.text(alphabet="abc09.-_ ", max_size=12))
def test_matches_what_a_backtracking_matcher_matches(pattern: str, text: str) -> None:
    # `$` of `re` also matches before a line's end; the alphabet has none.
    assert compiled(pattern).matches(text) == bool(re.search(pattern, text, re.ASCII))


@pytest.mark.parametrize(
    "pattern", ["^(a+)+$", "^(a|aa)+$", "(.*a){20}$", "^([a-z]+)*[0-9]$", "(x+x+)+y"]
)
def test_no_text_makes_a_match_take_long(pattern: str) -> None:
    text = ("ax" * MOST_TEXT)[:MOST_TEXT] + "!"
    started = time.process_time()
    compiled(pattern).matches(text)
    assert time.process_time() - started < 5, "years, were it to backtrack"


@pytest.mark.parametrize(
    ("pattern", "text", "matches"),
    [
        ("^#[0-9a-fA-F]{6}$", "#aB12f0", True),
        ("^#[0-9a-fA-F]{6}$", "#aB12f0\n", False),
        ("^[a-z0-9]+(-[a-z0-9]+)*$", "big-hall-2", True),
        ("^[a-z0-9]+(-[a-z0-9]+)*$", "big--hall", False),
        (r"^[^@\s]+@[^@\s]+\.[a-z]{2,}$", "anna@example.org", True),
        (r"^\u0041\x42\t$", "AB\t", True),
        (r"[\d-]", "-", True),
        ("", "anything", True),
        ("^(?:да|нет)$", "нет", True),
        (r"^\w$", "я", False),
    ],
)
def test_reads_the_patterns_that_manifests_have(pattern: str, text: str, matches: bool) -> None:
    assert compiled(pattern).matches(text) is matches


@pytest.mark.parametrize(
    ("pattern", "said"),
    [
        ("(?=a)", "invalid perl operator"),
        (r"(a)\1", "invalid escape sequence"),
        ("a**", "bad repetition operator"),
        ("*a", "no argument for repetition operator"),
        ("[z-a]", "invalid character class range"),
        ("(a", "missing )"),
        ("a)", "unexpected )"),
        ("[a", "missing ]"),
        ("((a{99}){99}){99}", "invalid repetition size"),
        ("a{9999}", "invalid repetition size"),
    ],
)
def test_refuses_what_it_cannot_match_in_time_or_at_all(pattern: str, said: str) -> None:
    with pytest.raises(PatternError, match=re.escape(said)):
        compiled(pattern)
