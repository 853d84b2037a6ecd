"""The runs: every server in turn, round after round, each on a fresh copy of the database."""

from __future__ import annotations

import shutil
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.realtime.machine import Cores, processor_seconds, resident_kb, tree
from benchmarks.realtime.process import Failed, Process
from benchmarks.rest.calls import CALLS, Call, prepared
from benchmarks.rest.check import Check
from benchmarks.rest.client import Load
from benchmarks.rest.content import Content
from benchmarks.rest.database import Database
from benchmarks.rest.peers import Peer, Place, tokens
from benchmarks.rest.results import MEMORY, Measured, Results

START_SECONDS = 60.0


@dataclass(frozen=True)
class Plan:
    """How much is measured. Times in seconds."""

    calls: Sequence[Call] = CALLS
    rounds: int = 5
    seconds: float = 3.0
    warm: float = 1.5
    """Of calls before each measure, which are not counted: some servers compile meanwhile."""
    connections: int = 32


class Bench:
    """A seeded database, prepared requests, and the servers one after another."""

    def __init__(
        self,
        plan: Plan,
        cores: Cores,
        port: int,
        folder: Path,
        database: Database,
        content: Content,
    ) -> None:
        self._plan = plan
        self._cores = cores
        self._port = port
        self._folder = folder
        self._database = database
        self._content = content
        self._check: Check | None = None

    def run_all(self, peers: Sequence[Peer], results: Results) -> None:
        """Every server, `plan.rounds` times over, added to `results`."""
        names = [call.name for call in self._plan.calls]
        for number in range(1, self._plan.rounds + 1):
            # Anew for every round: a token lives an hour, and a whole run may take longer.
            issuer = tokens(f"http://127.0.0.1:{self._port}")
            prepared(self._plan.calls, self._content, issuer.issue, self._folder)
            for peer in peers:
                print(f"  {peer.name}, round {number}", file=sys.stderr, flush=True)
                results.add(peer.name, names, self._run(peer, results))

    def _run(self, peer: Peer, results: Results) -> dict[str, Measured]:
        measured: dict[str, Measured] = {}
        place = Place(self._cores.server, self._port, self._folder / "run", self._database)
        place.folder.mkdir()
        try:
            with self._database.copied(), peer.start(place) as server:
                server.wait_for_port(self._port, START_SECONDS)
                try:
                    self._measure(place, server, measured)
                except Failed as failure:
                    raise Failed(f"{failure}\n{server.last_words()}") from None
        except Failed as failure:
            results.failures.append(f"{peer.name}: {failure}")
            print(f"    failed: {failure}", file=sys.stderr, flush=True)
        finally:
            shutil.rmtree(place.folder)
        return measured

    def _measure(self, place: Place, server: Process, measured: dict[str, Measured]) -> None:
        if self._check is None:
            self._check = Check(self._content, tokens(place.origin), self._database)
        self._check.before(place.origin)
        idle = resident_kb(tree(server.pid)) / 1024
        answered = {}
        for call in self._plan.calls:
            measured[call.name] = self._load(call, server)
            answered[call.name] = measured[call.name]["answered"]
        self._check.after(answered)
        measured[MEMORY] = {"rate": resident_kb(tree(server.pid)) / 1024, "idle": idle}

    def _load(self, call: Call, server: Process) -> Measured:
        plan = self._plan
        load = Load(self._cores.client, self._port, plan.connections, plan.warm, plan.seconds)
        before = processor_seconds(tree(server.pid)), self._database.worked()
        began = time.monotonic()
        try:
            found = load.put(call.file(self._folder), once=call.writes)
        except Failed as failure:
            raise Failed(f"{call.name}: {failure}") from None
        seconds = time.monotonic() - began
        found["server"] = (processor_seconds(tree(server.pid)) - before[0]) / seconds
        found["database"] = (self._database.worked() - before[1]) / seconds
        found["client"] = found.pop("processor") / seconds
        return found
