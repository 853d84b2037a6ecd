"""Points for one round, streaks, teams, and standings with shared places."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from festoon_quiz.rules.questions import Question
from festoon_quiz.rules.timing import Decision, Reaction

STREAK_STEPS = 5
STREAK_PART = 10


@dataclass(frozen=True)
class Points:
    """What one player gained in one round."""

    points: int
    """For the answer."""
    bonus: int
    """For the streak, beside them."""
    streak: int
    """Right answers in a row, this one included; 0 after a wrong one or none."""

    @property
    def gained(self) -> int:
        """Both together."""
        return self.points + self.bonus


@dataclass(frozen=True)
class Standing:
    """One line of the leaderboard; `key` is a player's id, or a team's name."""

    place: int
    key: str
    points: int
    tie: bool
    """Whether others share this place."""


def speed_points(points: int, reaction: int, seconds: int) -> int:
    """Points for a right answer after `reaction` milliseconds of `seconds` seconds.

    points × (1 − reaction / limit / 2), rounded to the nearest whole number, a half upwards: all
    of it at once, half of it at the end. It is the formula that Kahoot! publishes
    (support.kahoot.com, “How points work”), without its full points below half a second: those
    would make the quickest equal, and who is quickest is the question here.
    """
    limit = seconds * 1000
    taken = min(max(reaction, 0), limit)
    return (points * (2 * limit - taken) + limit) // (2 * limit)


def streak_bonus(points: int, streak: int) -> int:
    """A tenth of the points for each right answer in a row before this one, at most five tenths.

    The same as Kahoot!'s “answer streak bonus”: 100 of 1,000 points a step, up to 500.
    """
    return points * min(max(streak - 1, 0), STREAK_STEPS) // STREAK_PART


def award(
    question: Question,
    right: Mapping[str, bool],
    reactions: Mapping[str, Reaction],
    decision: Decision,
    streaks: Mapping[str, int],
    *,
    bonus: bool,
) -> dict[str, Points]:
    """What everybody gains: for every player of `streaks`, whether they answered or not.

    `right` of those who answered (`judging.settle`), `streaks` before this round. A late answer
    is none.
    """
    gained: dict[str, Points] = {}
    for player, before in streaks.items():
        reaction = reactions.get(player)
        if not question.scores:
            gained[player] = Points(0, 0, before)
        elif reaction is None or not right.get(player) or "late" in reaction.marks:
            gained[player] = Points(0, 0, 0)
        else:
            points = _points(question, reaction, player in decision.first)
            extra = streak_bonus(question.points, before + 1) if bonus and points else 0
            gained[player] = Points(points, extra, before + 1)
    return gained


def _points(question: Question, reaction: Reaction, is_first: bool) -> int:
    # Of a buzzer only one is heard, and of all who are right only the first is first.
    if question.mode == "first" or question.kind == "buzzer":
        return question.points if is_first else 0
    if question.mode == "speed":
        return speed_points(question.points, reaction.best, question.seconds)
    return question.points


def standings(scores: Mapping[str, int]) -> list[Standing]:
    """The best first; equal points share a place, and the next place is free (1, 1, 3)."""
    return _ranked({key: Fraction(points) for key, points in scores.items()})


def team_standings(scores: Mapping[str, int], teams: Mapping[str, str | None]) -> list[Standing]:
    """Teams by the mean of their members' points, so that a small team has the same chance.

    `teams` gives each player's team. Means are compared exactly and shown rounded.
    """
    members: dict[str, list[int]] = {}
    for player, team in teams.items():
        if team is not None:
            members.setdefault(team, []).append(scores.get(player, 0))
    return _ranked({team: Fraction(sum(all_), len(all_)) for team, all_ in members.items()})


def _ranked(scores: Mapping[str, Fraction]) -> list[Standing]:
    counts: dict[Fraction, int] = {}
    for points in scores.values():
        counts[points] = counts.get(points, 0) + 1
    places: dict[Fraction, int] = {}
    place = 1
    for points in sorted(counts, reverse=True):
        places[points] = place
        place += counts[points]
    ordered = sorted(scores, key=lambda key: (-scores[key], key))
    return [
        Standing(places[scores[key]], key, _rounded(scores[key]), counts[scores[key]] > 1)
        for key in ordered
    ]


def _rounded(points: Fraction) -> int:
    return (points + Fraction(1, 2)).__floor__()
