"""Questions as the settings have them: what is wrong with one, and what is made of it."""

from __future__ import annotations

from typing import Any

import pytest

from festoon_quiz.rules.questions import problems, questions, shuffled


def of(kind: str, **more: Any) -> dict[str, Any]:
    return {"text": "?", "kind": kind, "right": [], **more}


@pytest.mark.parametrize(
    "good",
    [
        of("truth", right=["true"]),
        of("number", right=["3,5"]),
        of("order", right=["a", "b", "c"]),
        of("order", right=["a", "b"], options=["b", "a"]),
        of("buzzer"),
        of("poll", options=["a", "b"]),
        of("typed", right=["pH", "PH"], caseMatters=True),
    ],
)
def test_every_kind_can_be_asked(good: dict[str, Any]) -> None:
    assert problems({"questions": [good]}) == []


@pytest.mark.parametrize(
    ("bad", "words"),
    [
        (of("one", options=["a", "b"]), "say which answer is right"),
        (of("truth", right=["maybe"]), "“true” or “false”"),
        (of("truth", right=["true"], options=["yes"]), "leave them out"),
        (of("number", right=["many"]), "one number"),
        (of("number", right=["1", "2"]), "one number"),
        (of("order", right=["a"]), "at least 2 things"),
        (of("order", right=["a", "b"], options=["a", "c"]), "leave the options out"),
        (of("poll", options=["a"]), "at least 2 options"),
        (of("poll", options=["a", "b"], right=["a"]), "nothing is right in a poll"),
        (of("buzzer", options=["a"]), "answer aloud"),
        (of("typed", right=["pH", " pH "], caseMatters=True), "there twice"),
    ],
)
def test_what_nobody_could_answer_is_named(bad: dict[str, Any], words: str) -> None:
    (problem,) = problems({"questions": [bad]})
    assert words in problem


def test_two_questions_cannot_be_taken_for_one() -> None:
    twice = [of("buzzer", id="q2"), of("buzzer")]
    (problem,) = problems({"questions": twice})
    assert problem == "Question 2: its id “q2” is another question's."


def test_a_question_has_what_the_room_says_where_it_says_nothing() -> None:
    asked = [of("one", options=["Rome", "Bern"], right=[" bern"]), of("typed", mode="accuracy")]
    one, typed = questions({"mode": "first", "questions": asked})
    assert (one.id, one.mode, one.right) == ("q1", "first", ("Bern",))
    assert (typed.id, typed.mode) == ("q2", "accuracy")


def test_what_players_see_has_nothing_of_what_is_right() -> None:
    asked = [of("order", right=["a", "b", "c"]), of("typed", right=["secret"])]
    order, typed = questions({"questions": asked})
    assert sorted(order.content()["options"]) == ["a", "b", "c"]
    assert order.content()["options"] != ["a", "b", "c"]
    assert "secret" not in str(typed.content())


def test_the_same_seed_mixes_the_same_way() -> None:
    (one,) = questions({"questions": [of("one", options=list("abcdef"), right=["a"])]})
    orders = {shuffled(one, f"seed {n}").options for n in range(20)}
    assert len(orders) > 10
    assert shuffled(one, "seed") == shuffled(shuffled(one, "seed 3"), "seed")
    assert all(sorted(order) == list("abcdef") for order in orders)
