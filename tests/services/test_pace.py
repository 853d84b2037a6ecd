"""What can wait goes out by a share, and by a smaller one where the process is busy."""

from __future__ import annotations

import pytest

from host.services.pace import AT_ONCE, LEAST, Pace


def _begun(pace: Pace, seconds: float, late: float) -> int:
    """How many begin within a time, looked at four times a second."""
    begun = 0
    for turn in range(1, int(seconds * 4) + 1):
        pace.seen(late)
        free = pace.free(turn / 4)
        pace.took(free)
        begun += free
    return begun


def test_a_process_with_nothing_else_to_do_brings_its_share_and_no_more() -> None:
    assert _begun(Pace(20), 100, 0.001) == pytest.approx(2_000, abs=20 * AT_ONCE + 1)


@pytest.mark.parametrize(("late", "part"), [(0.008, 0.5), (0.016, 0.25), (2.0, LEAST)])
def test_the_later_a_process_comes_to_what_is_due_the_less_it_brings(
    late: float, part: float
) -> None:
    assert _begun(Pace(20), 100, late) == pytest.approx(2_000 * part, rel=0.05, abs=20)


def test_it_recovers_once_the_process_has_a_moment() -> None:
    pace = Pace(20)
    _begun(pace, 10, 2.0)
    for _ in range(60):
        pace.seen(0.0)
    pace.took(pace.free(20.0))
    assert pace.wait() <= 1 / 20
    assert pace.free(20.5) == 10
