"""Timing many calls, and a table of what came out."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Figures:
    """What one measurement gave: `seconds` for all of it, and the times of its calls, sorted."""

    name: str
    seconds: float
    times: tuple[float, ...]

    def share(self, part: float) -> float:
        """The time in milliseconds within which this part (0 to 1) of the calls ended."""
        return self.times[min(len(self.times) - 1, int(part * len(self.times)))] * 1000

    @property
    def rate(self) -> float:
        """Calls in a second."""
        return len(self.times) / self.seconds


async def timed(
    name: str, calls: Sequence[Callable[[], Awaitable[object]]], at_once: int
) -> Figures:
    """Runs every call, `at_once` of them side by side."""
    waiting = iter(calls)
    times: list[float] = []

    async def worker() -> None:
        for call in waiting:
            began = time.perf_counter()
            await call()
            times.append(time.perf_counter() - began)

    began = time.perf_counter()
    await asyncio.gather(*(worker() for _ in range(at_once)))
    return Figures(name, time.perf_counter() - began, tuple(sorted(times)))


HEADER = f"{'':<34}{'calls':>7}{'a second':>10}{'median ms':>11}{'p99 ms':>9}"


def row(figures: Figures) -> str:
    """One line of the table."""
    counted = f"{len(figures.times):>7}{figures.rate:>10.0f}"
    return f"{figures.name:<34}{counted}{figures.share(0.5):>11.1f}{figures.share(0.99):>9.1f}"
