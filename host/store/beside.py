"""Which processes of the host live, where they share a SQLite file: each locks a file beside it.

The system lets go of the lock when the process ends. What a killed process leaves of its file, the
next to start takes away.
"""

from __future__ import annotations

import fcntl
import logging
import os
from collections.abc import Callable, Collection
from pathlib import Path

from host.store.living import Living

log = logging.getLogger("festoon.jobs")


class Beside(Living):
    """A lock on the file `<database>-process-<number>`."""

    def __init__(self, database: Path) -> None:
        super().__init__()
        self._start = database.with_name(f"{database.name}-process-")
        self._file: int | None = None

    @property
    def number(self) -> int | None:
        """Of the file, while it is locked."""
        return None if self._file is None else self._own

    async def begin(self, lost: Callable[[], None]) -> bool:
        """Takes the lock, anew where somebody has removed the file."""
        if self._file is not None and _is_removed(self._file):
            await self.end()
        if self._file is None:
            try:
                self._file = _locked(self._path(self._own), os.O_CREAT)
                self._clear_up()
            except OSError:
                log.debug("this process has no lock to be seen by", exc_info=True)
        return self._file is not None

    async def gone(self, numbers: Collection[int]) -> Collection[int]:
        """Whose file is not there, or not locked."""
        return {one for one in numbers if one != self._own and _remove(self._path(one))}

    async def end(self) -> None:
        """Takes the file away."""
        if self._file is not None:
            self._path(self._own).unlink(missing_ok=True)
            os.close(self._file)
            self._file = None

    def _path(self, number: int) -> Path:
        return self._start.with_name(f"{self._start.name}{number}")

    def _clear_up(self) -> None:
        for path in self._start.parent.iterdir():
            if path.name.startswith(self._start.name):
                _remove(path)


def _locked(path: Path, flags: int = 0) -> int:
    """A descriptor of the file, which nobody else has locked; raises `OSError` otherwise."""
    file = os.open(path, os.O_RDWR | flags, 0o600)
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if _is_removed(file):
            raise FileNotFoundError(path)
    except BaseException:
        os.close(file)
        raise
    return file


def _is_removed(file: int) -> bool:
    return os.fstat(file).st_nlink == 0


def _remove(path: Path) -> bool:
    """Takes away the file of a process that is gone; False where it lives, or that is not known."""
    try:
        file = _locked(path)
    except FileNotFoundError:
        return True
    except OSError:
        return False
    path.unlink(missing_ok=True)
    os.close(file)
    return True
