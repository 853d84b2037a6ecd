"""A service that keeps failing is left out, tried again by one call, and back by one answer."""

from __future__ import annotations

import pytest

from host.apps.remote.breaker import FIRST_PAUSE, LONGEST_PAUSE, OPENS_AFTER, Breaker, Change
from host.apps.remote.problems import LeftOut


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


def _opened(clock: Clock) -> Breaker:
    breaker = Breaker(clock)
    for turn in range(OPENS_AFTER):
        breaker.enter("far")
        change = breaker.failed("far")
        assert change is (Change.OPENED if turn == OPENS_AFTER - 1 else Change.NONE)
    return breaker


def test_it_opens_by_failures_in_a_row_and_an_answer_between_them_counts() -> None:
    breaker = Breaker(Clock())
    for _ in range(3):
        for _ in range(OPENS_AFTER - 1):
            breaker.enter("far")
            assert breaker.failed("far") is Change.NONE
        breaker.enter("far")
        breaker.passed("far")
    assert not breaker.left_out("far")


def test_while_it_is_open_nobody_waits_and_others_are_asked_as_ever() -> None:
    clock = Clock()
    breaker = _opened(clock)
    clock.now += 5
    with pytest.raises(LeftOut) as left:
        breaker.enter("far")
    assert left.value.seconds == FIRST_PAUSE - 5
    breaker.enter("near")


def test_one_call_is_the_probe_and_its_answer_closes() -> None:
    clock = Clock()
    breaker = _opened(clock)
    clock.now += FIRST_PAUSE
    breaker.enter("far")
    with pytest.raises(LeftOut):
        breaker.enter("far")
    assert breaker.passed("far") is Change.CLOSED
    breaker.enter("far")
    assert breaker.passed("far") is Change.NONE


def test_a_probe_that_fails_doubles_the_pause_up_to_the_longest() -> None:
    clock = Clock()
    breaker = _opened(clock)
    pause = FIRST_PAUSE
    for _ in range(8):
        clock.now += pause
        breaker.enter("far")
        # Told once, when it began.
        assert breaker.failed("far") is Change.NONE
        pause = min(2 * pause, LONGEST_PAUSE)
        clock.now += pause - 1
        with pytest.raises(LeftOut):
            breaker.enter("far")
        clock.now -= pause - 1


def test_calls_from_before_it_opened_change_nothing_and_a_probe_nobody_waited_for_frees_the_place() -> (  # noqa: E501
    None
):
    clock = Clock()
    breaker = _opened(clock)
    assert breaker.failed("far") is Change.NONE
    clock.now += FIRST_PAUSE
    breaker.enter("far")
    breaker.undecided("far")
    breaker.enter("far")


def test_the_first_answer_of_a_process_is_told_since_another_may_have_failed_before() -> None:
    breaker = Breaker(Clock())
    breaker.enter("far")
    assert breaker.passed("far") is Change.CLOSED
