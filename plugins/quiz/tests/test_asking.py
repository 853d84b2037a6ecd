"""Questions as they are asked in a game, and answers as clients send them."""

from __future__ import annotations

from typing import Any

import pytest

from festoon_quiz.asking import asked, read_answer, seed
from festoon_quiz.names import checked, folded, given
from host import ValidationFailed

CITIES = ["Auckland", "Kiritimati", "Tokyo", "Sydney", "Oslo", "Rome"]


def content(question: dict[str, Any], **settings: Any) -> dict[str, Any]:
    return {"settings": settings, "questions": [{"text": "Which?", **question}]}


def test_a_room_from_before_0_2_is_asked_as_it_was_meant() -> None:
    old = content({"kind": "one", "options": CITIES, "right": ["Oslo"]}, mode="even")
    assert asked(old, 0, "x").mode == "accuracy"


def test_options_are_mixed_the_same_for_all_and_anew_for_each_round() -> None:
    mixed = content({"kind": "poll", "options": CITIES}, shuffleOptions=True)
    orders = {asked(mixed, 0, seed("game", number)).options for number in range(1, 20)}
    assert len(orders) > 10
    assert asked(mixed, 0, "a") == asked(mixed, 0, "a")


def test_an_option_may_be_named_by_its_place() -> None:
    one = asked(content({"kind": "one", "options": CITIES, "right": ["Oslo"]}), 0, "x")
    assert read_answer(one, 4) == read_answer(one, "Oslo") == "Oslo"
    several = asked(content({"kind": "several", "options": CITIES, "right": ["Oslo"]}), 0, "x")
    assert read_answer(several, [0, 2]) == ["Auckland", "Tokyo"]
    for bad in (-1, 6, True, None, "Paris", {}, [[]]):
        with pytest.raises(ValidationFailed):
            read_answer(one, bad)


def test_names_that_read_alike_are_told_apart_and_bad_ones_replaced() -> None:
    taken = {folded("Jos\u00e9")}
    assert given("jose", [], taken) == "jose 2"
    assert given("  ", [], set()) == "Player 1"
    assert given("x" * 99, [], set()) == "x" * 30
    assert given("A heck of a name", ["h\u00e9ck"], {folded("Player 1")}) == "Player 2"
    assert checked(" Anna   Maria ", []) == "Anna Maria"
    for bad in ("", "!!!", "x" * 31, "a\u202eb", 7):
        with pytest.raises(ValueError, match="name"):
            checked(bad, [])
