"""How long somebody took, as far as it can be known, and who was first.

All times are whole milliseconds. Nothing here reads a clock.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol


@dataclass(frozen=True)
class Limits:
    """The published figures of the rule, in milliseconds; a room may choose a smaller `cap`."""

    cap: int = 1200
    """The most that is ever credited for a path: what a cheat gains at the very most."""


class Measured(Protocol):
    """What the host tells of a path; `host.Path` is one. Seconds."""

    @property
    def least(self) -> float: ...
    @property
    def spread(self) -> float: ...
    @property
    def samples(self) -> int: ...


@dataclass(frozen=True)
class Receipt:
    """All that the server measured for one answer, and what the phone claims, in milliseconds."""

    elapsed: int
    """From the moment when the key was written to this socket to the answer's arrival."""
    told: bool = True
    """Whether that moment is known; otherwise `elapsed` counts from the opening itself."""
    least: int = 0
    """The shortest round trip of the socket's pings."""
    spread: int = 0
    """How much longer its round trips take."""
    samples: int = 0
    """How many round trips were measured; 0: the path is unknown."""
    claimed: int | None = None
    """The reaction by the phone's own clock: pressed less shown. None: it claims nothing."""
    held: int | None = None
    """How long the phone held the answer back before it sent it, as it says."""
    answers: int = 0
    """How many answers of this player in this game came before."""
    doubts: int = 0
    """How many of those bear the mark `doubted`."""

    @classmethod
    def of(
        cls,
        *,
        opened: float,
        heard: float | None,
        arrived: float,
        path: Measured | None,
        shown: float | None,
        pressed: float | None,
        now: float | None = None,
        answers: int = 0,
        doubts: int = 0,
    ) -> Receipt:
        """From what the host tells and the phone says.

        `opened`, `heard` and `arrived` are seconds of one clock (`opened`: when the question was
        opened, which counts where `heard` is None); `shown`, `pressed` and `now` are
        milliseconds of the phone's clock.
        """
        raise NotImplementedError

    def to_json(self) -> dict[str, Any]:
        """As it is kept and certified."""
        raise NotImplementedError

    @classmethod
    def from_json(cls, kept: Mapping[str, Any]) -> Receipt:
        """The other way round."""
        raise NotImplementedError


@dataclass(frozen=True)
class Reaction:
    """How long somebody took: not less than `low`, not more than `high`, most likely `best`.

    `marks`, sorted: `clamped` (the claim lies outside of what the server measured), `doubted`
    (a lost packet would explain it, so `low` is what the phone claims), `inhuman` (under
    `Limits.human`: a false start, cannot be first), `late` (after the time limit: does not
    count), `silent` (no claim), `unmeasured` (path or opening unknown), `capped`.
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


def credit(receipt: Receipt, seconds: int, limits: Limits) -> Reaction:
    """The reaction, from what was measured and what is claimed; `seconds` is the time limit."""
    raise NotImplementedError


def decide(reactions: Mapping[str, Reaction]) -> Decision:
    """Who was first among these players: pass only those whose answers are right.

    For a buzzer pass all who pressed and are not judged wrong yet.
    """
    raise NotImplementedError


def wait_until(first: Reaction, waiting: Iterable[Waiting], limits: Limits) -> float:
    """Until when an answer that was faster than `first` may still arrive.

    Seconds of the host's clock; 0.0 where nobody is left to wait for. Bounded: never later than
    `first.high` and `limits.cap` after the last `heard`.
    """
    raise NotImplementedError
