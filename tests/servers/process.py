"""A server program that a test starts, stops, kills and starts again."""

from __future__ import annotations

import os
import pwd
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache
from itertools import cycle, islice
from pathlib import Path
from typing import Protocol

FIRST_PORT, LAST_PORT, PORTS = 11_000, 31_000, 100


class ServerFailed(Exception):
    """A server did not come up or did not go down in time; the message ends with its log."""


class ToolMissing(Exception):
    """A program that the tests need is not on this machine; the message says how to get it."""


def free_port() -> int:
    """A loopback TCP port for a server that is killed and comes back: nothing listens there, no
    other process is given it by this function, and the system gives it to nobody.
    """
    claim, ports = _own_ports()
    assert claim.fileno() >= 0
    return next(port for port in islice(ports, PORTS) if _can_be_bound(port))


@cache
def _own_ports() -> tuple[socket.socket, Iterator[int]]:
    """A range of ports that is this process's own as long as it lives: whoever listens on the
    first has the others. Below those that connections are made from, as one of these may have
    taken the port of a server that is just away.
    """
    for first in range(FIRST_PORT, LAST_PORT, PORTS):
        claim = socket.socket()
        try:
            claim.bind(("127.0.0.1", first))
            claim.listen()
        except OSError:
            claim.close()
        else:
            return claim, cycle(range(first + 1, first + PORTS))
    raise ServerFailed(f"all ports from {FIRST_PORT} to {LAST_PORT} are taken")


def _can_be_bound(port: int) -> bool:
    with socket.socket() as probe:
        # As servers do: connections that ended a moment ago are no hindrance.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True


def listens(port: int) -> bool:
    """Whether something accepts connections on this loopback port."""
    with socket.socket() as probe:
        probe.settimeout(0.5)
        return probe.connect_ex(("127.0.0.1", port)) == 0


def wait_until(condition: Callable[[], bool], seconds: float, what: str) -> None:
    """Asks `condition` until it holds. Raises `ServerFailed` after `seconds`."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise ServerFailed(f"{what}: not within {seconds:g} s")
        time.sleep(0.01)


class Process(Protocol):
    """What is asked of a running program; `subprocess.Popen` is one."""

    @property
    def pid(self) -> int:
        """Its number."""
        ...

    def poll(self) -> int | None:
        """The exit code, None while it runs."""
        ...

    def wait(self, timeout: float | None = None) -> int:
        """The exit code, once there is one; `subprocess.TimeoutExpired` where it takes longer."""
        ...


class Server:
    """One program with its port, its folder and its log; `start` and `kill` as often as one likes.

    Subclasses say how the program is started (`command`) and when it serves (`ready`).
    The port and the folder stay the same from start to start.
    """

    name = "server"
    user: str | None = None
    environ: Mapping[str, str] | None = None
    start_seconds = 90.0

    def __init__(self, folder: Path, port: int | None = None) -> None:
        self.folder = folder
        self.port = port or free_port()
        self.log = folder / f"{self.name}.log"
        self.process: Process | None = None

    def command(self) -> Sequence[str | Path]:
        """The program and its arguments."""
        raise NotImplementedError

    def ready(self) -> bool:
        """Whether the program serves."""
        return listens(self.port)

    @property
    def running(self) -> bool:
        """Whether the program runs, by what the system says."""
        return self.process is not None and self.process.poll() is None

    def start(self) -> None:
        """Starts the program and comes back when it serves."""
        if self.running:
            return
        self.process = self.launch()
        try:
            wait_until(self._served_or_died, self.start_seconds, f"{self.name} starts")
        except ServerFailed as failure:
            self.kill()
            raise ServerFailed(f"{failure}\n{self.last_words()}") from None
        if not self.running:
            raise ServerFailed(f"{self.name} ended while starting\n{self.last_words()}")

    def launch(self) -> Process:
        """Starts the program, in a process group of its own, and comes back at once."""
        with self.log.open("ab") as log:
            return subprocess.Popen(
                self.command(),
                cwd=self.folder,
                env=None if self.environ is None else dict(self.environ),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                user=self.user,
                group=pwd.getpwnam(self.user).pw_gid if self.user else None,
                extra_groups=[] if self.user else None,
            )

    def _served_or_died(self) -> bool:
        return not self.running or self.ready()

    def stop(self, seconds: float = 60.0) -> int | None:
        """Asks the program to end, as a supervisor would; the exit code."""
        return self._end(signal.SIGTERM, seconds)

    def kill(self) -> None:
        """Ends the program with SIGKILL, and whatever it started in its own process group."""
        self._end(signal.SIGKILL, 30.0)

    def restart(self) -> None:
        """Kills and starts again, on the same port and the same data."""
        self.kill()
        self.start()

    def _end(self, number: signal.Signals, seconds: float) -> int | None:
        if self.process is None:
            return None
        if self.process.poll() is None:
            os.killpg(self.process.pid, number)
        try:
            return self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
            reason = f"{self.name} did not end within {seconds:g} s of {number.name}"
            raise ServerFailed(f"{reason}\n{self.last_words()}") from None

    def last_words(self, lines: int = 30) -> str:
        """The end of the log."""
        if not self.log.exists():
            return "(no log)"
        text = self.log.read_text(encoding="utf-8", errors="replace")
        return "\n".join(text.splitlines()[-lines:])
