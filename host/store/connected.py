"""Which processes of the host live, as PostgreSQL sees it: by a lock on a connection of its own.

PostgreSQL ends the connection with the process, and the lock with the connection.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Collection

import asyncpg
from sqlalchemy.exc import DBAPIError

from host.errors import Unavailable
from host.store.lane import Lane
from host.store.living import Living

log = logging.getLogger("festoon.jobs")

PROCESSES = 0x666573
"""The first number of the locks, "fes" in ASCII; the second is the process."""
ANSWER_SECONDS = 5.0
"""How long a lock may take, which waits for nobody."""
_HOLD = "SELECT pg_try_advisory_lock($1, $2)"
# Shared, so that several may ask at once; let go when the statement ends.
_GONE = "SELECT one FROM unnest($2::int[]) one WHERE pg_try_advisory_xact_lock_shared($1, one)"


class Connected(Living):
    """An advisory lock, held by a connection that does nothing else."""

    def __init__(self, lane: Lane) -> None:
        super().__init__()
        self._lane = lane
        self._connection: asyncpg.Connection | None = None

    @property
    def number(self) -> int | None:
        """Of the lock, while the connection lasts."""
        connection = self._connection
        return None if connection is None or connection.is_closed() else self._own

    async def begin(self, lost: Callable[[], None]) -> bool:
        """Takes the lock; `lost` is called when the connection ends."""
        if self.number is not None:
            return True
        self._connection = connection = None
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                connection = await self._lane.connect()
                if await connection.fetchval(_HOLD, PROCESSES, self._own):
                    connection.add_termination_listener(lambda _: lost())
                    self._connection = connection
        except (TimeoutError, Unavailable, asyncpg.PostgresError, asyncpg.InterfaceError, OSError):
            log.debug("this process has no lock to be seen by", exc_info=True)
        finally:
            if connection is not None and self._connection is None:
                connection.terminate()
        return self.number is not None

    async def gone(self, numbers: Collection[int]) -> Collection[int]:
        """Whose lock can be had, where the database answers."""
        others = [one for one in numbers if one != self._own]
        if not others:
            return ()
        try:
            found = await self._lane.rows(_GONE, PROCESSES, others)
        except (Unavailable, DBAPIError):
            return ()
        return {row["one"] for row in found}

    async def end(self) -> None:
        """Ends the connection."""
        if self._connection is not None:
            self._connection.terminate()
            self._connection = None
