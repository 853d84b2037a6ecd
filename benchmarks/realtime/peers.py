"""The servers that are measured: how each is prepared, started and spoken to."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from benchmarks.realtime.process import Process
from benchmarks.realtime.servers.common import sign
from benchmarks.realtime.tools import CHECKOUT, SENDER, SERVERS, node_peers, program, python_peers
from tests.servers.process import free_port

SECRET = "a key for benchmarks only, known to everyone"
ENGINE_IO = "/socket.io/?EIO=4&transport=websocket"
HALL = "hall"


@dataclass(frozen=True)
class Address:
    """Where a started server is, and what is said to it. One token for each socket."""

    dialect: str
    port: int
    path: str
    room: str
    tokens: Sequence[str]
    control: str
    """`PORT`, or `ws:PATH` where the side entrance is a WebSocket."""


class Peer(Protocol):
    """One server of the comparison."""

    name: str
    title: str
    parses: bool
    """Whether it does what a server does with a message: parse, authorise, count."""

    def prepare(self, sockets: int, folder: Path) -> None:
        """Once before all runs: installs, builds, seeds. Raises `Missing`."""
        ...

    def start(self, core: int, folder: Path) -> tuple[Process, Address]:
        """A fresh server on that core."""
        ...

    def versions(self) -> str:
        """What of it is measured, for the report."""
        ...


@dataclass
class Program:
    """A peer that is one program: `command… PORT CONTROL_PORT SECRET`."""

    name: str
    title: str
    dialect: str = "frames"
    path: str = "/"
    control: str | None = None
    parses: bool = True
    tokens: list[str] = field(default_factory=list)

    def prepare(self, sockets: int, folder: Path) -> None:
        self.tokens = [sign(f"user-{number}", SECRET) for number in range(sockets)]
        self.command()

    def start(self, core: int, folder: Path) -> tuple[Process, Address]:
        port, control_port = free_port(), free_port()
        process = Process(
            [*self.command(), str(port), str(control_port), SECRET],
            core=core,
            log=folder / "server.log",
            environ=self.environ(),
        )
        control = self.control or str(control_port)
        address = Address(self.dialect, port, self.path, HALL, self.tokens, control)
        return process, address

    def command(self) -> list[str | Path]:
        """The program, without its arguments; raises `Missing`."""
        raise NotImplementedError

    def environ(self) -> dict[str, str]:
        """What it needs in its environment."""
        return {}

    def versions(self) -> str:
        """What of it is measured, for the report."""
        raise NotImplementedError


class Sender(Program):
    """The limit: one `send` for each socket and event, in C."""

    def command(self) -> list[str | Path]:
        return [program("sender", SENDER)]

    def versions(self) -> str:
        return "native/sender.c"


class NodePeer(Program):
    """Socket.IO on Node."""

    def command(self) -> list[str | Path]:
        node_peers()
        return ["node", SERVERS / "socketio.js"]

    def environ(self) -> dict[str, str]:
        return {"NODE_PATH": str(node_peers())}

    def versions(self) -> str:
        modules = node_peers()
        found = [
            f"{name} {json.loads((modules / name / 'package.json').read_text())['version']}"
            for name in ("socket.io", "engine.io", "ws")
        ]
        node = shutil.which("node")
        assert node is not None
        said = subprocess.run([node, "--version"], capture_output=True, text=True, check=True)
        return f"{', '.join(found)} on Node {said.stdout.strip().removeprefix('v')}"


@dataclass
class PythonPeer(Program):
    """A peer in the Python peers' environment."""

    module: str = ""
    libraries: tuple[str, ...] = ()

    def command(self) -> list[str | Path]:
        return [python_peers(), "-m", f"benchmarks.realtime.servers.{self.module}"]

    def environ(self) -> dict[str, str]:
        return {"PYTHONPATH": str(CHECKOUT)}

    def versions(self) -> str:
        script = "import sys, importlib.metadata as m; print(*map(m.version, sys.argv[1:]))"
        said = subprocess.run(
            [python_peers(), "-c", script, *self.libraries],
            capture_output=True,
            text=True,
            check=True,
        )
        named = zip(self.libraries, said.stdout.split(), strict=True)
        python = f"Python {sys.version.split()[0]}"
        return f"{', '.join(f'{name} {version}' for name, version in named)} on {python}"


SOCKET_IO = NodePeer("socketio", "Socket.IO on Node", "socketio", ENGINE_IO)
C_SENDER = Sender("sender", "C, one `send` per socket", parses=False)
PEERS: tuple[Peer, ...] = (
    SOCKET_IO,
    PythonPeer(
        "python-socketio",
        "python-socketio",
        "socketio",
        ENGINE_IO,
        module="python_socketio",
        libraries=("python-socketio", "uvicorn", "websockets"),
    ),
    PythonPeer(
        "naive",
        "Starlette, a broadcaster queue and task per socket",
        module="naive",
        libraries=("starlette", "broadcaster", "uvicorn", "websockets"),
    ),
    PythonPeer(
        "uws",
        "uWebSockets, by socketify",
        control="ws:/control",
        module="uws",
        libraries=("socketify",),
    ),
    C_SENDER,
)
"""All but Festoon."""
