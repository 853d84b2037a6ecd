"""`./dev bench realtime`."""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from benchmarks.realtime.festoon import Festoon
from benchmarks.realtime.machine import Cores, description, raise_file_limit
from benchmarks.realtime.peers import PEERS, Peer
from benchmarks.realtime.report import report
from benchmarks.realtime.rounds import Plan, Results, run_all
from benchmarks.realtime.tools import Missing, compiler

QUICK = Plan(sockets=(200,), rounds=1, seconds=0.5, settle=0.4, bursts=2)
SPARE_FILES = 200


def main(arguments: Sequence[str]) -> int:
    """Runs the comparison; the exit status is 1 where a measure failed."""
    options = _options(arguments)
    peers = _chosen(options.only)
    plan = _plan(options)
    started, load = time.monotonic(), os.getloadavg()[0]
    kept: Path | None = options.keep
    results = Results.load(kept) if kept is not None and kept.exists() else Results()
    head = [description()]
    try:
        _say(f"the C compiler is {Path(compiler()).name}")
        plan, noted = _within_file_limit(plan)
        head += noted
        cores = Cores.of_this_machine()
        if not cores.apart:
            head.append("**One core for both sides: the ratios are not to be relied on.**")
        with tempfile.TemporaryDirectory(prefix="festoon-bench-") as place:
            for peer in peers:
                _say(f"preparing {peer.title}")
                peer.prepare(max(plan.sockets), Path(place))
            run_all(plan, peers, cores, Path(place), results)
        if kept is not None:
            results.save(kept)
        head += [
            f"Server on core {cores.server}, load client on core {cores.client}; "
            f"load average {load:.1f} at the start, {os.getloadavg()[0]:.1f} at the end.",
            f"{plan.rounds} rounds{' more' if kept else ''}, every server in turn; "
            f"{plan.seconds:g} s a measure, "
            f"bursts of {plan.burst} events; {time.monotonic() - started:.0f} s in all.",
            "Medians, in brackets the least and the most, in bold the ratio to Socket.IO on "
            "Node, taken within each round.",
        ]
        text = report(results, plan, peers, head, comparable=not options.quick)
    except Missing as missing:
        print(f"benchmarks: {missing}", file=sys.stderr)
        return 2
    print(text)
    if options.out is not None:
        options.out.write_text(text, encoding="utf-8")
    return 1 if results.failures else 0


def _options(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="./dev bench realtime", description=__doc__)
    parser.add_argument("--sockets", type=_numbers, metavar="N,N", help="1000,5000 unless said")
    parser.add_argument("--rounds", type=int, help="5 unless said")
    parser.add_argument("--seconds", type=float, help="of each measure; 3 unless said")
    parser.add_argument("--only", metavar="NAME,NAME", help=", ".join(_everyone()))
    parser.add_argument("--quick", action="store_true", help="200 sockets, one short round")
    parser.add_argument(
        "--keep",
        type=Path,
        metavar="FILE",
        help="adds the rounds to those in FILE and reports on all, to run in pieces",
    )
    parser.add_argument("--out", type=Path, help="a file for the report, in markdown")
    return parser.parse_args(arguments)


def _numbers(text: str) -> tuple[int, ...]:
    found = tuple(int(part) for part in text.split(","))
    if not all(2 <= number <= 50_000 for number in found):
        raise argparse.ArgumentTypeError("numbers from 2 to 50000")
    return found


def _everyone() -> dict[str, Peer]:
    festoon: Peer = Festoon()
    return {peer.name: peer for peer in (festoon, *PEERS)}


def _chosen(only: str | None) -> list[Peer]:
    everyone = _everyone()
    if only is None:
        return list(everyone.values())
    names = only.split(",")
    if unknown := sorted(set(names) - everyone.keys()):
        raise SystemExit(f"benchmarks: no server is called {', '.join(unknown)}")
    return [everyone[name] for name in everyone if name in names]


def _plan(options: argparse.Namespace) -> Plan:
    base = QUICK if options.quick else Plan()
    return Plan(
        sockets=options.sockets or base.sockets,
        rounds=options.rounds or base.rounds,
        seconds=options.seconds or base.seconds,
        settle=base.settle,
        bursts=base.bursts,
    )


def _within_file_limit(plan: Plan) -> tuple[Plan, list[str]]:
    most = raise_file_limit(max(plan.sockets) + SPARE_FILES) - SPARE_FILES
    kept = tuple(number for number in plan.sockets if number <= most)
    left_out = [number for number in plan.sockets if number > most]
    if not left_out:
        return plan, []
    if not kept:
        raise Missing(f"No more than {most} sockets are allowed here: raise `ulimit -n`.")
    said = f"Left out for the limit on open files: {', '.join(map(str, left_out))} sockets."
    _say(said)
    return Plan(kept, plan.rounds, plan.seconds, plan.settle, plan.burst, plan.bursts), [said]


def _say(text: str) -> None:
    print(f"benchmarks: {text}", file=sys.stderr, flush=True)
