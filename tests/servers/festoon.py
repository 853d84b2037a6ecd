"""The host itself as a program of its own, to be talked to, killed and started again."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import httpx

from tests.servers.process import Server, ServerFailed

SECRET_KEY = "a key for tests only, known to everyone"


class Festoon(Server):
    """`festoon serve` on a free port. `values` are settings without their prefix:
    `{"DATABASE_URL": …, "CHANNELS_URL": …}`.

    Its folder is its working directory, so that no `.env` of the checkout is read.
    """

    name = "festoon"
    python = sys.executable
    """The interpreter of the environment that the host is installed in."""

    def __init__(self, folder: Path, values: Mapping[str, str], port: int | None = None) -> None:
        super().__init__(folder, port)
        settings = {
            "HOST": "127.0.0.1",
            "PORT": str(self.port),
            "PUBLIC_URL": self.url,
            "SECRET_KEY": SECRET_KEY,
            "DATABASE_URL": f"sqlite+aiosqlite:///{folder / 'festoon.db'}",
            "LIMITS": "off",
            **values,
        }
        inherited = {k: v for k, v in os.environ.items() if not k.startswith("FESTOON_")}
        self.environ = inherited | {f"FESTOON_{k}": v for k, v in settings.items()}

    @property
    def url(self) -> str:
        """Where it is reached, without a slash at the end."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def realtime_url(self) -> str:
        """The address of the platform's socket."""
        return f"ws://127.0.0.1:{self.port}/realtime"

    def command(self) -> Sequence[str | Path]:
        """As a person would start it."""
        return [self.python, "-m", "host.cli", "serve"]

    def ready(self) -> bool:
        """Whether `/readyz` says so."""
        try:
            return httpx.get(f"{self.url}/readyz", timeout=10).status_code == 200
        except httpx.TransportError:
            return False

    def workers(self) -> list[int]:
        """The ids of the processes that serve, where there are several; the busiest first."""
        assert self.process is not None
        parent = self.process.pid
        children = Path(f"/proc/{parent}/task/{parent}/children").read_text().split()
        return sorted(filter(_serves, map(int, children)), key=_open_files, reverse=True)

    def run(self, *arguments: str) -> str:
        """Runs another command of the host with the same settings, `run("migrate")` say; what it
        printed. Raises `ServerFailed` with that when it fails.
        """
        code, printed = self._ran(arguments)
        if code != 0:
            raise ServerFailed(f"festoon {' '.join(arguments)}: {code}\n{printed}")
        return printed

    def _ran(self, arguments: Sequence[str]) -> tuple[int, str]:
        done = subprocess.run(
            [self.python, "-m", "host.cli", *arguments],
            check=False,
            cwd=self.folder,
            env=self.environ,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        return done.returncode, done.stdout


def _serves(pid: int) -> bool:
    try:
        return b"spawn_main" in Path(f"/proc/{pid}/cmdline").read_bytes()
    except FileNotFoundError:
        return False


def _open_files(pid: int) -> int:
    try:
        return sum(1 for _ in Path(f"/proc/{pid}/fd").iterdir())
    except FileNotFoundError:
        return 0
