"""Whether an answer is right."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from festoon_quiz.rules.questions import Question, as_number

LONGEST_TEXT = 120
NO_MARKS = str.maketrans("øØłŁđĐħĦıæÆœŒþÞðÐ’‘ʼ`´“”„", "oOlLdDhHiaAoOtTdD'''''\"\"\"")
"""Letters and signs that Unicode does not take apart, as people without them type them.

`æ` and `œ` lose their second half on both sides of a comparison, which is what counts.
"""


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

    | kind | answer | kept as |
    |---|---|---|
    | `one`, `poll` | an option, by its place from 0 or its text | its text |
    | `several` | a list of such, at least one | texts in the order of the options |
    | `truth` | true or false | the same |
    | `typed` | up to 120 characters | the same, spaces set right |
    | `number` | a number, or the text of one (comma or point) | the text of it |
    | `order` | all options, in the order that the player means | texts |
    | `buzzer` | true | true |

    Raises `ValueError` with words for the player.
    """
    if question.kind in ("one", "poll"):
        return _option(question, answer)
    if question.kind in ("several", "order"):
        return _options(question, answer)
    if question.kind == "truth":
        if not isinstance(answer, bool):
            raise ValueError("Answer with true or false.")
        return answer
    if question.kind == "number":
        return _number(answer)
    if question.kind == "typed":
        return _typed(answer)
    if answer is not True:
        raise ValueError("Press the buzzer: nothing else counts here.")
    return True


def judge(question: Question, answer: Any) -> Judgement:
    """Judges an answer that `check_answer` gave."""
    if question.kind == "one":
        return Judgement(answer in question.right)
    if question.kind == "several":
        return Judgement(set(answer) == set(question.right))
    if question.kind == "truth":
        return Judgement(question.right == ("true" if answer else "false",))
    if question.kind == "typed":
        accepted = {_folded(question, spelling) for spelling in question.right}
        return Judgement(_folded(question, answer) in accepted)
    if question.kind == "order":
        return Judgement(tuple(answer) == question.right)
    if question.kind == "number":
        given, aim = as_number(answer), as_number(question.right[0])
        if given is None or aim is None:
            raise ValueError("a number that is none was kept")
        return Judgement(None, abs(given - aim))
    return Judgement(None)


def settle(
    question: Question, judged: Mapping[str, Judgement], hands: Mapping[str, bool] | None = None
) -> dict[str, bool]:
    """Who is right, when all answers are in: by player.

    `hands`: what the host judged of a buzzer's players; who is not among them is not right.
    """
    if question.kind == "buzzer":
        return {player: bool((hands or {}).get(player)) for player in judged}
    distances = [one.distance for one in judged.values() if one.distance is not None]
    nearest = min(distances) if distances else None
    return {
        player: bool(one.right) or (nearest is not None and one.distance == nearest)
        for player, one in judged.items()
    }


def _option(question: Question, answer: Any) -> str:
    if isinstance(answer, int) and not isinstance(answer, bool):
        if 0 <= answer < len(question.options):
            return question.options[answer]
    elif isinstance(answer, str) and answer in question.options:
        return answer
    raise ValueError("Choose one of the options.")


def _options(question: Question, answer: Any) -> list[str]:
    if not isinstance(answer, list) or not answer:
        raise ValueError("Choose at least one of the options.")
    chosen = [_option(question, one) for one in answer[: len(question.options) + 1]]
    if len(set(chosen)) < len(chosen):
        raise ValueError("An option is there twice: choose each once.")
    if question.kind == "order":
        if len(chosen) < len(question.options):
            raise ValueError("Put all of them in order, each once.")
        return chosen
    return [option for option in question.options if option in chosen]


def _number(answer: Any) -> str:
    text = answer if isinstance(answer, str) else ""
    if isinstance(answer, int | float) and not isinstance(answer, bool):
        text = repr(answer)
    given = as_number(text) if len(text) <= LONGEST_TEXT else None
    if given is None:
        raise ValueError("Type a number, such as 12 or 3.5.")
    return format(given.normalize() + 0, "f")


def _typed(answer: Any) -> str:
    text = " ".join(answer.split()) if isinstance(answer, str) else ""
    if not text:
        raise ValueError("Type an answer first.")
    if len(text) > LONGEST_TEXT:
        raise ValueError(f"Answer in at most {LONGEST_TEXT} characters.")
    return text


def _folded(question: Question, text: str) -> str:
    """As spellings are compared: spaces never count, case and accents where they matter."""
    plain = unicodedata.normalize("NFKC", text)
    if not question.accents_matter:
        apart = unicodedata.normalize("NFKD", plain).translate(NO_MARKS)
        plain = "".join(sign for sign in apart if not unicodedata.combining(sign))
    if not question.case_matters:
        plain = plain.casefold()
    return " ".join(plain.split())
