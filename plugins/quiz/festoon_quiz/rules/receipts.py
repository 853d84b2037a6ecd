"""What the server measured for one answer, and what the phone claims."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Protocol

LONGEST = 86_400_000
"""A day in milliseconds: no figure of a receipt is longer."""


class Measured(Protocol):
    """What the host tells of a path; `host.Path` is one. Seconds."""

    @property
    def least(self) -> float:
        """The shortest round trip."""
        ...

    @property
    def spread(self) -> float:
        """How much longer the median of them is."""
        ...

    @property
    def samples(self) -> int:
        """How many are kept."""
        ...


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
    """How much longer the median of its round trips is."""
    samples: int = 0
    """How many round trips were measured; 0: the path is unknown."""
    claimed: int | None = None
    """The reaction by the phone's own clock: pressed less shown. None: it claims nothing."""
    held: int | None = None
    """How long the phone held the answer back before it sent it, as it says; for information."""
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
        milliseconds of the phone's clock, and whatever else a phone may send claims nothing.
        """
        known = cls.of_path(path)
        began = opened if heard is None else heard
        return cls(
            elapsed=max(0, _whole((arrived - began) * 1000)),
            told=heard is not None,
            least=known.least,
            spread=known.spread,
            samples=known.samples,
            claimed=_between(shown, pressed),
            held=_between(pressed, now),
            answers=answers,
            doubts=doubts,
        )

    @classmethod
    def of_path(cls, path: Measured | None) -> Receipt:
        """One that tells of a path alone."""
        if path is None or path.samples <= 0:
            return cls(elapsed=0)
        least, spread = _whole(path.least * 1000), _whole(path.spread * 1000)
        return cls(elapsed=0, least=max(0, least), spread=max(0, spread), samples=path.samples)

    def to_json(self) -> dict[str, Any]:
        """As it is kept and certified."""
        return asdict(self)

    @classmethod
    def from_json(cls, kept: Mapping[str, Any]) -> Receipt:
        """The other way round; raises `TypeError` for what is no receipt."""
        return cls(**kept)


def _whole(milliseconds: float) -> int:
    return round(min(milliseconds, LONGEST))


def _between(earlier: float | None, later: float | None) -> int | None:
    """The time between two moments of a phone's clock, None where they make no sense."""
    if not _is_moment(earlier) or not _is_moment(later):
        return None
    assert earlier is not None
    assert later is not None
    taken = later - earlier
    return round(taken) if 0 <= taken <= LONGEST else None


def _is_moment(value: object) -> bool:
    # NaN is in no order with anything.
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 2**53
