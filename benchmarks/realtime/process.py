"""One side of a run: a program pinned to its core, with a log."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path


class Failed(Exception):
    """A program did not do what a run needs; the message ends with what it said."""


class Process:
    """A program, started on one core. Ends with the `with` block, by force if it must."""

    def __init__(
        self,
        command: Sequence[str | Path],
        *,
        core: int,
        log: Path,
        environ: Mapping[str, str] | None = None,
        folder: Path | None = None,
        talks: bool = False,
    ) -> None:
        """`talks`: its standard input and output are pipes of lines."""
        self.log = log
        with log.open("ab") as errors:
            self._process = subprocess.Popen(
                [str(part) for part in command],
                stdin=subprocess.PIPE if talks else subprocess.DEVNULL,
                stdout=subprocess.PIPE if talks else errors,
                stderr=errors,
                env={**os.environ, **(environ or {})},
                cwd=folder,
                text=True,
                start_new_session=True,
                preexec_fn=partial(os.sched_setaffinity, 0, {core}),
            )

    @property
    def pid(self) -> int:
        """The program's process id."""
        return self._process.pid

    @property
    def pipes(self) -> subprocess.Popen[str]:
        """The process itself, for its pipes."""
        return self._process

    def wait_for_port(self, port: int, seconds: float = 30.0) -> None:
        """Comes back when something listens; raises `Failed`."""
        deadline = time.monotonic() + seconds
        while True:
            with socket.socket() as probe:
                probe.settimeout(0.5)
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    return
            if self._process.poll() is not None or time.monotonic() > deadline:
                raise Failed(f"the server did not start\n{self.last_words()}")
            time.sleep(0.05)

    def last_words(self) -> str:
        """The end of the log."""
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-15:])

    def end(self) -> None:
        """Kills the program and whatever it started."""
        if self._process.poll() is None:
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                with suppress(BrokenPipeError):
                    pipe.close()

    def __enter__(self) -> Process:
        return self

    def __exit__(self, *_: object) -> None:
        self.end()
