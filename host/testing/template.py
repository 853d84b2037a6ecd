"""A database that was migrated once, for every host of a test run to begin with a copy of it."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

from host.apps.migrate import migrate_all
from host.config import Config


class Template:
    """Made when it is first asked for, and gone with the process.

    Whoever takes a copy and has other applications than are installed still migrates.
    """

    def __init__(self) -> None:
        self._folder: tempfile.TemporaryDirectory[str] | None = None
        self._file: Path | None = None

    async def copy(self, to: Path) -> None:
        """Puts a SQLite file with the tables of the host and of what is installed at `to`."""
        if self._file is None or not self._file.exists():
            self._folder = tempfile.TemporaryDirectory(prefix="festoon-template-")
            made = Path(self._folder.name) / "making.db"
            await migrate_all(Config(database_url=f"sqlite+aiosqlite:///{made}"))
            self._file = made.rename(made.with_name("made.db"))
        shutil.copyfile(self._file, to)


TEMPLATE = Template()
"""One for a process: to migrate takes longer than most tests."""
