"""Three ways to name the first of a round."""

from __future__ import annotations

from dataclasses import dataclass

from benchmarks.fairness.phones import SECONDS
from benchmarks.fairness.seen import Named, Round, Seen
from festoon_quiz.rules.timing import Limits, Reaction, Waiting, credit, decide, wait_until


@dataclass(frozen=True)
class _Path:
    least: float
    spread: float
    samples: int


def by_arrival(seen: Round) -> Named:
    """Whose answer is at the server first."""
    return Named((min(seen.answers, key=lambda one: one.arrived).player,))


def by_one_ping(seen: Round) -> Named:
    """Arrival, less the one round trip that was measured when the player joined."""
    return Named((min(seen.answers, key=lambda one: one.arrived - one.joined).player,))


def by_rule(seen: Round, limits: Limits) -> Named:
    """The quiz's: closes when no answer can come any more that was given before the leader's."""
    waiting = {one.player: one for one in seen.answers}
    there: dict[str, Reaction] = {}
    began, until = 0.0, float("inf")
    for one in sorted(seen.answers, key=lambda one: one.arrived):
        if one.arrived > until:
            break
        del waiting[one.player]
        there[str(one.player)] = credit(one.receipt, SECONDS, limits)
        counted = {name: it for name, it in there.items() if decide({name: it}).first}
        if counted:
            began = began or one.arrived
            leader = min(counted.values(), key=lambda it: it.high)
            until = wait_until(leader, map(_waiting, waiting.values()), limits) * 1000
    until = max(until, began) if waiting else max(one.arrived for one in seen.answers)
    return Named(tuple(int(name) for name in decide(there).first), until - began)


def _waiting(one: Seen) -> Waiting:
    receipt = one.receipt
    path = _Path(receipt.least / 1000, receipt.spread / 1000, receipt.samples)
    return Waiting(0.0, path)
