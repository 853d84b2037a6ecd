"""The log of calls to services: written beside them, a moment later, many at once."""

from __future__ import annotations

import asyncio
import logging

from host.realtime.ending import end
from host.store import deliveries as store
from host.store.deliveries import Delivered
from host.store.engine import Database

log = logging.getLogger("festoon.apps")

GATHER_SECONDS = 0.5
"""How long a call's line waits for others to be written with."""
MOST_WAITING = 10_000
"""Lines that wait for a database that does not answer; past that the oldest is lost."""
BATCH = 500


class Deliveries:
    """Notes calls. Who is asked waits for no line of the log."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._waiting: list[Delivered] = []
        self._task: asyncio.Task[None] | None = None
        self._writing = asyncio.Lock()

    def note(self, line: Delivered) -> None:
        """Keeps a line; it is in the database a moment later."""
        self._waiting.append(line)
        del self._waiting[:-MOST_WAITING]
        if self._task is None or self._task.done():
            self._task = asyncio.get_running_loop().create_task(self._later(), name="deliveries")

    async def flush(self) -> None:
        """Writes what waits."""
        async with self._writing:
            while batch := self._waiting[:BATCH]:
                async with self._db.write() as connection:
                    await store.insert(connection, batch)
                written = {line.id for line in batch}
                self._waiting = [line for line in self._waiting if line.id not in written]

    async def close(self) -> None:
        """Writes what waits, for the last time."""
        if self._task is not None:
            await end(self._task)
        try:
            await self.flush()
        except Exception:
            log.exception("%d calls to services are missing in the log", len(self._waiting))

    async def _later(self) -> None:
        while self._waiting:
            await asyncio.sleep(GATHER_SECONDS)
            try:
                await self.flush()
            except Exception:
                log.exception("the log of calls to services could not be written, it is kept")
