"""`./dev bench hall`: a hall of guests comes to one room within a minute, from one address.

Two workers on PostgreSQL and Redis, limits on; and at that address somebody guesses passwords
meanwhile. The exit status is 1 where somebody met an error, a figure is past its goal, the
organizer's list is not complete, or the guesser was let further than the limits say.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import signal
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from benchmarks.fleet import Fleet, on_postgresql
from benchmarks.hall.crowd import Crowd, Tally
from benchmarks.hall.guesser import Guesser
from benchmarks.hall.organizer import Organizer
from benchmarks.realtime.machine import description, raise_file_limit
from benchmarks.realtime.process import Failed
from benchmarks.realtime.tools import Missing

WITHIN = 60.0
JOIN_P99 = 1.0
SCREENS = 6


@dataclass(frozen=True)
class Outcome:
    """What a run saw, from the guests' side and from the organizer's."""

    people: int
    tally: Tally
    frames: Counter[str]
    bytes: int
    errors: Counter[str]
    listed: int
    online: Sequence[int]
    worked: Mapping[str, float]
    guesser: Guesser
    kept_out: Sequence[str]


def main(arguments: Sequence[str]) -> int:
    """Reads the arguments, starts everything, and measures."""
    parser = argparse.ArgumentParser(prog="./dev bench hall", description=__doc__)
    parser.add_argument("--people", type=int, default=2000, help="guests that come")
    parser.add_argument("--seconds", type=float, default=55, help="over so long they arrive")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--wrong", type=int, default=200, help="FESTOON_LIMITS: wrong_per_network")
    goal = "the p99 of joining, in seconds, that is reached"
    parser.add_argument("--join", type=float, default=JOIN_P99, help=goal)
    options = parser.parse_args(arguments)
    # The servers must not outlive a run that is told to stop.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    raise_file_limit(2 * options.people + 500)
    print(description())
    print(f"load average before: {os.getloadavg()[0]:.1f}")
    try:
        limits = f"on,wrong_per_network={options.wrong}"
        with on_postgresql(options.workers, limits=limits) as fleet:
            outcome = asyncio.run(_measure(fleet, options.people, options.seconds))
    except (Missing, Failed) as problem:
        print(problem, file=sys.stderr)
        return 1
    _show(outcome)
    print(f"load average after: {os.getloadavg()[0]:.1f}")
    missed = [
        *_missed(outcome, options.join),
        *outcome.kept_out,
        *outcome.guesser.missed(options.wrong),
    ]
    for miss in missed:
        print(f"NOT REACHED: {miss}")
    return 1 if missed else 0


async def _measure(fleet: Fleet, people: int, seconds: float) -> Outcome:
    organizer = Organizer(fleet.host)
    crowd = Crowd(organizer, people, seconds)
    guesser = Guesser(fleet.host)
    try:
        await organizer.prepare(SCREENS)
        await guesser.prepare()
        guessing = asyncio.create_task(guesser.guess())
        before = fleet.worked()
        await crowd.fill()
        worked = {name: now - before[name] for name, now in fleet.worked().items()}
        kept_out = await guesser.others()
        guesser.stop()
        await guessing
        online = await organizer.online(people + 1)
        listed = len(await organizer.participants())
        tally = await crowd.leave()
    finally:
        await crowd.close()
        await organizer.close()
        await guesser.close()
    return Outcome(
        people,
        tally,
        organizer.frames + Counter(tally.heard),
        organizer.bytes + tally.bytes,
        organizer.closed + Counter(tally.errors),
        listed,
        online,
        worked,
        guesser,
        kept_out,
    )


def _show(outcome: Outcome) -> None:
    tally, people = outcome.tally, outcome.people
    print(f"{tally.listening} of {people} guests listen after {tally.seconds:.1f} s")
    print(f"{'':<24}{'median ms':>11}{'p99 ms':>9}{'most ms':>9}")
    for step, times in tally.times.items():
        parts = (_share(times, 0.5), _share(times, 0.99), _share(times, 1.0))
        print(f"{step:<24}{parts[0] * 1000:>11.0f}{parts[1] * 1000:>9.0f}{parts[2] * 1000:>9.0f}")
    spent = {**outcome.worked, "this client": tally.client}
    each = ", ".join(f"{name} {seconds:.1f} s" for name, seconds in spent.items())
    print(f"processor time while they came: {each}")
    print(f"  of the host's, a guest: {outcome.worked['festoon'] / people * 1000:.1f} ms")
    frames = outcome.frames.total()
    print(
        f"frames sent by the host: {frames} ({frames / people:.1f} a guest; "
        f"{frames / people**2:.4f} of {people}²), {outcome.bytes / 1e6:.1f} MB"
    )
    for name, number in outcome.frames.most_common():
        print(f"  {name:<28}{number:>9}")
    for error, number in outcome.errors.items():
        print(f"  error: {error}: {number}")
    print(f"on the organizer's list: {outcome.listed} of {people + 1}")
    guesser = outcome.guesser
    print(f"somebody guessed for {guesser.seconds:.1f} s, answers by status:")
    print(f"  at one account {dict(guesser.guesses)}, over many {dict(guesser.sprays)}")
    print(f"online, as each of {len(outcome.online)} screens was told: {outcome.online}")


def _share(times: Sequence[float], part: float) -> float:
    return times[min(len(times) - 1, int(part * len(times)))] if times else 0.0


def _missed(outcome: Outcome, join_goal: float) -> list[str]:
    found = []
    tally, people = outcome.tally, outcome.people
    if outcome.errors:
        found.append(f"{outcome.errors.total()} errors")
    if tally.seconds > WITHIN:
        found.append(f"{tally.seconds:.1f} s instead of {WITHIN:g}")
    join = _share(tally.times["join"], 0.99)
    if join > join_goal:
        found.append(f"the p99 of joining is {join:.2f} s instead of {join_goal:g}")
    if outcome.listed != people + 1:
        found.append(f"{outcome.listed} people on the list instead of {people + 1}")
    if set(outcome.online) != {people + 1}:
        found.append(f"{sorted(set(outcome.online))} people online instead of {people + 1}")
    return found
