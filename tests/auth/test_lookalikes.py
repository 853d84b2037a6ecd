"""Names that look the same have one key, and others have not."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from host.auth.lookalikes import LONGEST_KEY, look, words_in


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Masha", "MASHA"),
        ("Masha", "m a s h a"),
        ("Маша", "Ма\u200bша"),
        ("Masha", "ＭＡＳＨＡ"),
        ("Masha", "𝕸asha"),
        ("Helen", "Нelen"),
        ("Ivan", "lvan"),
        ("Ivan", "iνan"),
        ("Oleg", "0leg"),
        ("paypal", "раураl"),
        ("Straße", "STRASSE"),
    ],
)
def test_names_that_look_the_same_are_one(one: str, other: str) -> None:
    assert look(one) == look(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [("Tina", "Rina"), ("Nina", "Vina"), ("Zoe", "Zoé"), ("Лена", "Пена"), ("Sara", "Fara")],
)
def test_names_that_look_different_are_two(one: str, other: str) -> None:
    assert look(one) != look(other)


@given(st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=80))
def test_whatever_is_typed_has_a_key_that_can_be_kept(text: str) -> None:
    assert len(look(text)) <= LONGEST_KEY
    assert "\x00" not in look(text)


def test_words_are_whole_however_they_are_written() -> None:
    assert words_in("So RUDE!") == words_in("so rude")
    assert words_in("Scunthorpe") == (look("scunthorpe"),)
