"""Who gives to whom: allowed, possible or refused with the reason, and every outcome as likely."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from itertools import permutations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from festoon_lottery.santa import drawing
from festoon_lottery.santa.drawing import COMPLETED, UNIFORM, Impossible, assigned
from festoon_lottery.santa.matching import stuck


def key(number: int) -> bytes:
    return number.to_bytes(32, "big")


def valid(count: int, apart: Sequence[set[int]]) -> list[tuple[int, ...]]:
    return [
        to
        for to in permutations(range(count))
        if all(one != giver and one not in apart[giver] for giver, one in enumerate(to))
    ]


@st.composite
def circles(draw: st.DrawFn) -> list[set[int]]:
    count = draw(st.integers(2, 6))
    pairs = draw(st.sets(st.tuples(*(st.integers(0, count - 1),) * 2)))
    return [{one for giver, one in pairs if giver == n} for n in range(count)]


@settings(max_examples=300, deadline=None, derandomize=True)
@given(circles(), st.integers(0, 2**32))
def test_an_assignment_is_allowed_or_there_is_none_and_it_says_who_is_in_the_way(
    apart: list[set[int]], number: int
) -> None:
    count = len(apart)
    possible = valid(count, apart)
    if possible:
        assert stuck(count, apart) is None
        assert tuple(assigned(count, apart, key(number)).to) in possible
        return
    with pytest.raises(Impossible) as refused:
        assigned(count, apart, key(number))
    givers, receivers = refused.value.givers, refused.value.receivers
    reach = {r for g in givers for r in range(count) if r != g and r not in apart[g]}
    assert set(receivers) == reach
    assert len(receivers) < len(givers)


def chi_square(found: Counter[tuple[int, ...]], possible: int, draws: int) -> float:
    expected = draws / possible
    return sum((found[one] - expected) ** 2 / expected for one in found) + expected * (
        possible - len(found)
    )


@pytest.mark.parametrize(
    ("apart", "possible", "bound"),
    [
        # Two couples; five people; five with a couple and last year's circle.
        ([{1}, {0}, {3}, {2}], 4, 16.3),
        ([set()] * 5, 44, 78.0),
        ([{1}, {0, 2}, {3}, {4}, {0}], 9, 26.1),
    ],
)
def test_every_allowed_assignment_is_as_likely_as_the_others(
    apart: list[set[int]], possible: int, bound: float
) -> None:
    """The bounds are those that chance passes once in a thousand times; the seeds are fixed."""
    allowed = valid(len(apart), apart)
    assert len(allowed) == possible
    draws = 4_000
    found = Counter(tuple(assigned(len(apart), apart, key(n)).to) for n in range(draws))
    assert set(found) == set(allowed)
    assert chi_square(found, possible, draws) < bound


def test_where_shuffles_do_not_find_one_it_is_completed_and_says_so(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # One way around only: a shuffle finds it once in some 10^57 times.
    ring = [set(range(45)) - {(giver + 1) % 45} for giver in range(45)]
    monkeypatch.setattr(drawing, "MOST_SHUFFLES", 50)
    found = assigned(45, ring, key(1))
    assert (found.method, found.shuffles) == (COMPLETED, 50)
    assert list(found.to) == [(giver + 1) % 45 for giver in range(45)]
    # Each allowed assignment can come out of it.
    monkeypatch.setattr(drawing, "MOST_SHUFFLES", 0)
    apart: list[set[int]] = [{1}, {0, 2}, {3}, {4}, {0}]
    seen = {tuple(assigned(5, apart, key(n)).to) for n in range(300)}
    assert seen == set(valid(5, apart))


def test_a_thousand_people_in_households_are_assigned_uniformly() -> None:
    apart = [{n // 4 * 4 + m for m in range(4)} - {n} | {(n + 7) % 1000} for n in range(1_000)]
    found = assigned(1_000, apart, key(3))
    assert found.method == UNIFORM
    assert sorted(found.to) == list(range(1_000))
    assert all(one not in apart[giver] for giver, one in enumerate(found.to))


def test_nobody_is_assigned_to_themselves_alone() -> None:
    for count in (0, 1):
        with pytest.raises(Impossible):
            assigned(count, [set()] * count, key(0))
