"""Simulated phones: they answer pings, see the question, press, and claim, truly or not."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from math import exp, floor, inf, log
from random import Random

from benchmarks.fairness.cheats import HONEST, Cheat, Situation
from benchmarks.fairness.paths import Weather, ways
from benchmarks.fairness.seen import Seen
from festoon_quiz.rules.receipts import Receipt
from festoon_quiz.rules.timing import Limits, credit

EVERY, UNEVEN, SAMPLES, WINDOW = 2000.0, 0.2, 16, 60_000.0
"""How the host measures paths: host/realtime/wire/measuring.py."""
MEDIAN, SIGMA = 950.0, 0.36
"""Reactions are lognormal: one of ten under 600 ms, one of ten over 1,500."""
PAINT = (3.0, 33.0)
"""From the key's arrival until the question is on the glass."""
SECONDS = 20


@dataclass(frozen=True)
class Sample:
    """What `host.Path` tells, in seconds."""

    least: float
    spread: float
    samples: int


class Phone:
    """One player during one game."""

    def __init__(
        self,
        weather: Weather,
        chance: Random,
        limits: Limits,
        *,
        player: int,
        cheat: Cheat = HONEST,
    ) -> None:
        self.player = player
        self._chance = chance
        self._limits = limits
        self._cheat = cheat
        self._down, self._up = ways(weather, chance)
        self._rounds: deque[tuple[float, float]] = deque(maxlen=SAMPLES)
        self._under_way: list[tuple[float, float]] = []
        self._next_ping = 0.0
        self._clock = chance.uniform(0, 1e6)
        self._doubts = 0
        self._claims: list[float] = []
        self._joined = self._pong(*self._ping())

    def answer(self, opened: float, blur: float) -> tuple[float, Seen]:
        """Answers a question that is opened at this moment; when, and what the server sees.

        `blur`: by how many milliseconds the screen shows it sooner or later than the page thinks.
        """
        self._pings_until(opened)
        told = self._down.carry(opened, self._chance)
        shown = told + self._chance.uniform(*PAINT)
        truth = exp(self._chance.gauss(log(MEDIAN), SIGMA))
        pressed = shown + truth
        behind = self._pings_until(pressed, before=pressed)
        arrived = self._up.carry(pressed, self._chance)
        for sent, there in behind:
            self._pong(sent, there)
        path = self._path(arrived)
        paint = shown + self._chance.uniform(-blur, blur)
        receipt = Receipt.of(
            opened=opened / 1000,
            heard=opened / 1000,
            arrived=arrived / 1000,
            path=path,
            shown=floor(paint + self._clock),
            pressed=floor(pressed + self._clock),
            answers=len(self._claims),
            doubts=self._doubts,
        )
        claim = self._cheat.claim(Situation(truth, receipt, tuple(self._claims), self._limits))
        receipt = Receipt(**{**receipt.to_json(), "claimed": claim})
        self._claims.append(truth)
        if "doubted" in credit(receipt, SECONDS, self._limits).marks:
            self._doubts += 1
        seen = Seen(self.player, truth, arrived - opened, self._joined, receipt)
        return arrived, seen

    def _ping(self) -> tuple[float, float]:
        """Sends the one that is due: when it left, and when it is at the phone."""
        sent = self._next_ping
        self._next_ping = sent + EVERY * self._chance.uniform(1 - UNEVEN, 1 + UNEVEN)
        return sent, self._down.carry(sent, self._chance)

    def _pong(self, sent: float, there: float) -> float:
        back = self._up.carry(there, self._chance)
        back += self._cheat.delay(back - sent, self._limits)
        self._under_way.append((back, back - sent))
        return back - sent

    def _pings_until(self, moment: float, before: float = inf) -> list[tuple[float, float]]:
        """All that are due; gives those that the phone has to answer only after `before`."""
        behind = []
        while self._next_ping <= moment:
            sent, there = self._ping()
            if there <= before:
                self._pong(sent, there)
            else:
                behind.append((sent, there))
        return behind

    def _path(self, now: float) -> Sample | None:
        arrived = sorted(one for one in self._under_way if one[0] <= now)
        self._rounds.extend(arrived)
        self._under_way = [one for one in self._under_way if one[0] > now]
        kept = sorted(taken for at, taken in self._rounds if now - at <= WINDOW)
        if not kept:
            return None
        spread = kept[len(kept) // 2] - kept[0]
        return Sample(kept[0] / 1000, spread / 1000, len(kept))
