"""PostgreSQL, on the load client's core: one seeded database, and a copy of it for every run."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

from benchmarks.durable import Durable
from benchmarks.realtime.machine import processor_seconds, tree
from benchmarks.realtime.tools import CHECKOUT, Missing
from benchmarks.rest.content import Content, Sizes

SEEDED, COPY = "seeded", "copy"


class Database:
    """A cluster of its own. `seed` first, then `copied` for each run."""

    def __init__(self, folder: Path, core: int) -> None:
        """`folder` must be one that other users may enter: as root PostgreSQL runs as another."""
        place = folder / "postgresql"
        place.mkdir()
        self._server = Durable(place)
        self._core = core

    def start(self) -> None:
        """Makes the cluster and serves it, on its core."""
        self._server.create()
        # Whatever the server starts inherits the core, from the first moment.
        mine = os.sched_getaffinity(0)
        os.sched_setaffinity(0, {self._core})
        try:
            self._server.start()
        finally:
            os.sched_setaffinity(0, mine)

    def stop(self) -> None:
        """Ends it at once; nothing of it is needed any more."""
        self._server.kill()

    def url(self, database: str = COPY) -> str:
        """For the drivers of Node: `postgresql://…`."""
        return self._server.url(database).replace("+asyncpg", "")

    def async_url(self, database: str = COPY) -> str:
        """For SQLAlchemy: `postgresql+asyncpg://…`."""
        return self._server.url(database)

    def seed(self, environ: Mapping[str, str], sizes: Sizes) -> Content:
        """Festoon's own tables, migrated and filled. Raises `Missing`."""
        self._server.execute(f"CREATE DATABASE {SEEDED}")
        done = subprocess.run(
            [sys.executable, "-m", "benchmarks.rest.seed", json.dumps(asdict(sizes))],
            cwd=self._server.folder,
            env={**environ, "FESTOON_DATABASE_URL": self.async_url(SEEDED)},
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode != 0:
            raise Missing(f"The database could not be seeded\n{done.stderr[-2000:]}")
        # What a server finds after an hour of service: a planner that knows the tables.
        self.ask("VACUUM ANALYZE", SEEDED)
        self._server.execute("CHECKPOINT")
        return Content.read(json.loads(done.stdout.splitlines()[-1]), sizes)

    @contextmanager
    def copied(self) -> Iterator[None]:
        """A fresh copy of what was seeded, gone afterwards."""
        self._server.execute(f"CREATE DATABASE {COPY} TEMPLATE {SEEDED}", "CHECKPOINT")
        try:
            yield
        finally:
            self._server.execute(f"DROP DATABASE {COPY} WITH (FORCE)")

    def ask(self, query: str, database: str = COPY) -> list[list[Any]]:
        """The rows of a question, as text."""
        where = ["-h", "127.0.0.1", "-p", str(self._server.port), "-d", database]
        done = subprocess.run(
            [self._server.binaries / "psql", "-XqtA", "-U", "festoon", *where, "-c", query],
            check=True,
            capture_output=True,
            text=True,
            cwd="/",
        )
        return [line.split("|") for line in done.stdout.splitlines()]

    def worked(self) -> float:
        """Seconds of processor time so far, of all its processes that live."""
        assert self._server.process is not None
        return processor_seconds(tree(self._server.process.pid))

    def version(self) -> str:
        """As the server says it."""
        return str(self.ask("SHOW server_version", "postgres")[0][0])


def inherited() -> dict[str, str]:
    """This environment without any configuration of Festoon."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith("FESTOON_")}
    return kept | {"PYTHONPATH": str(CHECKOUT)}
