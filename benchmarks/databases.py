"""`./dev bench evening`: starts a real host on each database and prints what it can do here.

The load comes from one Python process on the same machine, which takes its share of the cores: the
figures compare one version of the host with another, and not with those of other load generators.
"""

from __future__ import annotations

import argparse
import asyncio
import platform
import tempfile
from collections.abc import Sequence
from pathlib import Path

from benchmarks.durable import Durable
from benchmarks.evening import Evening
from benchmarks.measure import HEADER, row
from tests.servers.festoon import Festoon


async def measure(host: Festoon, people: int) -> None:
    """Prints the figures of one host."""
    evening = Evening(host, people)
    try:
        await evening.prepare()
        for step in (evening.joins, evening.reads, evening.draws, evening.fan_out):
            print(row(await step()), flush=True)
    finally:
        await evening.close()


def on(kind: str, people: int, folder: Path) -> None:
    """Measures one host on a fresh database of this kind."""
    values = {}
    server = None
    try:
        if kind == "postgresql":
            server = Durable(folder)
            server.create()
            server.start()
            server.execute("CREATE DATABASE bench")
            values["DATABASE_URL"] = server.url("bench")
        home = folder / "host"
        home.mkdir()
        host = Festoon(home, values)
        print(f"\n{kind}\n{HEADER}")
        host.run("migrate")
        host.start()
        try:
            asyncio.run(measure(host, people))
        finally:
            host.kill()
    finally:
        if server is not None:
            server.kill()


def main(arguments: Sequence[str]) -> int:
    """Reads the arguments and measures."""
    parser = argparse.ArgumentParser(prog="./dev bench evening", description=__doc__)
    parser.add_argument("--people", type=int, default=200, help="guests in the room")
    kinds = ["sqlite", "postgresql"]
    parser.add_argument("--database", choices=kinds, help="only this one; otherwise both")
    options = parser.parse_args(arguments)
    print(f"Python {platform.python_version()}, {options.people} people")
    for kind in [options.database] if options.database else kinds:
        with tempfile.TemporaryDirectory(prefix="festoon-bench-") as folder:
            # PostgreSQL runs as another user, who must be able to enter.
            Path(folder).chmod(0o755)
            on(kind, options.people, Path(folder))
    return 0
