"""Bytes before they are hashed: two meanings never share them."""

from __future__ import annotations

import hashlib

import pytest

from festoon_lottery.proof.encoding import LARGEST, Plain, canonical, digest, framed
from festoon_lottery.proof.fixed import commitment, identity


def test_a_boundary_cannot_be_moved() -> None:
    assert framed(b"ab", b"c") != framed(b"a", b"bc")
    assert framed(b"", b"a") != framed(b"a", b"")
    salt = bytes(16)
    assert identity(salt, "anna", "maria") != identity(salt, "annam", "aria")


def test_one_purpose_never_answers_for_another() -> None:
    assert len({digest(purpose, bytes(32)) for purpose in ("seed", "rules", "entry", "log")}) == 4
    assert commitment(bytes(32)) != hashlib.sha256(bytes(32)).digest()


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ({"b": 1, "a": [True, False, None]}, '{"a":[true,false,null],"b":1}'),
        # The order is that of UTF-16, in which the tree stands before the ligature.
        ({"\ufb01": 1, "🎄": 2}, '{"🎄":2,"\ufb01":1}'),
        ({"": "ё\u2028\n\x1f/"}, '{"":"ё\u2028\\n\\u001f/"}'),
        (-LARGEST, str(-LARGEST)),
    ],
)
def test_there_is_one_way_to_write_a_value(value: Plain, text: str) -> None:
    assert canonical(value) == text.encode()


@pytest.mark.parametrize("value", [LARGEST + 1, 1.5, {"a": float("nan")}, "\ud800", {"\udfff": 1}])
def test_what_others_would_read_otherwise_is_refused(value: Plain) -> None:
    with pytest.raises(ValueError, match=r"past what|holds no|surrogates"):
        canonical(value)


def test_seeds_and_salts_have_one_length() -> None:
    with pytest.raises(ValueError, match="32"):
        commitment(bytes(31))
    with pytest.raises(ValueError, match="16"):
        identity(bytes(17), "anna", "maria")
