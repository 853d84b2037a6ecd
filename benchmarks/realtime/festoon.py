"""Festoon as a peer: the real application, `festoon serve`, with one more application in it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

from benchmarks.realtime.peers import SECRET, Address
from benchmarks.realtime.process import Process
from benchmarks.realtime.tools import APP, CHECKOUT, Missing
from host.auth.tokens import Tokens
from host.ids import Sources
from tests.servers.process import free_port

DATABASE = "festoon.db"


class Festoon:
    """`festoon serve` on a seeded SQLite file, every socket a guest of its own."""

    parses = True

    def __init__(self) -> None:
        self.name = "festoon"
        self.title = "Festoon"
        # The same for every start: the address stands in the tokens, the other in the database.
        self._port, self._control_port = free_port(), free_port()
        self._seeded: Path | None = None
        self._room = ""
        self._guests: list[tuple[str, str]] = []

    def prepare(self, sockets: int, folder: Path) -> None:
        """Migrates and seeds a database, which every start then gets a copy of."""
        self._seeded = folder / "seeded"
        self._seeded.mkdir()
        arguments = [str(sockets), str(self._control_port)]
        done = subprocess.run(
            [sys.executable, "-m", "benchmarks.realtime.seed", *arguments],
            cwd=self._seeded,
            env=self._environ(self._seeded, CHECKOUT),
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode != 0:
            raise Missing(f"Festoon could not be seeded\n{done.stderr[-2000:]}")
        found = json.loads(done.stdout.splitlines()[-1])
        self._room, self._guests = found["room"], found["guests"]

    def start(self, core: int, folder: Path) -> tuple[Process, Address]:
        """A fresh host with a fresh copy of the database."""
        assert self._seeded is not None
        for file in self._seeded.glob(f"{DATABASE}*"):
            shutil.copy(file, folder)
        process = Process(
            [sys.executable, "-m", "host.cli", "serve"],
            core=core,
            log=folder / "server.log",
            environ=self._environ(folder, CHECKOUT),
            folder=folder,
        )
        return process, Address(
            "frames", self._port, "/realtime", self._room, self._tokens(), str(self._control_port)
        )

    def versions(self) -> str:
        """Festoon's own version and what it stands on."""
        libraries = ("starlette", "uvicorn", "websockets", "broadcaster")
        found = ", ".join(f"{name} {version(name)}" for name in libraries)
        return f"festoon {version('festoon')}{commit()}; {found} on Python {sys.version.split()[0]}"

    def _tokens(self) -> list[str]:
        # Anew for every start: an access token lives an hour, and a whole run may take longer.
        tokens = Tokens(SECRET, self._origin, Sources())
        return [tokens.issue(user, session) for user, session in self._guests]

    @property
    def _origin(self) -> str:
        return f"http://127.0.0.1:{self._port}"

    def _environ(self, folder: Path, checkout: Path) -> dict[str, str]:
        inherited = {k: v for k, v in os.environ.items() if not k.startswith("FESTOON_")}
        return inherited | {
            "PYTHONPATH": os.pathsep.join([str(APP), str(checkout)]),
            "FESTOON_HOST": "127.0.0.1",
            "FESTOON_PORT": str(self._port),
            "FESTOON_PUBLIC_URL": self._origin,
            "FESTOON_SECRET_KEY": SECRET,
            "FESTOON_DATABASE_URL": f"sqlite+aiosqlite:///{folder / DATABASE}",
            "FESTOON_LIMITS": "off",
        }


def commit() -> str:
    """The checkout's commit in brackets, where it is one."""
    git = shutil.which("git")
    if git is None:
        return ""
    done = subprocess.run(
        [git, "-C", str(CHECKOUT), "rev-parse", "--short", "HEAD"],
        capture_output=True,
        text=True,
        check=False,
    )
    return f" ({done.stdout.strip()})" if done.returncode == 0 else ""
