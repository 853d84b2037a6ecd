"""`./dev bench notifications`: an announcement to a hall, by mail, while everything fails.

Workers on PostgreSQL and Redis; a real SMTP server on loopback that breaks off a share of its
connections, each at a place of its own, and is killed and started again twice; one worker is
killed. Winners are drawn in the same room before and meanwhile. The exit status is 1 where
somebody got no letter, or one came twice without the word that it was kept having been lost.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.fleet import Fleet, on_postgresql
from benchmarks.measure import HEADER, Figures, row
from benchmarks.notifications.hall import Hall
from benchmarks.notifications.postoffice import Kept, read
from benchmarks.realtime.machine import description
from benchmarks.realtime.process import Failed
from benchmarks.realtime.tools import Missing
from tests.servers.process import free_port, listens, wait_until

PAUSE = 0.5
"""Seconds between two draws."""


@dataclass
class Office:
    """The mail server, seen from outside."""

    log: Path
    share: float
    letters: int
    port: int = field(default_factory=free_port)
    _process: subprocess.Popen[bytes] | None = None
    _starts: int = 0

    def start(self) -> None:
        """Starts it, again or for the first time."""
        self._starts += 1
        words = (self.port, self.log, self.share, self.letters, self._starts)
        command = [sys.executable, "-m", "benchmarks.notifications.postoffice", *map(str, words)]
        self._process = subprocess.Popen(command)
        wait_until(lambda: listens(self.port), 30, "the mail server")

    def kill(self) -> None:
        """Ends it at whatever line it is."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None


@dataclass
class Outcome:
    """What a run saw."""

    before: Figures
    during: Figures
    seconds: float
    kept: Kept
    expected: int
    reached: int
    killed_workers: int
    figures: dict[str, object]


def main(arguments: Sequence[str]) -> int:
    """Reads the arguments, starts everything, and measures."""
    parser = argparse.ArgumentParser(prog="./dev bench notifications", description=__doc__)
    parser.add_argument("--people", type=int, default=10_000)
    parser.add_argument("--workers", type=int, default=3)
    parser.add_argument("--drop", type=float, default=0.2, help="share of connections broken off")
    parser.add_argument("--letters", type=int, default=10, help="letters to a connection")
    parser.add_argument("--seconds", type=float, default=20, help="of draws before")
    parser.add_argument("--within", type=float, default=240, help="seconds until all have it")
    options = parser.parse_args(arguments)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    print(description())
    print(f"load average before: {os.getloadavg()[0]:.1f}")
    log = Path(f"/tmp/festoon-postoffice-{os.getpid()}.log")
    office = Office(log, options.drop, options.letters)
    try:
        office.start()
        mail = {
            "SMTP_URL": f"smtp://127.0.0.1:{office.port}",
            "MAIL_FROM": "Festoon <hello@festoon.test>",
        }
        with on_postgresql(options.workers, limits="off", values=mail) as fleet:
            outcome = asyncio.run(
                _measure(fleet, office, options.people, options.seconds, options.within)
            )
    except (Missing, Failed) as problem:
        print(problem, file=sys.stderr)
        return 1
    finally:
        office.kill()
        log.unlink(missing_ok=True)
    return _show(outcome)


async def _measure(
    fleet: Fleet, office: Office, people: int, seconds: float, within: float
) -> Outcome:
    hall = Hall(fleet.host)
    try:
        await hall.open(fleet.servers[1], people)
        before = await _draws(hall, asyncio.create_task(asyncio.sleep(seconds)), "draws before")
        began = time.monotonic()
        announcement = await hall.announce()
        until = asyncio.create_task(_all_have_it(office, announcement, people, within))
        failing = asyncio.create_task(_fail(fleet, office, announcement, people))
        during = await _draws(hall, until, "draws meanwhile")
        took = time.monotonic() - began
        killed = await failing
        figures = await hall.settled(announcement)
    finally:
        await hall.close()
    return Outcome(
        before,
        during,
        took,
        read(office.log),
        people,
        len(_reached(office, announcement)),
        killed,
        figures,
    )


def _reached(office: Office, announcement: str) -> set[str]:
    kept = read(office.log)
    return {kept.to[one] for one in kept.copies if one.startswith(f"<{announcement}.")}


async def _all_have_it(office: Office, announcement: str, people: int, within: float) -> None:
    deadline = time.monotonic() + within
    while time.monotonic() < deadline:
        if len(await asyncio.to_thread(_reached, office, announcement)) >= people:
            return
        await asyncio.sleep(0.5)


async def _some_have_it(office: Office, announcement: str, people: float) -> None:
    while True:
        if len(await asyncio.to_thread(_reached, office, announcement)) >= people:
            return
        await asyncio.sleep(0.2)


async def _fail(fleet: Fleet, office: Office, announcement: str, people: int) -> int:
    """At a quarter and at three quarters the mail server, at half a worker; how many of those."""
    killed = 0
    for part, what in ((0.25, "office"), (0.5, "worker"), (0.75, "office")):
        await _some_have_it(office, announcement, part * people)
        if what == "office":
            await asyncio.to_thread(office.kill)
            await asyncio.sleep(2)
            await asyncio.to_thread(office.start)
        else:
            workers = fleet.host.workers()
            os.kill(random.choice(workers), signal.SIGKILL)
            killed += 1
    return killed


async def _draws(hall: Hall, until: asyncio.Task[None], name: str) -> Figures:
    times: list[float] = []
    began = time.perf_counter()
    while not until.done() or not times:
        start = time.perf_counter()
        await hall.draw()
        times.append(time.perf_counter() - start)
        await asyncio.sleep(PAUSE)
    return Figures(name, time.perf_counter() - began, tuple(sorted(times)))


def _show(outcome: Outcome) -> int:
    kept = outcome.kept
    print(f"{outcome.reached} of {outcome.expected} have it after {outcome.seconds:.1f} s")
    print(f"the host's figures: {outcome.figures}")
    lost = sum(kept.dropped.values())
    share = lost / max(1, kept.connections)
    print(f"{kept.connections} connections, {lost} broken off ({share:.0%}):")
    for fate, many in kept.dropped.most_common():
        print(f"  {fate}: {many}")
    twice = {one: many - 1 for one, many in kept.copies.items() if many > 1}
    unsaid = {one: min(many, kept.copies[one] - kept.said[one]) for one, many in twice.items()}
    copies, without = sum(twice.values()), sum(unsaid.values())
    print(f"letters that came more than once: {len(twice)}, {copies} copies too many, of which")
    print(f"  {without} because the word that the letter was kept was lost")
    print(
        f"  {copies - without} because a worker, or the mail server, was killed before it was read"
    )
    print(HEADER)
    print(row(outcome.before))
    print(row(outcome.during))
    print(f"load average after: {os.getloadavg()[0]:.1f}")
    if outcome.reached < outcome.expected:
        print(f"NOT REACHED: {outcome.expected - outcome.reached} have no letter")
        return 1
    return 0
