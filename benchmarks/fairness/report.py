"""Tables of who was named, and of what cheats gained."""

from __future__ import annotations

from collections.abc import Sequence

from benchmarks.fairness.phones import SECONDS
from benchmarks.fairness.seen import Named, Round
from festoon_quiz.rules.timing import Limits, credit

METHODS_HEADER = (
    f"{'the truly fastest is':<24}{'named':>9}{'or tied':>9}{'missed':>9}{'ties':>9}{'of':>6}"
    f"{'window p50, p99':>20}"
)
CHEATS_HEADER = (
    f"{'player 0 of 8':<34}{'wins':>8}{'alone':>8}{'counted less by':>20}"
    f"{'at most':>12}{'marked':>9}"
)


def method_row(name: str, played: Sequence[Round], named: Sequence[Named]) -> float:
    """Prints how often a method names the truly fastest; the part of the rounds where it does."""
    count = len(played)
    alone = sum(it.first == (seen.fastest,) for seen, it in zip(played, named, strict=True))
    found = sum(seen.fastest in it.first for seen, it in zip(played, named, strict=True))
    ties = [len(it.first) for it in named if len(it.first) > 1]
    size = f"{sum(ties) / len(ties):.1f}" if ties else ""
    shares = "".join(f"{it / count:>9.1%}" for it in (alone, found, count - found, len(ties)))
    windows = sorted(it.window for it in named)
    middle, late = windows[count // 2], windows[count * 99 // 100]
    print(f"{name:<24}{shares}{size:>6}{middle:>11.0f}{late:>6.0f} ms", flush=True)
    return found / count


def cheat_row(name: str, played: Sequence[Round], named: Sequence[Named], limits: Limits) -> float:
    """Prints how player 0 fared; gives the most by which a reaction was ever taken for shorter.

    “Counted less by” is the mean of what is counted, “at most” also looks at the lower bound,
    which can bring no more than a tie.
    """
    count = len(played)
    own = [one for seen in played for one in seen.answers if one.player == 0]
    counted = [(one.truth, credit(one.receipt, SECONDS, limits)) for one in own]
    most = max((truth - min(it.low, it.best) for truth, it in counted), default=0.0)
    mean = sum(truth - it.best for truth, it in counted) / max(1, len(counted))
    marked = sum(bool({"clamped", "inhuman"} & set(it.marks)) for _, it in counted)
    wins = sum(0 in it.first for it in named) / count
    alone = sum(it.first == (0,) for it in named) / count
    gained = f"{mean:>17.0f} ms{most:>9.0f} ms{marked / max(1, len(counted)):>9.1%}"
    print(f"{name:<34}{wins:>8.1%}{alone:>8.1%}{gained}", flush=True)
    return most
