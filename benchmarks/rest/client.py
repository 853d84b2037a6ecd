"""The load client, and how far it goes beside a server that does nothing but answer."""

from __future__ import annotations

import json
import subprocess
from dataclasses import dataclass
from pathlib import Path

from benchmarks.realtime.machine import Cores
from benchmarks.realtime.process import Failed, Process
from benchmarks.rest.results import Measured
from benchmarks.rest.tools import load_client, still_server
from tests.servers.process import free_port

SMALL, LARGE = 1_000, 60_000
"""Bytes of an answer: somewhat more than a join's, somewhat more than a room's with its lists."""


@dataclass(frozen=True)
class Load:
    """How the client calls. Times in seconds."""

    core: int
    port: int
    connections: int
    warm: float
    """Of calls before the measure, which are not counted."""
    seconds: float

    def put(self, file: Path, *, once: bool) -> Measured:
        """Sends a file of requests, again and again or each once. Raises `Failed`."""
        command = [
            *("taskset", "-c", str(self.core), str(load_client())),
            *map(str, (self.port, self.connections, self.warm, self.seconds)),
            *(str(file), "once" if once else "cycle"),
        ]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise Failed(done.stderr.strip())
        found: Measured = json.loads(done.stdout)
        if found["refused"]:
            raise Failed(f"{found['refused']} refused; {found['first_refusal']}")
        if not found["measured"]:
            raise Failed("nothing was left to be measured")
        return found


def limit(cores: Cores, connections: int, seconds: float, folder: Path) -> dict[int, float]:
    """Requests a second that the client comes to, by the bytes of an answer's body."""
    file = folder / "limit.requests"
    request = b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
    file.write_bytes(len(request).to_bytes(4, "little") + request)
    found = {}
    for size in (SMALL, LARGE):
        port = free_port()
        log = folder / "still.log"
        with Process([still_server(), str(port), str(size)], core=cores.server, log=log) as server:
            server.wait_for_port(port)
            load = Load(cores.client, port, connections, seconds / 4, seconds)
            found[size] = float(load.put(file, once=False)["rate"])
    return found
