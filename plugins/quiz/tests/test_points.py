"""Points, streaks, teams and places."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from festoon_quiz.rules.points import (
    Points,
    award,
    speed_points,
    standings,
    streak_bonus,
    team_standings,
)
from festoon_quiz.rules.questions import Question
from festoon_quiz.rules.timing import Decision, Reaction

ONE = Question("q1", "one", "?", ("a", "b"), ("a",), seconds=10, points=1000, mode="speed")
QUICK, SLOW = Reaction(999, 1000, 1001), Reaction(7999, 8000, 8001)
TIMES = {"ann": QUICK, "bob": SLOW, "cid": QUICK}
RIGHT = {"ann": True, "bob": True, "cid": False}
NONE_BEFORE = {"ann": 0, "bob": 0, "cid": 0, "dan": 0}


def points(question: Question, *first: str) -> dict[str, int]:
    got = award(question, RIGHT, TIMES, Decision(first), NONE_BEFORE, bonus=False)
    return {player: one.points for player, one in got.items()}


@pytest.mark.parametrize(
    ("reaction", "due"), [(0, 1000), (2000, 967), (30_000, 500), (15_000, 750), (99_999, 500)]
)
def test_speed_points_fall_in_a_line_to_half_as_published(reaction: int, due: int) -> None:
    assert speed_points(1000, reaction, 30) == due


@given(st.integers(0, 10_000), st.integers(0, 700_000), st.integers(3, 600))
def test_a_right_answer_earns_at_least_half_and_never_more_than_all(
    most: int, reaction: int, seconds: int
) -> None:
    gained = speed_points(most, reaction, seconds)
    assert most <= 2 * gained <= 2 * most + (most % 2)
    assert gained >= speed_points(most, reaction + 1, seconds)


def test_each_mode_gives_what_it_says() -> None:
    assert points(ONE, "ann") == {"ann": 950, "bob": 600, "cid": 0, "dan": 0}
    accuracy = replace(ONE, mode="accuracy")
    assert points(accuracy, "ann") == {"ann": 1000, "bob": 1000, "cid": 0, "dan": 0}
    first = replace(ONE, mode="first")
    assert points(first, "ann") == {"ann": 1000, "bob": 0, "cid": 0, "dan": 0}
    assert points(first, "ann", "bob") == {"ann": 1000, "bob": 1000, "cid": 0, "dan": 0}
    assert points(replace(ONE, kind="buzzer"), "ann")["bob"] == 0


def test_a_streak_grows_with_right_answers_and_ends_with_a_wrong_one_or_none() -> None:
    before = {"ann": 2, "bob": 0, "cid": 4, "dan": 3}
    got = award(ONE, RIGHT, TIMES, Decision(("ann",)), before, bonus=True)
    assert got["ann"] == Points(950, 200, 3)
    assert got["ann"].gained == 1150
    assert got["bob"] == Points(600, 0, 1)
    assert got["cid"] == got["dan"] == Points(0, 0, 0)


def test_a_streak_goes_on_where_only_the_first_scores() -> None:
    first = replace(ONE, mode="first")
    got = award(first, RIGHT, TIMES, Decision(("ann",)), {"bob": 3}, bonus=True)
    assert got == {"bob": Points(0, 0, 4)}


def test_a_streak_brings_no_more_than_half() -> None:
    assert [streak_bonus(1000, n) for n in (0, 1, 2, 6, 7, 50)] == [0, 0, 100, 500, 500, 500]


def test_a_late_answer_is_none() -> None:
    late = {"ann": replace(QUICK, marks=("late",))}
    got = award(ONE, {"ann": True}, late, Decision(), {"ann": 5}, bonus=True)
    assert got == {"ann": Points(0, 0, 0)}


def test_a_poll_brings_nothing_and_ends_nothing() -> None:
    poll = replace(ONE, kind="poll", right=())
    got = award(poll, {}, TIMES, Decision(), {"ann": 4, "dan": 2}, bonus=True)
    assert got == {"ann": Points(0, 0, 4), "dan": Points(0, 0, 2)}


def test_equal_points_share_a_place_and_the_next_is_free() -> None:
    table = standings({"d": 5, "b": 9, "a": 9, "c": 7})
    assert [(one.place, one.key, one.tie) for one in table] == [
        (1, "a", True),
        (1, "b", True),
        (3, "c", False),
        (4, "d", False),
    ]
    assert standings({}) == []


def test_a_small_team_has_the_chance_of_a_big_one() -> None:
    scores = {"a": 1000, "b": 501, "c": 500, "d": 500, "x": 9000}
    teams = {"a": "Red", "b": "Blue", "c": "Blue", "d": "Blue", "e": "Red", "x": None}
    table = team_standings(scores, teams)
    assert [(one.place, one.key, one.points) for one in table] == [
        (1, "Blue", 500),
        (2, "Red", 500),
    ]
    assert not table[0].tie, "1501 / 3 is more than 1000 / 2"
