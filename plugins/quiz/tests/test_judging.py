"""What is right, in every kind of question."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from festoon_quiz.rules.judging import check_answer, judge, settle
from festoon_quiz.rules.questions import Question, question

CITIES = ["Oslo", "Paris", "Rome", "Bern"]


def asked(kind: str, **more: Any) -> Question:
    if kind in ("one", "several", "poll"):
        more = {"options": CITIES, **more}
    return question({"text": "?", "kind": kind, "right": ["Paris"], **more})


def is_right(it: Question, answer: Any) -> bool | None:
    return judge(it, check_answer(it, answer)).right


def test_an_option_is_named_by_its_place_or_its_text() -> None:
    one = asked("one")
    assert check_answer(one, 1) == check_answer(one, "Paris") == "Paris"
    assert is_right(one, 1) is True
    assert is_right(one, "Rome") is False


def test_of_several_exactly_the_right_ones_are_right() -> None:
    several = asked("several", right=["Rome", "Oslo"])
    assert check_answer(several, [2, "Oslo"]) == ["Oslo", "Rome"]
    assert is_right(several, [0, 2]) is True
    assert is_right(several, [0]) is False
    assert is_right(several, [0, 1, 2]) is False


def test_true_is_true() -> None:
    assert is_right(asked("truth", right=["true"]), True) is True
    assert is_right(asked("truth", right=["False"]), False) is True
    assert is_right(asked("truth", right=["false"]), True) is False


@pytest.mark.parametrize(
    "typed",
    ["São Paulo", "sao paulo", " SAO  PAULO ", "Sa\u0303o Paulo", "Sampa", "sao\u00a0paulo"],
)
def test_spaces_case_and_accents_do_not_count_where_people_type(typed: str) -> None:
    assert is_right(asked("typed", right=["São Paulo", "Sampa"]), typed) is True


@pytest.mark.parametrize(
    ("accepted", "typed"),
    [("Łódź", "lodz"), ("Tromsø", "Tromso"), ("Straße", "STRASSE"), ("O’Hara", "o'hara")],
)
def test_letters_that_not_everybody_has_on_the_phone_count_as_the_nearest(
    accepted: str, typed: str
) -> None:
    assert is_right(asked("typed", right=[accepted]), typed) is True


def test_case_and_accents_count_where_the_organizer_says_so() -> None:
    assert is_right(asked("typed", right=["pH"], caseMatters=True), "Ph") is False
    assert is_right(asked("typed", right=["pH"], caseMatters=True), " pH ") is True
    assert is_right(asked("typed", right=["été"], accentsMatter=True), "ete") is False
    assert is_right(asked("typed", right=["été"], accentsMatter=True), "ÉTE\u0301") is True
    assert is_right(asked("typed", right=["Bern"]), "Berne") is False


def test_the_nearest_number_wins_and_equal_distances_share() -> None:
    number = asked("number", right=["100"])
    given = {"a": 97, "b": "103,0", "c": 1e3, "d": "-100"}
    judged = {player: judge(number, check_answer(number, it)) for player, it in given.items()}
    assert judged["b"].distance == Decimal(3)
    assert settle(number, judged) == {"a": True, "b": True, "c": False, "d": False}
    assert settle(number, {}) == {}


def test_numbers_are_kept_as_people_write_them() -> None:
    number = asked("number", right=["1"])
    kept = [check_answer(number, it) for it in (12, 0.1, "3,50", " 1 000 ", "−4", -0.0, 1e14)]
    assert kept == ["12", "0.1", "3.5", "1000", "-4", "0", "100000000000000"]


def test_an_order_is_right_as_a_whole_and_never_shown_solved() -> None:
    steps = ["first", "second", "third"]
    order = asked("order", right=steps)
    assert sorted(order.options) == sorted(steps)
    assert list(order.options) != steps
    assert is_right(order, steps) is True
    assert is_right(order, [order.options.index(step) for step in steps]) is True
    assert is_right(order, list(reversed(steps))) is False


def test_a_buzzer_is_judged_by_the_host_and_a_poll_by_nobody() -> None:
    for it, answer in ((asked("buzzer", right=[]), True), (asked("poll", right=[]), 0)):
        assert is_right(it, answer) is None
    buzzer = asked("buzzer", right=[])
    judged = {"a": judge(buzzer, True), "b": judge(buzzer, True), "c": judge(buzzer, True)}
    hands = {"a": False, "b": True}
    assert settle(buzzer, judged, hands) == {"a": False, "b": True, "c": False}
    assert settle(asked("poll"), {"a": judge(asked("poll"), "Oslo")}) == {"a": False}


@pytest.mark.parametrize(
    ("kind", "answer"),
    [
        ("one", 4),
        ("one", -1),
        ("one", True),
        ("one", "Wien"),
        ("one", None),
        ("several", []),
        ("several", "Oslo"),
        ("several", [0, "Oslo"]),
        ("several", [[0]]),
        ("truth", "true"),
        ("truth", 1),
        ("typed", "  "),
        ("typed", "x" * 121),
        ("typed", 12),
        ("number", "many"),
        ("number", float("nan")),
        ("number", "1e400"),
        ("number", True),
        ("buzzer", False),
        ("poll", "Wien"),
    ],
)
def test_an_answer_of_the_wrong_shape_is_refused_in_words(kind: str, answer: Any) -> None:
    right = {"number": ["1"], "truth": ["true"]}.get(kind, ["Paris"])
    with pytest.raises(ValueError, match=r"^[A-Z].*\.$"):
        check_answer(asked(kind, right=right), answer)


@pytest.mark.parametrize("answer", [["a", "b"], ["a", "b", "b"], [0, 1, 2, 0], "a"])
def test_an_order_needs_everything_once(answer: Any) -> None:
    with pytest.raises(ValueError, match=r"^[A-Z].*\.$"):
        check_answer(asked("order", right=["a", "b", "c"]), answer)
