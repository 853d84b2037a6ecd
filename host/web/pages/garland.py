"""The geometry of a string of lights: a wire that sags between hooks, and its bulbs."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

COLOURS = 5


@dataclass(frozen=True)
class Bulb:
    """Where one bulb hangs, in px; `angle` is the wire's slope there in degrees."""

    x: float
    y: float
    angle: float
    colour: int
    """1 to 5, the light token that it is painted with."""


@dataclass(frozen=True)
class Garland:
    """A drawn string: its extent in px, the wire as SVG path data, and the bulbs."""

    width: float
    height: float
    wire: str
    bulbs: tuple[Bulb, ...]


def garland(
    spans: Sequence[float], *, per_span: int, sag: float, hook: float = 6.0, height: float = 84.0
) -> Garland:
    """A wire over hooks `spans` px apart, each span sagging by `sag` px with `per_span` bulbs.

    Each span is a parabola, which at this flatness nobody can tell from a catenary, and which
    one quadratic Bézier draws exactly: its control point lies twice the sag below the chord.
    """
    bulbs: list[Bulb] = []
    path = [f"M0 {hook:g}"]
    left = 0.0
    for span in spans:
        right = left + span
        path.append(f"Q{(left + right) / 2:g} {hook + 2 * sag:g} {right:g} {hook:g}")
        for index in range(per_span):
            along = (index + 0.5) / per_span
            slope = 4 * sag * (1 - 2 * along) / span
            bulbs.append(
                Bulb(
                    x=round(left + along * span, 1),
                    y=round(hook + 4 * sag * along * (1 - along), 1),
                    angle=round(math.degrees(math.atan(slope)), 1),
                    colour=len(bulbs) % COLOURS + 1,
                )
            )
        left = right
    return Garland(width=left, height=height, wire=" ".join(path), bulbs=tuple(bulbs))


PAGE = garland((268, 292), per_span=5, sag=15)
"""One tile of the string above every page; it repeats to any width."""

SCREEN = garland((300, 360, 320, 300), per_span=6, sag=24, height=110)
"""The string above the big screen, with a bulb for each of the first guests."""
