"""The servers that are measured: how each is prepared and started."""

from __future__ import annotations

import base64
import json
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Protocol

from benchmarks.realtime.festoon import commit
from benchmarks.realtime.process import Process
from benchmarks.realtime.tools import CHECKOUT
from benchmarks.rest.database import Database, inherited
from benchmarks.rest.tools import node_servers, python_server
from host.auth.tokens import Tokens
from host.ids import Sources

APP = "benchmarks.rest.servers.python.app:app"
SECRET = "a key for benchmarks only, known to everyone"


@dataclass(frozen=True)
class Place:
    """Where a server runs: its core, its port, its folder, its database."""

    core: int
    port: int
    folder: Path
    database: Database

    @property
    def origin(self) -> str:
        """Scheme, host and port; tokens name it as their issuer."""
        return f"http://127.0.0.1:{self.port}"


class Peer(Protocol):
    """One server of the comparison. All verify the same tokens."""

    name: str
    title: str

    def prepare(self) -> None:
        """Once before all runs: installs and builds. Raises `Missing`."""
        ...

    def start(self, place: Place) -> Process:
        """A fresh server on the copied database."""
        ...

    def versions(self) -> str:
        """What of it is measured, for the report."""
        ...


def tokens(origin: str) -> Tokens:
    """What issues the tokens that all servers take."""
    return Tokens(SECRET, origin, Sources())


class Festoon:
    """`festoon serve` as in production: limits, authentication and validation on."""

    name = "festoon"
    title = "Festoon"

    def prepare(self) -> None:
        """It is installed already."""

    def start(self, place: Place) -> Process:
        """One worker, channels in the process."""
        return Process(
            [sys.executable, "-m", "host.cli", "serve"],
            core=place.core,
            log=place.folder / "server.log",
            environ=environ(place.origin, place.database.async_url())
            | {"FESTOON_HOST": "127.0.0.1", "FESTOON_PORT": str(place.port)},
            folder=place.folder,
        )

    def versions(self) -> str:
        """Festoon's own version and what it stands on."""
        libraries = ("starlette", "uvicorn", "sqlalchemy", "asyncpg", "orjson")
        found = ", ".join(f"{name} {version(name)}" for name in libraries)
        return f"festoon {version('festoon')}{commit()}; {found} on Python {_python()}"


def environ(origin: str, database_url: str) -> dict[str, str]:
    """Festoon's configuration, for the server and for the seed."""
    return inherited() | {
        "FESTOON_PUBLIC_URL": origin,
        "FESTOON_SECRET_KEY": SECRET,
        "FESTOON_DATABASE_URL": database_url,
        "FESTOON_DATABASE_CONNECTIONS": "32",
        # One organizer makes all the draws of one room, which is more than anybody may.
        "FESTOON_LIMITS": "on,writes_per_user=1000000",
    }


@dataclass
class NodePeer:
    """Fastify with one way or another to PostgreSQL."""

    name: str
    title: str
    script: str
    libraries: tuple[str, ...]

    def prepare(self) -> None:
        """Installs the packages and makes Prisma's client."""
        node_servers()

    def start(self, place: Place) -> Process:
        """One process of Node."""
        script = node_servers() / self.script
        arguments = [str(place.port), place.database.url(), _key(place.origin), place.origin]
        return Process(
            ["node", script, *arguments],
            core=place.core,
            log=place.folder / "server.log",
            environ={"NODE_ENV": "production"},
        )

    def versions(self) -> str:
        """Its libraries, and Node."""
        modules = node_servers().parent / "node_modules"
        found = [
            f"{name} {json.loads((modules / name / 'package.json').read_text())['version']}"
            for name in self.libraries
        ]
        node = shutil.which("node")
        assert node is not None
        said = subprocess.run([node, "--version"], capture_output=True, text=True, check=True)
        return f"{', '.join(found)} on Node {said.stdout.strip().removeprefix('v')}"


class FastApi:
    """FastAPI and SQLAlchemy's ORM under uvicorn."""

    name = "fastapi"
    title = "FastAPI + SQLAlchemy ORM"
    libraries = ("fastapi", "sqlalchemy", "asyncpg", "pydantic", "slowapi", "uvicorn", "uvloop")

    def prepare(self) -> None:
        """Installs the libraries."""
        python_server()

    def start(self, place: Place) -> Process:
        """One process of uvicorn."""
        settings = {
            "PYTHONPATH": str(CHECKOUT),
            "DATABASE_URL": place.database.async_url(),
            "TOKEN_KEY": _key(place.origin),
            "TOKEN_ISSUER": place.origin,
        }
        return Process(
            [python_server(), "-m", "uvicorn", APP, "--port", str(place.port)],
            core=place.core,
            log=place.folder / "server.log",
            environ=settings,
        )

    def versions(self) -> str:
        """Its libraries, and Python."""
        script = "import sys, importlib.metadata as m; print(*map(m.version, sys.argv[1:]))"
        said = subprocess.run(
            [python_server(), "-c", script, *self.libraries],
            capture_output=True,
            text=True,
            check=True,
        )
        named = zip(self.libraries, said.stdout.split(), strict=True)
        return f"{', '.join(f'{name} {found}' for name, found in named)} on Python {_python()}"


PRISMA = NodePeer(
    "prisma",
    "Fastify + Prisma",
    "prisma.js",
    ("fastify", "@prisma/client", "@prisma/adapter-pg", "pg"),
)
DRIZZLE = NodePeer(
    "drizzle", "Fastify + Drizzle", "drizzle.js", ("fastify", "drizzle-orm", "postgres")
)
EVERYONE: Sequence[Peer] = (Festoon(), PRISMA, DRIZZLE, FastApi())


def _key(origin: str) -> str:
    return base64.b64encode(tokens(origin).derive_key("access-token")).decode()


def _python() -> str:
    return sys.version.split()[0]
