"""Processes of the host that start quickly and are killed: the tests' side of `forking`."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

from tests.servers.festoon import Festoon

ROOT = Path(__file__).resolve().parents[2]


class Forks:
    """One `forking` program and what it started."""

    def __init__(self, folder: Path) -> None:
        """`folder` holds its logs and is its working directory."""
        self.folder = folder
        inherited = {k: v for k, v in os.environ.items() if not k.startswith("FESTOON_")}
        with (folder / "forking.log").open("ab") as log:
            self._program = subprocess.Popen(
                [sys.executable, "-m", "tests.faults.forking"],
                cwd=folder,
                env=inherited | {"PYTHONPATH": str(ROOT)},
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
                bufsize=1,
            )

    def order(self, what: dict[str, Any]) -> int:
        """Gives an order; the number that answers it."""
        assert self._program.stdin is not None
        assert self._program.stdout is not None
        self._program.stdin.write(json.dumps(what) + "\n")
        self._program.stdin.flush()
        answer = self._program.stdout.readline()
        if not answer:
            raise RuntimeError(f"forking ended:\n{(self.folder / 'forking.log').read_text()}")
        (number,) = json.loads(answer).values()
        return int(number)

    def close(self) -> None:
        """Ends the program; nothing that it started may still run."""
        self._program.communicate()


class ForkedFestoon(Festoon):
    """`festoon serve` as a fork; it is ready when it answers, which nobody waits for here."""

    def __init__(self, forks: Forks, folder: Path, values: dict[str, str]) -> None:
        super().__init__(folder, values)
        self._forks = forks
        self._pid: int | None = None

    def begin(self) -> None:
        """Starts the server and comes back at once."""
        assert self._pid is None
        settings = {k: v for k, v in (self.environ or {}).items() if k.startswith("FESTOON_")}
        self._pid = self._forks.order({"serve": settings, "log": str(self.log)})

    def kill(self) -> None:
        """Ends the server with SIGKILL, wherever it is; comes back when it is gone."""
        if self._pid is not None:
            os.kill(self._pid, signal.SIGKILL)
            status = self._forks.order({"wait": self._pid})
            self._pid = None
            assert status == -signal.SIGKILL, f"it ended by itself\n{self.last_words()}"
