"""Points for one round, streaks, teams, and standings with shared places."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from festoon_quiz.rules.questions import Question
from festoon_quiz.rules.timing import Decision, Reaction


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
        return self.points + self.bonus


@dataclass(frozen=True)
class Standing:
    """One line of the leaderboard; `key` is a player's id, or a team's name."""

    place: int
    key: str
    points: int
    tie: bool
    """Whether others share this place."""


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

    `right` of those who answered (`judging.settle`), `streaks` before this round.
    """
    raise NotImplementedError


def standings(scores: Mapping[str, int]) -> list[Standing]:
    """The best first; equal points share a place, and the next place is free (1, 1, 3)."""
    raise NotImplementedError


def team_standings(scores: Mapping[str, int], teams: Mapping[str, str | None]) -> list[Standing]:
    """Teams by the mean of their members' points, whole teams of one included.

    `teams` gives each player's team. Means are compared exactly and shown rounded.
    """
    raise NotImplementedError
