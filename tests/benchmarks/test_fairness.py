"""The quiz names who was first, on networks as halls have them, and cheats gain little."""

from __future__ import annotations

import pytest

from benchmarks.fairness.cheats import CHEATS, Cheat
from benchmarks.fairness.command import GOAL, rounds
from benchmarks.fairness.methods import by_arrival, by_one_ping, by_rule
from benchmarks.fairness.phones import SECONDS
from festoon_quiz.rules.timing import Limits, credit

LIMITS = Limits()
ROUNDS, SEED = 300, 1


def test_the_truly_fastest_is_named_far_more_often_than_by_arrival_or_by_one_ping() -> None:
    played = list(rounds(ROUNDS, SEED, LIMITS))
    ruled = [by_rule(one, LIMITS).first for one in played]
    found = sum(one.fastest in it for one, it in zip(played, ruled, strict=True))
    assert found / ROUNDS >= GOAL
    assert sum(len(it) > 1 for it in ruled) / ROUNDS <= 0.1
    for other in (by_arrival, by_one_ping):
        assert sum(other(one).first == (one.fastest,) for one in played) / ROUNDS < 0.8


@pytest.mark.parametrize("cheat", CHEATS, ids=lambda cheat: cheat.name)
def test_no_cheat_gains_more_than_the_published_cap(cheat: Cheat) -> None:
    for seen in rounds(40, SEED, LIMITS, cheat=cheat):
        (own,) = (one for one in seen.answers if one.player == 0)
        reaction = credit(own.receipt, SECONDS, LIMITS)
        assert own.truth - min(reaction.low, reaction.best) <= LIMITS.cap
        if cheat.name == "claims 1 ms":
            assert 0 not in by_rule(seen, LIMITS).first
