"""`./dev bench path`: from the REST call that causes an event to the last socket that hears of it.

A prize is made by `POST /rooms/{id}/prizes`: checked, written with its event, published, and told
to every guest's socket. Each caller waits for the last socket before its next call. Beside it, an
application's own durable events, which nobody asks for by REST. Limits are on, those lifted that
the callers would meet.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import signal
import sys
import tempfile
from collections.abc import Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

from benchmarks.fleet import Fleet, on_postgresql, on_sqlite
from benchmarks.path.room import Prepared, prepare
from benchmarks.realtime.client import LoadClient
from benchmarks.realtime.machine import Cores, description, pin, raise_file_limit
from benchmarks.realtime.peers import Address
from benchmarks.realtime.process import Failed
from benchmarks.realtime.tools import Missing

CALLERS = (1, 4, 16)
CONNECTING = 100
LIMITS = "on,writes_per_user=1000000,events_per_room=1000000"
"""One organizer makes all the prizes, and one application all its events: more than either may."""
HEADER = (
    f"{'':<34}{'events/s':>9}{'told/s':>9}{'answer p50':>11}{'p99':>7}{'last p50':>10}{'p99':>7}"
    f"{'host':>7}{'client':>7}"
)


def main(arguments: Sequence[str]) -> int:
    """Reads the arguments, starts everything, and measures."""
    parser = argparse.ArgumentParser(prog="./dev bench path", description=__doc__)
    parser.add_argument("--sockets", type=int, default=1000, help="guests that listen")
    parser.add_argument("--seconds", type=float, default=10, help="for each measure")
    parser.add_argument("--workers", type=int, default=2, help="on PostgreSQL and Redis")
    kinds = ["sqlite", "postgresql"]
    parser.add_argument("--database", choices=kinds, help="only this one; otherwise both")
    options = parser.parse_args(arguments)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    raise_file_limit(2 * options.sockets + 500)
    print(description())
    print(f"load average before: {os.getloadavg()[0]:.1f}; {options.sockets} sockets, times in ms")
    try:
        for kind in [options.database] if options.database else kinds:
            _on(kind, options.sockets, options.seconds, options.workers)
    except (Missing, Failed) as problem:
        print(problem, file=sys.stderr)
        return 1
    print(f"load average after: {os.getloadavg()[0]:.1f}")
    return 0


def _on(kind: str, sockets: int, seconds: float, workers: int) -> None:
    fleet: AbstractContextManager[Fleet]
    if kind == "sqlite":
        fleet, title = on_sqlite(bench_app=True, limits=LIMITS), "SQLite, one process"
    else:
        fleet = on_postgresql(workers, bench_app=True, limits=LIMITS)
        title = f"PostgreSQL, Redis, {workers} workers"
    cores = Cores.of_this_machine()
    with fleet as running, tempfile.TemporaryDirectory(prefix="festoon-load-") as folder:
        if kind == "sqlite":
            pin(running.pids(), cores.server)
        room = asyncio.run(prepare(running.host, sockets))
        print(f"\n{title}\n{HEADER}", flush=True)
        _measure(running, room, sockets, seconds, cores, Path(folder))


def _measure(
    fleet: Fleet, room: Prepared, sockets: int, seconds: float, cores: Cores, folder: Path
) -> None:
    address = Address(
        "frames", fleet.host.port, "/realtime", room.room_id, room.guests, str(room.control_port)
    )
    client = LoadClient(address, sockets, cores.client, folder)
    try:
        client.ask(f"server {' '.join(map(str, fleet.pids()))}")
        client.ask(f"connect {sockets} {CONNECTING}")
        for callers in CALLERS:
            found = client.ask(f"path {seconds} {callers} {room.organizer}")
            _fit(found)
            print(_row(f"REST, {callers} at once", found, sockets), flush=True)
        client.ask(f"control {room.control_port}")
        # The application's side entrance takes one after the other.
        found = client.ask(f"durable {seconds} 1")
        _fit(found)
        said = {"rate": found["rate"] / sockets, "last": found, "answer": None}
        print(_row("an application's own", {**found, **said}, sockets), flush=True)
    finally:
        client.process.end()


def _fit(found: dict[str, Any]) -> None:
    if found["disordered"]:
        raise Failed(f"{found['disordered']} events came out of order")


def _row(title: str, found: dict[str, Any], sockets: int) -> str:
    answer, last = found["answer"], found["last"]
    answers = f"{answer['p50']:>11.1f}{answer['p99']:>7.1f}" if answer else f"{'':>18}"
    busy = f"{found['server'] * 100:>6.0f}%{found['client'] * 100:>6.0f}%"
    rates = f"{found['rate']:>9.0f}{found['rate'] * sockets:>9.0f}"
    return f"{title:<34}{rates}{answers}{last['p50']:>10.1f}{last['p99']:>7.1f}{busy}"
