"""What a run needs besides Festoon: the load client, and the peers' libraries."""

from __future__ import annotations

import hashlib
import shutil
from pathlib import Path

from benchmarks.realtime.tools import node_peers, program, python_peers, run

HERE = Path(__file__).parent
NODE, PYTHON = HERE / "servers" / "node", HERE / "servers" / "python"


def load_client() -> Path:
    """The load client, compiled. Raises `Missing`."""
    return program("rest-load", ("load.c",), HERE / "native")


def still_server() -> Path:
    """A server that only answers, compiled. Raises `Missing`."""
    return program("rest-still", ("still.c",), HERE / "native")


def node_servers() -> Path:
    """The folder of the Node servers beside their packages, Prisma's client made. Raises `Missing`.

    A module finds packages only above the place where it lies, so the servers are copied there.
    """
    # Scripts of packages would fetch a native engine, which this client does without.
    modules = node_peers(NODE, "rest-node", "--ignore-scripts")
    sources = sorted([*NODE.glob("*.js"), NODE / "schema.prisma"])
    digest = hashlib.sha256(b"".join(path.read_bytes() for path in sources)).hexdigest()
    folder = modules.parent / f"servers-{digest[:12]}"
    if folder.exists():
        return folder
    half = folder.with_suffix(".half")
    shutil.rmtree(half, ignore_errors=True)
    half.mkdir()
    for path in sources:
        shutil.copy(path, half)
    tools = modules / ".bin"
    # For migrations only, and not to be had without a download; its name has to lead somewhere.
    engine = {"PRISMA_SCHEMA_ENGINE_BINARY": str(shutil.which("true")), "CHECKPOINT_DISABLE": "1"}
    generate = [str(tools / "prisma"), "generate", "--schema", "schema.prisma"]
    run(generate, "Prisma's client", cwd=half, environ=engine)
    bundled = ["--bundle", "--platform=node", "--format=esm", "--packages=external"]
    target = ["generated/client.ts", "--outfile=generated/client.mjs"]
    run([str(tools / "esbuild"), *target, *bundled], "Prisma's client", cwd=half)
    half.rename(folder)
    return folder


def python_server() -> Path:
    """The Python of an environment with the Python peer's libraries. Raises `Missing`."""
    return python_peers(PYTHON, "rest-venv")
