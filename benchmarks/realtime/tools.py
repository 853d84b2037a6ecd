"""What a run needs besides Festoon: the C programs, and the peers' own libraries."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

HERE = Path(__file__).parent
NATIVE, SERVERS, APP = HERE / "native", HERE / "servers", HERE / "app"
CHECKOUT = HERE.parent.parent
CACHE = CHECKOUT / "build" / "benchmarks"
"""Git-ignored: built programs, the Python peers' environment, the Node peer's packages."""

CLIENT = ("load.c", "wire.c", "dialect.c", "control.c", "measures.c", "calls.c", "http.c")
SENDER = ("sender.c",)
HALL = ("hall.c", "http.c", "wire.c")
FLAGS = ("-O2", "-std=gnu11", "-Wall", "-Wextra")


class Missing(Exception):
    """Something a run needs is not on this machine; the message says how to get it."""


def compiler() -> str:
    """The C compiler; raises `Missing`."""
    for name in (os.environ.get("CC"), "cc", "gcc", "clang"):
        if name and (found := shutil.which(name)):
            return found
    raise Missing(
        "The load client is C and there is no compiler here: no cc, gcc or clang on PATH. "
        "Install one (Debian, Ubuntu: apt-get install gcc libc6-dev), or name it: CC=…"
    )


def program(name: str, sources: Sequence[str], native: Path = NATIVE) -> Path:
    """A C program of the folder `native`, compiled if its sources have changed."""
    digest = hashlib.sha256(" ".join(FLAGS).encode())
    for path in sorted(native.iterdir()):
        digest.update(path.read_bytes())
    made = CACHE / "bin" / f"{name}-{digest.hexdigest()[:12]}"
    if made.exists():
        return made
    made.parent.mkdir(parents=True, exist_ok=True)
    # Under a name of its own first: another run may compile the same at this moment.
    half = made.with_suffix(f".{os.getpid()}")
    run([compiler(), *FLAGS, "-o", str(half), *(str(native / s) for s in sources)], name)
    half.replace(made)
    return made


def python_peers(servers: Path = SERVERS, name: str = "venv") -> Path:
    """The Python of an environment with what `requirements.txt` among the servers lists, at
    Festoon's versions where Festoon has it too.
    """
    wanted = (servers / "requirements.txt").read_text()
    constraints = CHECKOUT / "constraints.txt"
    folder = CACHE / name
    python, stamp = folder / "bin" / "python", folder / "installed"
    mark = hashlib.sha256((sys.version + wanted + constraints.read_text()).encode()).hexdigest()
    if not stamp.exists() or stamp.read_text() != mark:
        shutil.rmtree(folder, ignore_errors=True)
        run([sys.executable, "-m", "venv", str(folder)], "the Python peers' environment")
        pip = [str(python), "-m", "pip", "install", "-q", "--disable-pip-version-check"]
        listed = ["-c", str(constraints), "-r", str(servers / "requirements.txt")]
        run([*pip, *listed], "the Python peers")
        stamp.write_text(mark)
    return python


def node_peers(servers: Path = SERVERS, name: str = "node", *options: str) -> Path:
    """The folder with what `package.json` among the servers lists, to be given as NODE_PATH.

    `options` are npm's.
    """
    if not (shutil.which("node") and shutil.which("npm")):
        raise Missing("The Node peers need node and npm on PATH.")
    wanted = (servers / "package.json").read_text()
    folder = CACHE / name
    described = folder / "package.json"
    if not described.exists() or described.read_text() != wanted:
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        (folder / "half").write_text(wanted)
        (folder / "half").rename(described)
        quiet = ["--no-package-lock", "--no-audit", "--no-fund", "--silent"]
        try:
            run(["npm", "install", *quiet, *options], "the Node peers", cwd=folder)
        except Missing:
            shutil.rmtree(folder)
            raise
    return folder / "node_modules"


def run(
    command: Sequence[str],
    what: str,
    cwd: Path | None = None,
    environ: Mapping[str, str] | None = None,
) -> None:
    """Runs a tool to its end; raises `Missing` with what it said. `environ` is added to ours."""
    environment = {**os.environ, **(environ or {})}
    done = subprocess.run(
        command, cwd=cwd, env=environment, capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        said = (done.stderr + done.stdout).strip()[-2000:]
        raise Missing(f"{what}: `{Path(command[0]).name}` failed\n{said}")
