"""`./dev bench rest`: five calls on the same tables, beside what a team would otherwise pick."""

from __future__ import annotations

import argparse
import os
import signal
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from benchmarks.realtime.machine import Cores, description
from benchmarks.realtime.process import Failed
from benchmarks.realtime.tools import Missing
from benchmarks.rest.calls import CALLS, Call
from benchmarks.rest.client import limit
from benchmarks.rest.content import Sizes
from benchmarks.rest.database import Database
from benchmarks.rest.peers import EVERYONE, Peer, environ
from benchmarks.rest.report import report
from benchmarks.rest.results import Results
from benchmarks.rest.rounds import Bench, Plan
from tests.servers.process import ServerFailed, ToolMissing, free_port

QUICK = Plan(rounds=1, seconds=0.5, warm=0.2, connections=8)
FEW = Sizes(
    people=60,
    prizes=55,
    winners=55,
    rooms=3,
    newcomers=800,
    draw_rooms=1,
    entrants=60,
    draw_prizes=10,
    single_prizes=4,
)


def main(arguments: Sequence[str]) -> int:
    """Runs the comparison; the exit status is 1 where a measure failed."""
    options = _options(arguments)
    peers, plan = _chosen(options.only), _plan(options)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    started, load = time.monotonic(), os.getloadavg()[0]
    kept: Path | None = options.keep
    results = Results.load(kept) if kept is not None and kept.exists() else Results()
    cores = Cores.of_this_machine()
    try:
        with tempfile.TemporaryDirectory(prefix="festoon-rest-") as place:
            # PostgreSQL runs as another user, who must be able to enter.
            Path(place).chmod(0o755)
            alone = limit(cores, plan.connections, plan.seconds / 3, Path(place))
            postgresql = _run(peers, plan, cores, Path(place), results, quick=options.quick)
        if kept is not None:
            results.save(kept)
        head = [
            description(),
            f"Server on core {cores.server}; {postgresql} and the load client on core "
            f"{cores.client}; load average {load:.1f} at the start, {os.getloadavg()[0]:.1f} at "
            "the end.",
            f"{plan.connections} connections; {plan.rounds} rounds{' more' if kept else ''}, every "
            f"server in turn; {plan.seconds:g} s a measure after {plan.warm:g} s of the same; "
            f"{time.monotonic() - started:.0f} s in all.",
            "Beside a server that only answers the load client comes to "
            + " and ".join(
                f"{found:,.0f} requests a second of {size:,} bytes" for size, found in alone.items()
            )
            + ".",
            "Medians, in brackets the least and the most, in bold Festoon's ratio to the server, "
            "taken within each round.",
        ]
        if not cores.apart:
            head.append("**One core for both sides: the ratios are not to be relied on.**")
        text = report(results, plan.calls, peers, head, comparable=not options.quick)
    except (Failed, Missing, ToolMissing, ServerFailed) as problem:
        print(f"benchmarks: {problem}", file=sys.stderr)
        return 2
    print(text)
    if options.out is not None:
        options.out.write_text(text, encoding="utf-8")
    return 1 if results.failures else 0


def _run(
    peers: Sequence[Peer], plan: Plan, cores: Cores, place: Path, results: Results, *, quick: bool
) -> str:
    for peer in peers:
        print(f"benchmarks: preparing {peer.title}", file=sys.stderr, flush=True)
        peer.prepare()
    database, port = Database(place, cores.client), free_port()
    database.start()
    try:
        settings = environ(f"http://127.0.0.1:{port}", "")
        content = database.seed(settings, FEW if quick else Sizes())
        Bench(plan, cores, port, place, database, content).run_all(peers, results)
        return f"PostgreSQL {database.version()}"
    finally:
        database.stop()


def _options(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="./dev bench rest", description=__doc__)
    parser.add_argument("--only", metavar="NAME,NAME", help=", ".join(p.name for p in EVERYONE))
    parser.add_argument("--calls", metavar="NAME,NAME", help=", ".join(c.name for c in CALLS))
    parser.add_argument("--rounds", type=int, help="5 unless said")
    parser.add_argument("--seconds", type=float, help="of each measure; 3 unless said")
    parser.add_argument("--warm", type=float, help="seconds before each measure; 1.5 unless said")
    parser.add_argument("--quick", action="store_true", help="one short round, on little content")
    parser.add_argument(
        "--keep",
        type=Path,
        metavar="FILE",
        help="adds the rounds to those in FILE and reports on all, to run in pieces",
    )
    parser.add_argument("--out", type=Path, help="a file for the report, in markdown")
    return parser.parse_args(arguments)


def _chosen(only: str | None) -> list[Peer]:
    return [peer for peer in EVERYONE if peer.name in _names(only, [p.name for p in EVERYONE])]


def _plan(options: argparse.Namespace) -> Plan:
    plan = QUICK if options.quick else Plan()
    names = _names(options.calls, [call.name for call in CALLS])
    calls: list[Call] = [call for call in CALLS if call.name in names]
    given = {name: getattr(options, name) for name in ("rounds", "seconds", "warm")}
    return replace(plan, calls=calls, **{k: v for k, v in given.items() if v is not None})


def _names(chosen: str | None, known: Sequence[str]) -> Sequence[str]:
    if chosen is None:
        return known
    names = chosen.split(",")
    if unknown := sorted(set(names) - set(known)):
        text = f"benchmarks: unknown: {', '.join(unknown)}; known: {', '.join(known)}"
        raise SystemExit(text)
    return names
