"""The rounds of a run, kept in a file for a run that is made in pieces; medians and ratios."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any

Measured = dict[str, Any]
Reading = Callable[[Measured], float]
MEMORY = "memory"
"""Beside the calls: `{"rate": MB}` resident after them all, `"idle"` before the first."""


@dataclass
class Results:
    """`figures[(peer, call)]`: one entry for each round, None where it failed."""

    figures: dict[tuple[str, str], list[Measured | None]] = field(default_factory=dict)
    failures: list[str] = field(default_factory=list)

    def add(self, peer: str, names: list[str], measured: dict[str, Measured]) -> None:
        """One round of one server, in which `names` were to be measured."""
        for name in [*names, MEMORY]:
            self.figures.setdefault((peer, name), []).append(measured.get(name))

    def save(self, file: Path) -> None:
        """Writes all rounds."""
        rows = [[*key, rounds] for key, rounds in self.figures.items()]
        text = json.dumps({"figures": rows, "failures": self.failures})
        file.write_text(text, encoding="utf-8")

    @classmethod
    def load(cls, file: Path) -> Results:
        """The rounds that were kept."""
        found = json.loads(file.read_text(encoding="utf-8"))
        figures = {(peer, name): rounds for peer, name, rounds in found["figures"]}
        return cls(figures, found["failures"])

    def rounds(self, peer: str, name: str, read: Reading) -> list[float]:
        """What a peer reached in each round that came to an end."""
        found = self.figures.get((peer, name), [])
        return [read(one) for one in found if one is not None]

    def ratio(self, to: str, name: str, read: Reading, of: str = "festoon") -> float | None:
        """The median of the ratios of each round, so that what slows a whole round falls out."""
        mine, theirs = self.figures.get((of, name), []), self.figures.get((to, name), [])
        ratios = [
            read(one) / read(other)
            for one, other in zip(mine, theirs, strict=False)
            if one is not None and other is not None and read(other)
        ]
        return median(ratios) if ratios else None


def of(name: str) -> Reading:
    """One field as it is."""
    return lambda measured: float(measured[name])


rate, p50, p99 = of("rate"), of("p50"), of("p99")
