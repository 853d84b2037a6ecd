"""A drum refuses what is out of turn, and is as it was."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from festoon_lottery.proof.document import Beacon, Level
from festoon_lottery.proof.run import Run, Units, audience_seed
from plugins.lottery.tests.proof.drums import AT, entry_of

NOW = AT.format(minute=5)
TEA = [Units("tea", 1)]


def opened(level: Level = Level.COMMITTED, beacon: Beacon | None = None) -> Run:
    run = Run(level, "room", {"onePrizePerPerson": True}, beacon)
    run.open(NOW, bytes(32) if level is Level.COMMITTED else None)
    return run


def closed() -> Run:
    run = opened()
    run.close(NOW, [entry_of(0, 1)], TEA)
    return run


def won() -> Run:
    run = closed()
    run.award(NOW, "tea")
    return run


def ended() -> Run:
    run = won()
    run.reveal(NOW)
    return run


OUT_OF_TURN: dict[str, tuple[Callable[[], Run], Callable[[Run], object], str]] = {
    "open twice": (opened, lambda run: run.open(NOW, bytes(32)), "open already"),
    "close twice": (closed, lambda run: run.close(NOW, [entry_of(1, 1)], TEA), "close once"),
    "draw before closing": (opened, lambda run: run.award(NOW, "tea"), "no unit"),
    "draw what is not announced": (closed, lambda run: run.award(NOW, "cake"), "no unit"),
    "draw more than there is": (won, lambda run: run.award(NOW, "tea"), "no unit"),
    "draw from an empty drum": (won, lambda run: run.pass_over(NOW, "tea", "absent"), "empty"),
    "take back what nobody won": (
        closed,
        lambda run: run.take_back(NOW, "tea", 0, "why"),
        "nobody won",
    ),
    "reveal before closing": (opened, lambda run: run.reveal(NOW), "no seed"),
    "another seed": (closed, lambda run: run.seed(bytes(32)), "comes once"),
    "reveal twice": (ended, lambda run: run.reveal(NOW), "revealed already"),
    "add a prize after the end": (
        ended,
        lambda run: run.add_prize(NOW, "cake", 1),
        "between closing and reveal",
    ),
}


@pytest.mark.parametrize("case", OUT_OF_TURN)
def test_out_of_turn(case: str) -> None:
    make, act, said = OUT_OF_TURN[case]
    run = make()
    before = list(run.log), run.proof().document()
    with pytest.raises(ValueError, match=said):
        act(run)
    assert (list(run.log), run.proof().document()) == before


def test_nothing_is_told_of_the_seed_before_the_end() -> None:
    for run in (opened(), closed(), won()):
        assert run.proof().document()["seed"] is None
        assert bytes(32).hex() not in str(run.proof().document()["log"])
    assert ended().proof().document()["seed"] == bytes(32).hex()


def test_a_drum_waits_for_its_beacon() -> None:
    run = opened(beacon=Beacon("drand", 5))
    run.close(NOW, [entry_of(0, 1)], TEA)
    with pytest.raises(ValueError, match="beacon"):
        run.award(NOW, "tea")
    run.beacon = Beacon("drand", 5, bytes(32))
    assert run.award(NOW, "tea").entry == 0


def test_a_level_has_its_own_way_to_a_seed() -> None:
    with pytest.raises(ValueError, match="committed"):
        Run(Level.COMMITTED, "room", {}).open(NOW, None)
    with pytest.raises(ValueError, match="simple"):
        Run(Level.SIMPLE, "room", {}).open(NOW, bytes(32))
    run = opened(Level.AUDIENCE)
    with pytest.raises(ValueError, match="after entries closed"):
        run.seed(audience_seed([1, 2, 3]))
    run.close(NOW, [entry_of(0, 1)], TEA)
    with pytest.raises(ValueError, match="32"):
        run.seed(b"short")
    run.seed(audience_seed([1, 2, 3]))
    assert run.award(NOW, "tea").entry == 0
    assert audience_seed([12, 3]) != audience_seed([1, 23])
