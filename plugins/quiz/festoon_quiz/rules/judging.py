"""Whether an answer is right."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from festoon_quiz.rules.questions import Question


@dataclass(frozen=True)
class Judgement:
    """What one answer is worth by itself.

    `right` is None where it is not for this answer alone to say: `number` (the nearest wins, see
    `distance`), `buzzer` (the host judges) and `poll` (nothing is right).
    """

    right: bool | None
    distance: Decimal | None = None


def check_answer(question: Question, answer: Any) -> Any:
    """The answer in the form in which it is kept.

    | kind | answer |
    |---|---|
    | `one`, `poll` | the text of an option |
    | `several` | a list of such texts, at least one; kept in the order of the options |
    | `truth` | true or false |
    | `typed` | up to 120 characters |
    | `number` | a number, or the text of one (comma or point); kept as text |
    | `order` | all options, in the order that the player means |
    | `buzzer` | true |

    Raises `ValueError` with words for the player.
    """
    raise NotImplementedError


def judge(question: Question, answer: Any) -> Judgement:
    """Judges an answer that `check_answer` gave."""
    raise NotImplementedError


def settle(
    question: Question, judged: Mapping[str, Judgement], hands: Mapping[str, bool] | None = None
) -> dict[str, bool]:
    """Who is right, when all answers are in: by player.

    `hands`: what the host judged of a buzzer's players; who is not among them is not right.
    """
    raise NotImplementedError
