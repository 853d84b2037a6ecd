"""Versions come in the order of Semantic Versioning, and settings change by JSON Merge Patch."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest

from host.apps.patches import patch_to, patched
from host.apps.versions import is_greater, newest, precedence

RISING = (
    *("no version", "0.0.9", "0.1.0", "1.0.0-1", "1.0.0-2", "1.0.0-11", "1.0.0-alpha"),
    *("1.0.0-alpha.1", "1.0.0-alpha.beta", "1.0.0-beta", "1.0.0-beta.2", "1.0.0-beta.11"),
    *("1.0.0-rc.1", "1.0.0", "1.9.0", "1.10.0", "2.0.0"),
)


def test_versions_rise_as_semantic_versioning_says() -> None:
    for lower, higher in pairwise(RISING):
        assert is_greater(higher, lower), (lower, higher)
        assert not is_greater(lower, higher), (lower, higher)
    assert sorted(RISING, key=precedence) == list(RISING)
    assert newest(reversed(RISING)) == "2.0.0"
    assert newest([]) is None


def test_what_was_built_of_a_version_makes_it_no_other() -> None:
    assert not is_greater("1.0.0+2", "1.0.0+1")
    assert not is_greater("1.0.0+1", "1.0.0")


@pytest.mark.parametrize(
    ("value", "patch", "result"),
    [
        # The examples of RFC 7396, appendix A, whose target and patch are objects.
        ({"a": "b"}, {"a": "c"}, {"a": "c"}),
        ({"a": "b"}, {"b": "c"}, {"a": "b", "b": "c"}),
        ({"a": "b"}, {"a": None}, {}),
        ({"a": "b", "b": "c"}, {"a": None}, {"b": "c"}),
        ({"a": ["b"]}, {"a": "c"}, {"a": "c"}),
        ({"a": "c"}, {"a": ["b"]}, {"a": ["b"]}),
        ({"a": {"b": "c"}}, {"a": {"b": "d", "c": None}}, {"a": {"b": "d"}}),
        ({"a": [{"b": "c"}]}, {"a": [1]}, {"a": [1]}),
        ({"e": None}, {"a": 1}, {"e": None, "a": 1}),
        ({}, {"a": {"bb": {"ccc": None}}}, {"a": {"bb": {}}}),
    ],
)
def test_a_patch_merges_as_rfc_7396_says(value: Any, patch: Any, result: Any) -> None:
    before = repr(value)
    assert patched(value, patch) == result
    assert repr(value) == before
    assert patched(value, patch_to(value, result)) == result
