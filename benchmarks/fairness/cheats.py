"""Those who don't play by the rules: what they claim, and how late they answer pings."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from festoon_quiz.rules.receipts import Receipt
from festoon_quiz.rules.timing import Limits, way


@dataclass(frozen=True)
class Situation:
    """What a cheat knows when it sends its answer; more than a real one could."""

    truth: float
    receipt: Receipt
    """With a true claim."""
    before: tuple[float, ...]
    """Its true reactions so far."""
    limits: Limits


def _true(now: Situation) -> int | None:
    return now.receipt.claimed


def _one_millisecond(_: Situation) -> int | None:
    return 1


def _barely_human(now: Situation) -> int | None:
    return now.limits.human


def _slow_clock(now: Situation) -> int | None:
    return round(now.truth / 2)


def _replayed(now: Situation) -> int | None:
    """The frame of its quickest answer so far, again."""
    return round(min((*now.before, now.truth)))


def _just_believed(now: Situation) -> int | None:
    """Knows the rule, its path and what the server measured, and claims the least that passes."""
    receipt = now.receipt
    path = way(receipt.least, receipt.spread, receipt.samples, now.limits)
    return max(now.limits.human, receipt.elapsed - path.usual)


def _at_once(_: float, __: Limits) -> float:
    return 0.0


def _late(taken: float, limits: Limits) -> float:
    """So late that the path looks as long as the cap."""
    return max(0.0, limits.cap - taken)


@dataclass(frozen=True)
class Cheat:
    """One way to cheat: the claim, and by how many milliseconds a pong is held back."""

    name: str
    claim: Callable[[Situation], int | None] = _true
    delay: Callable[[float, Limits], float] = _at_once


HONEST = Cheat("honest, for comparison")
CHEATS = (
    HONEST,
    Cheat("claims 1 ms", _one_millisecond),
    Cheat("claims 100 ms", _barely_human),
    Cheat("a clock at half speed", _slow_clock),
    Cheat("its quickest frame replayed", _replayed),
    Cheat("the least that is believed", _just_believed),
    Cheat("echoes delayed", _true, _late),
    Cheat("echoes delayed, least believed", _just_believed, _late),
)
