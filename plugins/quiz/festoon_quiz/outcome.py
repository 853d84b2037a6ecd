"""What comes of a round: from the answers, by the rules alone, to results, totals, certificate.

All three are JSON and are written with the change of phase that they belong to, so that a round
is either judged for everybody or for nobody.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from festoon_quiz.asking import answer_words, right_words
from festoon_quiz.players import Seat
from festoon_quiz.rules.certificate import Entry, certificate
from festoon_quiz.rules.judging import judge, settle
from festoon_quiz.rules.points import Points, award
from festoon_quiz.rules.questions import Question
from festoon_quiz.rules.timing import Decision, Limits, Reaction, Receipt, credit, decide
from host import JsonObject

MOST_BARS = 12
"""Different answers that a distribution lists; the rest share a line."""
OTHERS = "Others"


@dataclass(frozen=True)
class Given:
    """An answer as it was written down."""

    answer: Any
    receipt: Receipt


@dataclass(frozen=True)
class Before:
    """How everybody stood before the round: the `totals` of the round before."""

    totals: Mapping[str, Mapping[str, int]]

    def of(self, player: str, what: str) -> int:
        """0 for somebody who was not there."""
        return self.totals.get(player, {}).get(what, 0)


@dataclass(frozen=True)
class Outcome:
    """What is kept of a round that is over; all JSON."""

    outcome: JsonObject
    totals: JsonObject
    certificate: JsonObject


def judged(
    *,
    game_id: str,
    number: int,
    closed_at: str,
    question: Question,
    seats: Sequence[Seat],
    given: Mapping[str, Given],
    before: Before,
    hands: Mapping[str, bool],
    settings: Mapping[str, Any],
    previous: str | None,
) -> Outcome:
    """Judges a round: `given` are the answers by player, `hands` what the host said of a buzzer."""
    limits = limits_of(settings)
    bonus = bool(settings.get("streaks", False))
    reactions = {p: credit(one.receipt, question.seconds, limits) for p, one in given.items()}
    in_time = {p: one for p, one in given.items() if "late" not in reactions[p].marks}
    verdicts = {player: judge(question, one.answer) for player, one in in_time.items()}
    right = dict.fromkeys(given, False) | settle(question, verdicts, hands)
    decision = _decision(question, in_time, reactions, right, hands)
    names = {seat.id: seat.name for seat in seats}
    everybody = list(dict.fromkeys([*names, *given]))
    streaks = {player: before.of(player, "streak") for player in everybody}
    points = award(question, right, reactions, decision, streaks, bonus=bonus)
    paper = certificate(
        game=game_id,
        number=number,
        closed_at=closed_at,
        question=question,
        entries=[
            Entry(
                player=player,
                name=names.get(player),
                answer=given[player].answer if player in given else None,
                right=right.get(player, False),
                receipt=given[player].receipt if player in given else None,
                streak=streaks[player],
            )
            for player in everybody
        ],
        limits=limits,
        bonus=bonus,
        previous=previous,
    )
    totals = _totals(everybody, given, reactions, right, points, before)
    results = {
        player: _result(player, question, given, reactions, right, points, decision)
        for player in everybody
    }
    outcome = {
        "answered": len(given),
        "right": right_words(question),
        "distribution": distribution(question, {p: one.answer for p, one in given.items()}, right),
        "first": list(decision.first),
        "results": results,
    }
    return Outcome(outcome, totals, paper)


def limits_of(settings: Mapping[str, Any]) -> Limits:
    """The published figures, with the smaller cap that a room may choose."""
    limits = Limits()
    cap = settings.get("fairnessCap")
    return limits if cap is None else Limits(cap=min(int(cap), limits.cap))


def _decision(
    question: Question,
    in_time: Mapping[str, Given],
    reactions: Mapping[str, Reaction],
    right: Mapping[str, bool],
    hands: Mapping[str, bool],
) -> Decision:
    if question.kind == "buzzer":
        # Those who are still to be heard, and whoever was found right.
        return decide({p: reactions[p] for p in in_time if hands.get(p, True)})
    return decide({player: reactions[player] for player in in_time if right[player]})


def _totals(
    everybody: Sequence[str],
    given: Mapping[str, Given],
    reactions: Mapping[str, Reaction],
    right: Mapping[str, bool],
    points: Mapping[str, Points],
    before: Before,
) -> JsonObject:
    kept: JsonObject = {player: dict(one) for player, one in before.totals.items()}
    for player in everybody:
        answered = player in given
        doubted = answered and "doubted" in reactions[player].marks
        is_right = right.get(player, False)
        kept[player] = {
            "points": before.of(player, "points") + points[player].gained,
            "streak": points[player].streak,
            "right": before.of(player, "right") + is_right,
            "ms": before.of(player, "ms") + (reactions[player].best if is_right else 0),
            "answers": before.of(player, "answers") + answered,
            "doubts": before.of(player, "doubts") + doubted,
        }
    return kept


def _result(
    player: str,
    question: Question,
    given: Mapping[str, Given],
    reactions: Mapping[str, Reaction],
    right: Mapping[str, bool],
    points: Mapping[str, Points],
    decision: Decision,
) -> JsonObject:
    reaction = reactions.get(player)
    is_right = right.get(player, False) if question.scores and player in given else None
    first = player in decision.first and (question.kind != "buzzer" or bool(is_right))
    return {
        "answered": player in given,
        "right": is_right,
        "gained": points[player].gained,
        "bonus": points[player].bonus,
        "reaction": reaction.best if reaction else None,
        "low": reaction.low if reaction else None,
        "high": reaction.high if reaction else None,
        "marks": list(reaction.marks) if reaction else [],
        "first": first,
        "tie": first and decision.tie,
    }


def distribution(
    question: Question, answers: Mapping[str, Any], right: Mapping[str, bool]
) -> list[JsonObject]:
    """How many gave which answer: by the order of options, or the most frequent first."""
    counted: Counter[str] = Counter()
    hits: set[str] = set()
    for player, answer in answers.items():
        for words in answer_words(question, answer):
            counted[words] += 1
            if right.get(player) and question.kind != "several":
                hits.add(words)
    known = [text.capitalize() for text in question.options] if question.kind == "truth" else []
    if question.kind in ("one", "several", "poll"):
        known = list(question.options)
    hits |= {text for text in right_words(question) if text in known and question.scores}
    rows = known or [label for label, _ in counted.most_common(MOST_BARS)]
    found = [{"label": one, "count": counted[one], "right": one in hits} for one in rows]
    others = sum(count for label, count in counted.items() if label not in rows)
    if others:
        found.append({"label": OTHERS, "count": others, "right": False})
    return found
