"""How long somebody took, as far as it can be known, and who was first.

A phone says how long its player took; only the phone knows. The server knows how long it was from
telling the key to hearing the answer (`elapsed`), and how long a round trip takes at the least
(`least`). Whatever lies between, `elapsed` less the claim, is the way there and back, and that
cannot be arbitrarily long: so far, and no further, a claim is believed. `docs/explanation/
fair-quiz.md` has the rule in words, with the reasons for each figure.

All times are whole milliseconds. Nothing here reads a clock.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from festoon_quiz.rules.receipts import Measured, Receipt

__all__ = ["Decision", "Limits", "Measured", "Reaction", "Receipt", "Waiting", "Way"]
__all__ += ["credit", "decide", "wait_until", "way"]

OUT_OF_IT = frozenset({"inhuman", "late"})
"""Marks with which nobody is first."""


@dataclass(frozen=True)
class Limits:
    """The published figures of the rule, in milliseconds where nothing else is said.

    They were chosen by `./dev bench fairness`. A room may have a smaller `cap`.
    """

    cap: int = 1200
    """The most that is ever credited for a way: what a cheat can gain at the very most."""
    page: int = 60
    """What a page and a busy server may take beside the way: to open, to paint, to read."""
    jitter: int = 5
    """How many times `spread` a way may be longer than the shortest one, usually."""
    few: int = 4
    """With fewer samples of a path than these, `unsure` is added."""
    unsure: int = 60
    stall: int = 250
    """What one lost packet costs beside one more round trip: the time-out of TCP, and some."""
    grain: int = 1
    """How exactly phones tell the time: browsers round to a millisecond."""
    human: int = 100
    """No human reacts sooner; the same figure makes a false start in athletics."""
    doubts: int = 2
    """So many claims of a game may need a lost packet to be true, …"""
    doubts_every: int = 10
    """… and one more for each so many answers."""


@dataclass(frozen=True)
class Reaction:
    """How long somebody took: not less than `low`, not more than `high`, counted as `best`.

    `marks`, sorted: `clamped` (the claim lies outside of what the way leaves room for), `doubted`
    (only a lost packet would explain the claim, and `low` believes it), `inhuman` (claimed or
    counted under `Limits.human`: cannot be first), `late` (after the time limit: does not count),
    `silent` (no claim), `unmeasured` (path or opening unknown), `capped` (the
    way would have had more credit than `Limits.cap`).
    """

    low: int
    best: int
    high: int
    marks: tuple[str, ...] = ()


@dataclass(frozen=True)
class Decision:
    """Who was first: nobody, one player, or all between whom the order cannot be known."""

    first: tuple[str, ...] = ()

    @property
    def tie(self) -> bool:
        """Whether several are first."""
        return len(self.first) > 1


@dataclass(frozen=True)
class Waiting:
    """Somebody who has not answered yet: when the key was written (or opened), and the path."""

    heard: float
    """Seconds, the host's clock."""
    path: Measured | None
    """None where nothing is known: then it may be as long as the cap."""


@dataclass(frozen=True)
class Way:
    """How long the way of an answer, there and back, may be; milliseconds."""

    shortest: int
    usual: int
    """The longest without a lost packet."""
    stalled: int
    """The longest with one."""


def way(least: int, spread: int, samples: int, limits: Limits) -> Way:
    """What a path leaves room for, never more than the cap."""
    usual = least + limits.jitter * spread + limits.page
    if samples < limits.few:
        usual += limits.unsure
    # What was lost is sent again when the round trip and the time-out have gone by.
    stalled = usual + least + limits.stall
    return Way(min(least, limits.cap), min(usual, limits.cap), min(stalled, limits.cap))


def credit(receipt: Receipt, seconds: int, limits: Limits) -> Reaction:
    """The reaction, from what was measured and what is claimed; `seconds` is the time limit."""
    path = way(receipt.least, receipt.spread, receipt.samples, limits)
    longest = receipt.elapsed - path.shortest
    counted = receipt.elapsed - path.usual
    claim = receipt.claimed
    marks = set()
    if receipt.samples == 0 or not receipt.told:
        marks.add("unmeasured")
    if path.stalled == limits.cap:
        marks.add("capped")
    if claim is None:
        marks.add("silent")
        low, best, high = counted, counted, longest
    elif counted <= claim <= receipt.elapsed:
        low, best, high = claim - limits.grain, claim, claim + limits.grain
    else:
        marks.add("clamped")
        low, best, high = counted, counted, longest
        if claim > longest:
            best = longest
        elif claim >= limits.human and _believed(receipt, limits):
            low = max(claim - limits.grain, receipt.elapsed - path.stalled)
            marks.add("doubted")
    if best < limits.human or (claim is not None and claim < limits.human):
        marks.add("inhuman")
    if low > seconds * 1000:
        marks.add("late")
    return Reaction(max(low, 0), max(best, 0), max(high, 0), tuple(sorted(marks)))


def _believed(receipt: Receipt, limits: Limits) -> bool:
    """Whether this player may once more have had bad luck with the network."""
    return receipt.doubts < limits.doubts + receipt.answers // limits.doubts_every


def decide(reactions: Mapping[str, Reaction]) -> Decision:
    """Who was first among these players: pass only those whose answers are right.

    For a buzzer pass all who pressed and are not judged wrong yet. First is everybody who may
    have been: whose `low` is not above the least `high` of all.
    """
    there = {
        player: reaction
        for player, reaction in reactions.items()
        if not OUT_OF_IT & set(reaction.marks)
    }
    if not there:
        return Decision()
    bound = min(reaction.high for reaction in there.values())
    first = [player for player, reaction in there.items() if reaction.low <= bound]
    return Decision(tuple(sorted(first, key=lambda player: (there[player].best, player))))


def wait_until(first: Reaction, waiting: Iterable[Waiting], limits: Limits) -> float:
    """Until when an answer that was faster than `first`, or as fast, may still arrive.

    Seconds of the host's clock; 0.0 where nobody is left to wait for. Bounded: never later than
    `first.high` and `limits.cap` after the last `heard`.
    """
    until = 0.0
    for one in waiting:
        known = Receipt.of_path(one.path)
        path = way(known.least, known.spread, known.samples, limits)
        longest = path.stalled if known.samples else limits.cap
        until = max(until, one.heard + (first.high + longest) / 1000)
    return until
