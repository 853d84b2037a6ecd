"""A question that nobody could answer is refused, in words for the organizer."""

from __future__ import annotations

import json
from importlib import resources
from typing import Any

import pytest
from jsonschema import Draft202012Validator

import festoon_quiz
from festoon_quiz.rules.questions import problems
from festoon_quiz.rules.timing import Limits
from host import Refusal

MANIFEST: dict[str, Any] = json.loads(
    resources.files("festoon_quiz").joinpath("manifest.json").read_text("utf-8")
)
SETTINGS = MANIFEST["settings"]
CITIES = ["Auckland", "Kiritimati", "Tokyo", "Sydney"]


async def check(settings: dict[str, Any]) -> Refusal | None:
    # The check looks at the settings alone: neither the context nor the room has a say.
    nothing: Any = None
    return await festoon_quiz.check_settings(ctx=nothing, room=nothing, settings=settings)


def question(**changes: Any) -> dict[str, Any]:
    asked = {"text": "Which city rings in the New Year first?", "kind": "one", "options": CITIES}
    return asked | {"right": ["Kiritimati"]} | changes


def test_the_settings_are_a_valid_schema_and_a_room_needs_none() -> None:
    Draft202012Validator.check_schema(SETTINGS)
    validator = Draft202012Validator(SETTINGS)
    assert validator.is_valid({})
    assert validator.is_valid({"questions": [question()]})
    assert validator.is_valid({"mode": "even"}), "what rooms from before 0.2 have"
    assert not validator.is_valid({"questions": [question(seconds=0)]})


def test_a_room_may_give_less_credit_for_the_network_than_is_published_and_never_more() -> None:
    cap = SETTINGS["properties"]["fairnessCap"]
    assert cap["maximum"] == cap["default"] == Limits().cap


def test_right_answers_are_secret() -> None:
    questions = SETTINGS["properties"]["questions"]
    assert questions["writeOnly"] is True
    assert questions["items"]["properties"]["right"]["writeOnly"] is True


@pytest.mark.parametrize(
    "good",
    [
        question(),
        question(kind="several", right=["Tokyo", "Sydney"]),
        question(kind="typed", options=[], right=["Kiritimati", "Christmas Island"]),
        # Case and spaces are nothing that an organizer should have to get right.
        question(right=["  kiritimati "]),
        {"text": "Anyone?", "options": ["Yes", "No"], "right": ["Yes"]},
    ],
)
def test_an_answerable_question_passes(good: dict[str, Any]) -> None:
    assert problems({"questions": [good]}) == []


@pytest.mark.parametrize(
    ("bad", "words"),
    [
        (question(right=["Paris"]), "“paris” is none of the options"),
        (question(options=["Tokyo"], right=["Tokyo"]), "at least 2 options"),
        (question(options=["Tokyo", "tokyo "], right=["Tokyo"]), "two options read the same"),
        (question(options=["Tokyo", " "], right=["Tokyo"]), "an option is blank"),
        (question(right=["Tokyo", "Sydney"]), "only one option may be right"),
        (question(kind="typed"), "leave the options out"),
        (question(kind="typed", options=[], right=["A", "a"]), "there twice"),
        (question(kind="typed", options=[], right=[" "]), "a right answer is blank"),
    ],
)
def test_what_nobody_could_answer_is_named(bad: dict[str, Any], words: str) -> None:
    (problem,) = problems({"questions": [question(), bad]})
    assert problem.startswith("Question 2: ")
    assert words in problem


async def test_the_hook_refuses_with_every_problem_at_once() -> None:
    bad = {"questions": [question(right=["Paris"]), question(), question(options=[])]}
    answer = await check(bad)
    assert isinstance(answer, Refusal)
    assert "Question 1:" in answer.reason
    assert "Question 3:" in answer.reason
    assert "Question 2:" not in answer.reason


async def test_the_hook_lets_good_settings_and_other_apps_settings_pass() -> None:
    for settings in ({"questions": [question()]}, {"questions": []}, {}, {"theme": "plain"}):
        assert await check(settings) is None
