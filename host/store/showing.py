"""How a process is seen to live: by its database."""

from __future__ import annotations

import os
from pathlib import Path

from host.store.connected import Connected
from host.store.engine import Database
from host.store.living import Living


def living(db: Database) -> Living:
    """What a process shows of itself, and sees of the others on the same database.

    On SQLite in memory there are no others, and where the system knows no locks of files nobody
    is seen: their claims then end by themselves.
    """
    if db.lane is not None:
        return Connected(db.lane)
    name = db.engine.url.database
    if os.name != "posix" or not name or name.startswith((":memory:", "file:")):
        return Living()
    from host.store.beside import Beside  # the system's locks, which not every system has

    # By whatever way they come to the file, they meet beside it.
    return Beside(Path(name).resolve())
