"""`./dev bench hall`: a hall of guests comes to one room within a minute, from one address.

Two workers on PostgreSQL and Redis, limits on. The exit status is 1 where somebody met an error,
a figure is past its goal, or the organizer's list is not complete.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import signal
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from websockets.asyncio.client import ClientConnection

from benchmarks.hall.crowd import Crowd, Tally
from benchmarks.realtime.machine import description, raise_file_limit
from tests.servers.festoon import Festoon
from tests.servers.postgresql import PostgreSQL
from tests.servers.redis import Redis

WITHIN = 60.0
JOIN_P99 = 1.0
CALM = 15.0


def main(arguments: Sequence[str]) -> int:
    """Reads the arguments, starts everything, and measures."""
    parser = argparse.ArgumentParser(prog="./dev bench hall", description=__doc__)
    parser.add_argument("--people", type=int, default=2000, help="guests that come")
    parser.add_argument("--seconds", type=float, default=45, help="over so long they arrive")
    parser.add_argument("--workers", type=int, default=2)
    options = parser.parse_args(arguments)
    # The servers must not outlive a run that is told to stop.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    raise_file_limit(2 * options.people + 500)
    print(description())
    print(f"load average before: {os.getloadavg()[0]:.1f}")
    with tempfile.TemporaryDirectory(prefix="festoon-bench-") as place:
        # PostgreSQL runs as another user, who must be able to enter.
        Path(place).chmod(0o755)
        missed = _on(Path(place), options.people, options.seconds, options.workers)
    print(f"load average after: {os.getloadavg()[0]:.1f}")
    for problem in missed:
        print(f"NOT REACHED: {problem}")
    return 1 if missed else 0


def _on(place: Path, people: int, seconds: float, workers: int) -> list[str]:
    folders = [place / name for name in ("postgresql", "redis", "host")]
    for folder in folders:
        folder.mkdir()
    database, redis = PostgreSQL(folders[0]), Redis(folders[1])
    host: Festoon | None = None
    try:
        database.create()
        database.start()
        database.execute("CREATE DATABASE hall")
        redis.start()
        host = Festoon(
            folders[2],
            {
                "DATABASE_URL": database.url("hall"),
                "CHANNELS_URL": redis.url,
                "WORKERS": str(workers),
                "LIMITS": "on",
            },
        )
        host.start_seconds = 90.0
        host.run("migrate")
        host.start()
        return asyncio.run(_measure(host, people, seconds))
    finally:
        for server in (host, redis, database):
            if server is not None:
                server.kill()


async def _measure(host: Festoon, people: int, seconds: float) -> list[str]:
    crowd = Crowd(host)
    try:
        await crowd.prepare()
        # Several, so that every worker very likely has one.
        screens = [await crowd.screen() for _ in range(6)]
        worked = time.process_time()
        await crowd.fill(people, seconds)
        worked = time.process_time() - worked
        counted = await _agree(crowd, screens, people + 1)
        listed = len(await crowd.participants())
    finally:
        await crowd.close()
    tally = crowd.tally
    _show(tally, people, worked)
    print(f"on the organizer's list: {listed} of {people + 1}; online, on six sockets: {counted}")
    return _missed(tally, people, listed, counted)


async def _agree(crowd: Crowd, screens: Sequence[ClientConnection], everybody: int) -> list[int]:
    deadline = time.monotonic() + CALM
    while True:
        counted = [await crowd.online(screen) for screen in screens]
        if set(counted) == {everybody} or time.monotonic() > deadline:
            return counted
        await asyncio.sleep(0.1)


def _show(tally: Tally, people: int, worked: float) -> None:
    came = len(tally.times.get("all together", ()))
    print(f"{came} of {people} guests listen after {tally.seconds:.1f} s; {worked:.1f} s of it")
    print("is the processor time of this client")
    print(f"{'':<24}{'median ms':>11}{'p99 ms':>9}{'most ms':>9}")
    for step, times in tally.times.items():
        parts = (_share(times, 0.5), _share(times, 0.99), max(times))
        print(f"{step:<24}{parts[0] * 1000:>11.0f}{parts[1] * 1000:>9.0f}{parts[2] * 1000:>9.0f}")
    frames = tally.frames.total()
    print(
        f"frames sent by the host: {frames} ({frames / people:.1f} a guest; "
        f"{frames / people**2:.4f} of {people}²), {tally.bytes / 1e6:.1f} MB"
    )
    for name, number in tally.frames.most_common():
        print(f"  {name:<28}{number:>9}")
    for error, number in tally.errors.items():
        print(f"  error: {error}: {number}")


def _share(times: Sequence[float], part: float) -> float:
    ordered = sorted(times)
    return ordered[min(len(ordered) - 1, int(part * len(ordered)))]


def _missed(tally: Tally, people: int, listed: int, counted: Sequence[int]) -> list[str]:
    found = []
    if tally.errors:
        found.append(f"{tally.errors.total()} errors")
    if tally.seconds > WITHIN:
        found.append(f"{tally.seconds:.1f} s instead of {WITHIN:g}")
    joins = tally.times.get("join", [WITHIN])
    if _share(joins, 0.99) > JOIN_P99:
        found.append(f"the p99 of joining is {_share(joins, 0.99):.2f} s instead of {JOIN_P99:g}")
    if listed != people + 1:
        found.append(f"{listed} people on the list instead of {people + 1}")
    if set(counted) != {people + 1}:
        found.append(f"{sorted(set(counted))} people online instead of {people + 1}")
    return found
