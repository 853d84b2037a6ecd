"""`./dev bench notifications`: an announcement to a hall, by mail, while everything fails.

Workers on PostgreSQL and Redis; a real SMTP server on loopback that breaks off a share of its
connections, each at a place of its own, and is killed and started again twice; one worker is
killed. Winners are drawn in the same room before, while the same is killed and no letter is on its
way, and while all of it happens at once. The exit status is 1 where somebody got no letter.
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
from benchmarks.measure import HEADER
from benchmarks.notifications.draws import Diary, Phase, draw_until
from benchmarks.notifications.hall import Hall
from benchmarks.notifications.postoffice import Kept, read
from benchmarks.realtime.machine import busy_seconds, description, processor_seconds
from benchmarks.realtime.process import Failed
from benchmarks.realtime.tools import Missing
from tests.servers.process import free_port, listens, wait_until


@dataclass
class Office:
    """The mail server, seen from outside."""

    log: Path
    share: float
    letters: int
    port: int = field(default_factory=free_port)
    _process: subprocess.Popen[bytes] | None = None
    _starts: int = 0
    _worked: float = 0.0

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
            self._worked += self._now()
            self._process.kill()
            self._process.wait()
            self._process = None

    def worked(self) -> float:
        """Seconds of processor time so far, those before it was killed included."""
        return self._worked + self._now()

    def _now(self) -> float:
        return processor_seconds([self._process.pid]) if self._process is not None else 0.0


@dataclass
class Outcome:
    """What a run saw."""

    phases: Sequence[Phase]
    diary: Diary
    seconds: float
    kept: Kept
    expected: int
    reached: int
    figures: dict[str, object]


def main(arguments: Sequence[str]) -> int:
    """Reads the arguments, starts everything, and measures."""
    parser = argparse.ArgumentParser(prog="./dev bench notifications", description=__doc__)
    parser.add_argument("--people", type=int, default=10_000)
    parser.add_argument("--workers", type=int, default=3)
    parser.add_argument("--drop", type=float, default=0.2, help="share of connections broken off")
    parser.add_argument("--letters", type=int, default=10, help="letters to a connection")
    parser.add_argument("--rate", type=int, default=20, help="brought a second, by each worker")
    parser.add_argument("--seconds", type=float, default=30, help="of draws before, twice")
    parser.add_argument("--pause", type=float, default=0.25, help="seconds between two draws")
    parser.add_argument("--within", type=float, default=240, help="seconds until all have it")
    options = parser.parse_args(arguments)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    print(description())
    print(f"load average before: {os.getloadavg()[0]:.1f}")
    log = Path(f"/tmp/festoon-postoffice-{os.getpid()}.log")
    office = Office(log, options.drop, options.letters)
    try:
        office.start()
        limits = f"off,brought_per_second={options.rate}"
        mail = {
            "SMTP_URL": f"smtp://127.0.0.1:{office.port}",
            "MAIL_FROM": "Festoon <hello@festoon.test>",
        }
        with on_postgresql(options.workers, limits=limits, values=mail) as fleet:
            outcome = asyncio.run(_measure(fleet, office, options))
    except (Missing, Failed) as problem:
        print(problem, file=sys.stderr)
        return 1
    finally:
        office.kill()
        log.unlink(missing_ok=True)
    return _show(outcome)


async def _measure(fleet: Fleet, office: Office, options: argparse.Namespace) -> Outcome:
    hall, diary, people = Hall(fleet.host), Diary(), options.people

    async def draws(until: asyncio.Task[None], name: str) -> Phase:
        return await draw_until(hall, until, name, options.pause, lambda: _worked(fleet, office))

    try:
        await hall.open(fleet.servers[1], people)
        quiet = asyncio.create_task(asyncio.sleep(options.seconds))
        before = await draws(quiet, "draws before")
        failing = asyncio.create_task(_fail_without(fleet, office, diary, options.seconds))
        without = await draws(failing, "draws, failures, no letters")
        began = time.monotonic()
        announcement = await hall.announce()
        diary.note("announced")
        until = asyncio.create_task(_all_have_it(office, announcement, people, options.within))
        failing = asyncio.create_task(_fail(fleet, office, diary, announcement, people))
        during = await draws(until, "draws, failures and letters")
        took = time.monotonic() - began
        await failing
        figures = await hall.settled(announcement)
    finally:
        await hall.close()
    return Outcome(
        (before, without, during),
        diary,
        took,
        read(office.log),
        people,
        len(_reached(office, announcement)),
        figures,
    )


def _worked(fleet: Fleet, office: Office) -> dict[str, float]:
    return {
        **fleet.worked(),
        "mail server": office.worked(),
        "this client": time.process_time(),
        "the whole machine": busy_seconds(),
    }


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


async def _fail(fleet: Fleet, office: Office, diary: Diary, announcement: str, people: int) -> None:
    """At a quarter and at three quarters the mail server, at half a worker."""
    for part, what in ((0.25, "office"), (0.5, "worker"), (0.75, "office")):
        await _some_have_it(office, announcement, part * people)
        await _fails(fleet, office, diary, what)


async def _fail_without(fleet: Fleet, office: Office, diary: Diary, seconds: float) -> None:
    """The same in so many seconds, while no letter is on its way."""
    for what in ("office", "worker", "office"):
        await asyncio.sleep(seconds / 4)
        await _fails(fleet, office, diary, what)
    await asyncio.sleep(seconds / 4)


async def _fails(fleet: Fleet, office: Office, diary: Diary, what: str) -> None:
    if what == "worker":
        diary.note("a worker was killed")
        os.kill(random.choice(fleet.host.workers()), signal.SIGKILL)
        return
    diary.note("the mail server was killed")
    await asyncio.to_thread(office.kill)
    await asyncio.sleep(2)
    await asyncio.to_thread(office.start)
    diary.note("the mail server was started")


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
    for phase in outcome.phases:
        phase.show(outcome.diary, kept)
    print(f"load average after: {os.getloadavg()[0]:.1f}")
    if outcome.reached < outcome.expected:
        print(f"NOT REACHED: {outcome.expected - outcome.reached} have no letter")
        return 1
    return 0
