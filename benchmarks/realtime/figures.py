"""From rounds to figures: medians, spreads, and ratios taken round by round."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from statistics import median
from typing import Any

from benchmarks.realtime.rounds import Results


@dataclass(frozen=True)
class Figure:
    """The median of the rounds that came to an end, and the least and the most among them."""

    value: float
    least: float
    most: float


Reading = Callable[[dict[str, Any]], float]


def rate(figures: dict[str, Any]) -> float:
    """As much a second, by the clock (or KB per socket)."""
    return float(figures["rate"])


def rate_by_processor(figures: dict[str, Any]) -> float:
    """As much in a second of the server's processor time."""
    return float(figures["rate"]) / max(float(figures["server"]), 1e-9)


def field(name: str) -> Reading:
    """One field as it is."""
    return lambda figures: float(figures[name])


def figure(
    results: Results, peer: str, sockets: int, measure: str, read: Reading = rate
) -> Figure | None:
    """What a peer reached; None where no round came to an end."""
    rounds = results.figures.get((peer, sockets, measure), [])
    values = [read(found) for found in rounds if found is not None]
    return Figure(median(values), min(values), max(values)) if values else None


def ratio(
    results: Results,
    peer: str,
    to: str,
    sockets: int,
    measure: str,
    read: Reading = rate,
) -> float | None:
    """The median of the ratios of each round, so that what slows a whole round falls out."""
    mine = results.figures.get((peer, sockets, measure), [])
    theirs = results.figures.get((to, sockets, measure), [])
    ratios = [
        read(one) / read(other)
        for one, other in zip(mine, theirs, strict=False)
        if one is not None and other is not None and read(other)
    ]
    return median(ratios) if ratios else None
