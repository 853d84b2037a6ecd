"""A host to be measured: alone on SQLite, or several workers on PostgreSQL and Redis."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks.durable import Durable
from benchmarks.realtime.machine import processor_seconds, tree
from benchmarks.realtime.tools import APP, CHECKOUT
from tests.servers.festoon import Festoon
from tests.servers.process import Server
from tests.servers.redis import Redis

START_SECONDS = 90.0


@dataclass(frozen=True)
class Fleet:
    """A host that serves, and the servers it stands on."""

    host: Festoon
    servers: tuple[Server, ...]

    def pids(self) -> list[int]:
        """The host's processes: the one that was started, and its workers."""
        assert self.host.process is not None
        return tree(self.host.process.pid)

    def worked(self) -> dict[str, float]:
        """Seconds of processor time so far of the host and of each server."""
        return {
            server.name: processor_seconds(tree(server.process.pid))
            for server in self.servers
            if server.process is not None
        }


@contextmanager
def on_sqlite(*, bench_app: bool = False, limits: str = "on") -> Iterator[Fleet]:
    """One process on a file; with the benchmark's application, if it is wanted."""
    with _place() as place, ExitStack() as ending:
        host = _host(place, {"LIMITS": limits}, ending, bench_app)
        yield Fleet(host, (host,))


@contextmanager
def on_postgresql(
    workers: int,
    *,
    bench_app: bool = False,
    limits: str = "on",
    values: Mapping[str, str] | None = None,
) -> Iterator[Fleet]:
    """Several workers on PostgreSQL and Redis. `limits` is `FESTOON_LIMITS`, `values` more such."""
    with _place() as place, ExitStack() as ending:
        database, redis = Durable(_folder(place, "postgresql")), Redis(_folder(place, "redis"))
        ending.callback(redis.kill)
        ending.callback(database.kill)
        database.create()
        database.start()
        database.execute("CREATE DATABASE bench")
        redis.start()
        settings = {
            "DATABASE_URL": database.url("bench"),
            "CHANNELS_URL": redis.url,
            "WORKERS": str(workers),
            "LIMITS": limits,
            **(values or {}),
        }
        host = _host(place, settings, ending, bench_app)
        yield Fleet(host, (host, database, redis))


@contextmanager
def _place() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="festoon-bench-") as place:
        # PostgreSQL runs as another user, who must be able to enter.
        Path(place).chmod(0o755)
        yield Path(place)


def _folder(place: Path, name: str) -> Path:
    folder = place / name
    folder.mkdir()
    return folder


def _host(place: Path, values: dict[str, str], ending: ExitStack, bench_app: bool) -> Festoon:
    host = Festoon(_folder(place, "host"), values)
    if bench_app:
        known = os.environ.get("PYTHONPATH", "")
        places = os.pathsep.join(filter(None, [str(APP), str(CHECKOUT), known]))
        host.environ = {**(host.environ or {}), "PYTHONPATH": places}
    host.start_seconds = START_SECONDS
    host.run("migrate")
    ending.callback(host.kill)
    host.start()
    return host
