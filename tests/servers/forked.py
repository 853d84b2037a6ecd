"""Processes of the host that start quickly and are killed: the tests' side of `forking`."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tests.servers.festoon import Festoon
from tests.servers.process import Process

ROOT = Path(__file__).resolve().parents[2]


class Forks:
    """One `forking` program and what it started."""

    def __init__(self, folder: Path) -> None:
        """`folder` holds its logs and is its working directory."""
        self.folder = folder
        inherited = {k: v for k, v in os.environ.items() if not k.startswith("FESTOON_")}
        with (folder / "forking.log").open("ab") as log:
            self._program = subprocess.Popen(
                [sys.executable, "-m", "tests.servers.forking"],
                cwd=folder,
                env=inherited | {"PYTHONPATH": str(ROOT)},
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
                bufsize=1,
            )

    def order(self, what: dict[str, Any]) -> int | None:
        """Gives an order; the number that answers it, if one does."""
        assert self._program.stdin is not None
        assert self._program.stdout is not None
        self._program.stdin.write(json.dumps(what) + "\n")
        self._program.stdin.flush()
        answer = self._program.stdout.readline()
        if not answer:
            raise RuntimeError(f"forking ended:\n{(self.folder / 'forking.log').read_text()}")
        (number,) = json.loads(answer).values()
        return None if number is None else int(number)

    def close(self) -> None:
        """Ends the program; nothing that it started may still run."""
        self._program.communicate()


class Fork:
    """One process that was forked."""

    def __init__(self, forks: Forks, pid: int) -> None:
        self.pid = pid
        self._forks = forks
        self._code: int | None = None

    def poll(self) -> int | None:
        """The exit code, None while it runs."""
        if self._code is None:
            self._code = self._forks.order({"ended": self.pid})
        return self._code

    def wait(self, timeout: float | None = None) -> int:
        """The exit code, once there is one."""
        deadline = None if timeout is None else time.monotonic() + timeout
        while (code := self.poll()) is None:
            if timeout is not None and deadline is not None and time.monotonic() > deadline:
                raise subprocess.TimeoutExpired("a fork", timeout)
            time.sleep(0.005)
        return code


class ForkedFestoon(Festoon):
    """`festoon` as a fork of a process that has imported everything already."""

    def __init__(self, forks: Forks, folder: Path, values: dict[str, str]) -> None:
        super().__init__(folder, values)
        self._forks = forks

    def launch(self) -> Process:
        """Starts the server and comes back at once."""
        return self._fork(["serve"], self.log)

    def begin(self) -> None:
        """Starts the server, and does not wait until it serves."""
        assert not self.running
        self.process = self.launch()

    def _fork(self, arguments: Sequence[str], log: Path) -> Fork:
        settings = {k: v for k, v in (self.environ or {}).items() if k.startswith("FESTOON_")}
        order = {"settings": settings, "folder": str(self.folder), "log": str(log)}
        pid = self._forks.order({"festoon": list(arguments), **order})
        assert pid is not None
        return Fork(self._forks, pid)

    def _ran(self, arguments: Sequence[str]) -> tuple[int, str]:
        log = self.folder / "command.log"
        log.unlink(missing_ok=True)
        code = self._fork(arguments, log).wait(120)
        return code, log.read_text(encoding="utf-8")
