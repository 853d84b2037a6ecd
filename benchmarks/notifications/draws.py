"""Draws one after the other, and what happened at the time of the slowest."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from benchmarks.measure import Figures, row
from benchmarks.notifications.hall import Drawn, Hall
from benchmarks.notifications.postoffice import Kept

SLOWEST = 6
"""So many are listed."""
AFTERMATH = 6.0
"""Seconds after something in which a slow draw is put down beside it."""


@dataclass
class Diary:
    """What was done to the host, and when."""

    began: float = field(default_factory=time.monotonic)
    entries: list[tuple[float, str]] = field(default_factory=list)

    def note(self, what: str) -> None:
        """Something has just been done."""
        self.entries.append((time.monotonic(), what))

    def beside(self, drawn: Drawn) -> str:
        """What was going on while somebody waited for this draw."""
        ended = drawn.at + drawn.seconds
        near = [(at, what) for at, what in self.entries if drawn.at - AFTERMATH < at < ended]
        return ", ".join(f"{what} {at - drawn.at:+.1f} s" for at, what in near)


@dataclass(frozen=True)
class Phase:
    """The draws of one part of a run."""

    name: str
    seconds: float
    draws: Sequence[Drawn]
    worked: Mapping[str, float]
    """Seconds of processor time that everybody took in it."""

    def figures(self) -> Figures:
        """Of those whose connection held: another is answered by another worker, after a while."""
        times = sorted(one.seconds for one in self.draws if not one.cut)
        return Figures(self.name, self.seconds, tuple(times))

    def congratulated(self, kept: Kept) -> Figures:
        """From a draw until the letter to its winner is there."""
        at = {name[1:].partition(".")[0]: moment for name, moment in kept.at.items()}
        times = [at[one.winner_id] - one.at for one in self.draws if one.winner_id in at]
        return Figures("  until “you won” is there", self.seconds, tuple(sorted(times)))

    def show(self, diary: Diary, kept: Kept) -> None:
        """The line of the table, and the slowest draws."""
        print(row(self.figures()))
        print(row(self.congratulated(kept)))
        shares = [f"{who} {took / self.seconds:.0%}" for who, took in self.worked.items()]
        print(f"    of a core: {', '.join(shares)}")
        for one in sorted(self.draws, key=lambda one: -one.seconds)[:SLOWEST]:
            cut = ", its connection was cut" if one.cut else ""
            beside = diary.beside(one)
            print(
                f"    {one.seconds * 1000:6.0f} ms at {one.at - diary.began:6.1f} s{cut}"
                + (f" (beside: {beside})" if beside else "")
            )
        if many := sum(one.cut for one in self.draws):
            print(f"    {many} were cut off with the worker that had them, and asked again")


async def draw_until(
    hall: Hall,
    until: asyncio.Task[None],
    name: str,
    pause: float,
    worked: Callable[[], Mapping[str, float]],
) -> Phase:
    """Draws a winner, waits for `pause` seconds, and so on until that task ends."""
    draws: list[Drawn] = []
    before, began = worked(), time.perf_counter()
    while not until.done() or not draws:
        draws.append(await hall.draw())
        await asyncio.sleep(pause)
    await until
    seconds = time.perf_counter() - began
    took = {who: max(0.0, now - before[who]) for who, now in worked().items()}
    return Phase(name, seconds, draws, took)
