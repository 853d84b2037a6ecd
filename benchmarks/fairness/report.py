"""Tables of who was named, and of what cheats gained."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from benchmarks.fairness.methods import Named, by_arrival, by_one_ping, by_rule
from benchmarks.fairness.phones import SECONDS
from benchmarks.fairness.seen import Round
from festoon_quiz.rules.timing import Limits, credit

METHODS_HEADER = (
    f"{'the truly fastest is':<24}{'named':>9}{'or tied':>9}{'missed':>9}{'ties':>9}{'of':>6}"
    f"{'window p50, p99':>20}"
)
CHEATS_HEADER = (
    f"{'player 0 of 8':<34}{'wins':>8}{'alone':>8}{'counted less by':>20}"
    f"{'at most':>12}{'marked':>9}"
)


def methods_table(played: Sequence[Round], limits: Limits) -> float:
    """Prints how often each method names the truly fastest; gives the part of the quiz's rule."""
    methods: dict[str, Callable[[Round], Named]] = {
        "order of arrival": by_arrival,
        "one ping at joining": by_one_ping,
        "the quiz's rule": lambda seen: by_rule(seen, limits),
    }
    print(METHODS_HEADER)
    found = 0.0
    for name, method in methods.items():
        named = [(seen.fastest, method(seen)) for seen in played]
        alone = sum(it.first == (fastest,) for fastest, it in named) / len(played)
        found = sum(fastest in it.first for fastest, it in named) / len(played)
        ties = [len(it.first) for _, it in named if len(it.first) > 1]
        size = f"{sum(ties) / len(ties):.1f}" if ties else ""
        shares = f"{alone:>9.1%}{found:>9.1%}{1 - found:>9.1%}{len(ties) / len(played):>9.1%}"
        windows = sorted(it.window for _, it in named)
        middle, late = windows[len(windows) // 2], windows[len(windows) * 99 // 100]
        print(f"{name:<24}{shares}{size:>6}{middle:>11.0f}{late:>6.0f} ms", flush=True)
    return found


def cheat_row(name: str, played: Iterable[Round], limits: Limits) -> float:
    """Prints how player 0 fared; gives the most by which a reaction was ever taken for shorter.

    “Counted less by” is the mean of what is counted, “at most” also looks at the lower bound,
    which can bring no more than a tie.
    """
    gains, best, wins, alone, marked, count = [0.0], 0.0, 0, 0, 0, 0
    for seen in played:
        count += 1
        own = next(one for one in seen.answers if one.player == 0)
        reaction = credit(own.receipt, SECONDS, limits)
        gains.append(own.truth - min(reaction.low, reaction.best))
        best += own.truth - reaction.best
        marked += bool({"clamped", "inhuman"} & set(reaction.marks))
        first = by_rule(seen, limits).first
        wins += 0 in first
        alone += first == (0,)
    shares = f"{wins / count:>8.1%}{alone / count:>8.1%}"
    gained = f"{best / count:>17.0f} ms{max(gains):>9.0f} ms"
    print(f"{name:<34}{shares}{gained}{marked / count:>9.1%}", flush=True)
    return max(gains)
