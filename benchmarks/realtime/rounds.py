"""The runs: every server in turn, round after round, so that a drift of the machine hits all."""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmarks.realtime.client import LoadClient
from benchmarks.realtime.machine import Cores, resident_kb, tree
from benchmarks.realtime.peers import Peer
from benchmarks.realtime.process import Failed, Process


@dataclass(frozen=True)
class Plan:
    """How much is measured. Times in seconds."""

    sockets: Sequence[int] = (1000, 5000)
    rounds: int = 5
    seconds: float = 3.0
    settle: float = 1.5
    burst: int = 200
    bursts: int = 5
    at_once: int = 100
    """How many sockets greet at the same time."""


MEASURES = ("connect", "memory", "fanout", "four", "burst", "receive", "tell")
FEW = 10
"""Sockets that are there before memory is counted: what the first costs is no socket's cost."""

Figures = dict[str, Any]


@dataclass
class Results:
    """`figures[(peer, sockets, measure)]`: one entry for each round, None where it failed."""

    figures: dict[tuple[str, int, str], list[Figures | None]] = field(default_factory=dict)
    failures: list[str] = field(default_factory=list)

    def add(self, peer: str, sockets: int, measured: dict[str, Figures]) -> None:
        """One round of one server."""
        for measure in MEASURES:
            entries = self.figures.setdefault((peer, sockets, measure), [])
            entries.append(measured.get(measure))

    def save(self, file: Path) -> None:
        """Keeps the rounds, for a run that is made in pieces."""
        rows = [[*key, rounds] for key, rounds in self.figures.items()]
        text = json.dumps({"figures": rows, "failures": self.failures})
        file.write_text(text, encoding="utf-8")

    @classmethod
    def load(cls, file: Path) -> Results:
        """The rounds that were kept."""
        found = json.loads(file.read_text(encoding="utf-8"))
        figures = {
            (peer, sockets, name): rounds for peer, sockets, name, rounds in found["figures"]
        }
        return cls(figures, found["failures"])


def run_all(
    plan: Plan, peers: Sequence[Peer], cores: Cores, folder: Path, results: Results
) -> None:
    """Every server with every number of sockets, `plan.rounds` times over, added to `results`."""
    for sockets in plan.sockets:
        for number in range(1, plan.rounds + 1):
            for peer in peers:
                where = f"{peer.name}, {sockets} sockets, round {number}"
                print(f"  {where}", file=sys.stderr, flush=True)
                place = folder / "run"
                place.mkdir()
                try:
                    measured = _run(plan, peer, sockets, cores, place, results)
                finally:
                    shutil.rmtree(place)
                results.add(peer.name, sockets, measured)


def _run(
    plan: Plan, peer: Peer, sockets: int, cores: Cores, folder: Path, results: Results
) -> dict[str, Figures]:
    measured: dict[str, Figures] = {}
    server, address = peer.start(cores.server, folder)
    with server:
        try:
            server.wait_for_port(address.port)
            client = LoadClient(address, sockets, cores.client, folder)
            with client.process:
                _measure(plan, peer, sockets, server, client, address.control, measured)
        except Failed as failure:
            text = str(failure)
            if "hung up" in text or "reset" in text:
                text += f"\n{server.last_words()}"
            results.failures.append(f"{peer.name}, {sockets} sockets: {text}")
            print(f"    failed: {text}", file=sys.stderr, flush=True)
    return measured


def _measure(
    plan: Plan,
    peer: Peer,
    sockets: int,
    server: Process,
    client: LoadClient,
    control: str,
    measured: dict[str, Figures],
) -> None:
    pids = tree(server.pid)
    client.ask(f"server {' '.join(map(str, pids))}")
    few = min(FEW, sockets // 2)
    client.ask(f"connect {few} {plan.at_once}")
    client.ask(f"control {control}")
    client.ask(f"idle {plan.settle / 2}")
    before = resident_kb(pids)
    measured["connect"] = client.ask(f"connect {sockets} {plan.at_once}", 60 + sockets / 10)
    client.ask(f"idle {plan.settle}")
    grown = resident_kb(pids) - before
    measured["memory"] = {"rate": grown / (sockets - few), "resident": before + grown}
    # A burst to five times as many is as much as five bursts.
    bursts = max(1, plan.bursts * 1000 // max(sockets, 1000))
    steps = {
        "fanout": f"fanout {plan.seconds} 1",
        "four": f"fanout {plan.seconds} 4",
        "burst": f"burst {plan.burst} {bursts}",
    }
    if peer.parses:
        steps["receive"] = f"receive {plan.seconds}"
        steps["tell"] = f"tell {plan.seconds}"
    for measure, command in steps.items():
        figures = client.ask(command, 120 + sockets / 10)
        if figures.get("disordered"):
            raise Failed(f"{command}: {figures['disordered']} events out of order or twice")
        measured[measure] = figures
