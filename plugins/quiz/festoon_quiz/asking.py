"""The question of a round: which one it is, how it is shown, and what clients answer with."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from festoon_quiz.games import Game, Round
from festoon_quiz.rules.judging import check_answer
from festoon_quiz.rules.questions import Question, questions, shuffled
from host import JsonObject, ValidationFailed

MODES = {"even": "accuracy"}
"""What the settings of rooms from before 0.2 say, and what that is now."""


def asked(content: Mapping[str, Any], position: int, seed: str) -> Question:
    """The question at a place of a game's list, its options mixed where the room wants that."""
    settings = content["settings"]
    mode = settings.get("mode", "speed")
    every = {**settings, "mode": MODES.get(mode, mode), "questions": content["questions"]}
    question = questions(every)[position]
    return shuffled(question, seed) if settings.get("shuffleOptions") else question


def seed(game_id: str, number: int) -> str:
    """What mixes the options of a round: the same in every process, another in every round."""
    return f"{game_id}:{number}"


def question_of(game: Game, at: Round) -> Question:
    """The question of a round, with the time that it had in the end."""
    question = asked(game.content, at.position, seed(game.id, at.round))
    if at.opens_at is None or at.closes_at is None:
        return question
    return replace(question, seconds=round(seconds_of(at)))


def seconds_of(at: Round) -> float:
    """How long a round that was opened is open, without its pauses."""
    assert at.opens_at is not None
    assert at.closes_at is not None
    return max(1.0, (at.closes_at - at.opens_at - at.paused_ms) / 1000)


def shown(question: Question, round_id: str) -> JsonObject:
    """What is sealed: all that players see of it. Its id is the round's."""
    return {**question.content(), "id": round_id}


def headline(game: Game, at: Round, question: Question) -> JsonObject:
    """The part of a phase that tells which question it is, and nothing of what it asks."""
    return {
        "id": at.id,
        "number": at.position + 1,
        "of": len(game.questions),
        "kind": question.kind,
        "seconds": question.seconds,
        "points": question.points,
        "mode": question.mode,
    }


def read_answer(question: Question, answer: Any) -> Any:
    """A client's answer as it is kept; options may be named by their place, from 0.

    Raises `ValidationFailed` with words for the player.
    """
    if question.kind in ("one", "poll") and _is_place(answer):
        answer = _option(question, answer)
    elif question.kind in ("several", "order") and isinstance(answer, list):
        answer = [_option(question, one) if _is_place(one) else one for one in answer]
    try:
        return check_answer(question, answer)
    except ValueError as error:
        raise ValidationFailed(str(error), {"answer": [str(error)]}) from None


def right_words(question: Question) -> list[str]:
    """What was right, as it is shown."""
    if question.kind == "truth":
        return ["True" if text == "true" else "False" for text in question.right]
    return list(question.right)


def answer_words(question: Question, answer: Any) -> Sequence[str]:
    """An answer as it is shown in distributions and results."""
    if question.kind == "truth":
        return ["True" if answer else "False"]
    if question.kind == "order":
        return [" → ".join(answer)]
    if question.kind == "buzzer":
        return ["Hand up"]
    return list(answer) if isinstance(answer, list) else [str(answer)]


def _is_place(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _option(question: Question, place: int) -> str:
    if not 0 <= place < len(question.options):
        text = f"There are {len(question.options)} options, counted from 0."
        raise ValidationFailed("There is no such option.", {"answer": [text]})
    return question.options[place]
