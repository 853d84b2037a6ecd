"""Which processes of the host live, as PostgreSQL sees it.

Each holds a lock of its own number on a connection of its own. A process that is killed loses
the connection within a moment and the lock with it; one that only stands still keeps both. A
machine that is lost with its network closes nothing: of its processes PostgreSQL knows no end
for a long time, so that nobody may rely on this alone.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections.abc import Callable, Collection
from datetime import datetime

import asyncpg
import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection

from host.errors import Unavailable
from host.store.lane import Lane
from host.store.tables import jobs

log = logging.getLogger("festoon.jobs")

PROCESSES = 0x666573
"""The first number of the locks, "fes" in ASCII; the second is the process."""
ANSWER_SECONDS = 5.0
"""How long a lock may take, which waits for nobody."""
_HOLD = "SELECT pg_try_advisory_lock($1, $2)"
# Shared, so that several may ask at once; let go when the statement ends.
_GONE = "SELECT one FROM unnest($2::int[]) one WHERE pg_try_advisory_xact_lock_shared($1, one)"


class Living:
    """This process's lock, and a look at those of others; without a lane there are none."""

    def __init__(self, lane: Lane | None) -> None:
        self._lane = lane
        # The system's own chance: two that came to the same number would vouch for each other.
        self._number = secrets.randbelow(2**31)
        self._connection: asyncpg.Connection | None = None

    @property
    def number(self) -> int | None:
        """By what others see that this process lives; None while they could not."""
        connection = self._connection
        return None if connection is None or connection.is_closed() else self._number

    async def begin(self, lost: Callable[[], None]) -> bool:
        """Takes the lock where it is not held; whether it is. `lost` is called when it is lost."""
        if self._lane is None:
            return False
        if self.number is not None:
            return True
        self._connection = connection = None
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                connection = await self._lane.connect()
                if await connection.fetchval(_HOLD, PROCESSES, self._number):
                    connection.add_termination_listener(lambda _: lost())
                    self._connection = connection
        except (TimeoutError, Unavailable, asyncpg.PostgresError, asyncpg.InterfaceError, OSError):
            log.debug("this process has no lock to be seen by", exc_info=True)
        finally:
            if connection is not None and self._connection is None:
                connection.terminate()
        return self.number is not None

    async def gone(self, numbers: Collection[int]) -> Collection[int]:
        """Those of these whose process does not hold its lock, as far as the database answers."""
        others = [one for one in numbers if one != self._number]
        if self._lane is None or not others:
            return ()
        try:
            found = await self._lane.rows(_GONE, PROCESSES, others)
        except (Unavailable, DBAPIError):
            return ()
        return {row["one"] for row in found}

    async def end(self) -> None:
        """Lets the lock go."""
        if self._connection is not None:
            self._connection.terminate()
            self._connection = None


async def claimants(connection: AsyncConnection, now: datetime) -> Collection[int]:
    """The numbers of the processes that have jobs at this time."""
    found = await connection.execute(
        sa.select(jobs.c.claimed_by)
        .where(jobs.c.claimed_until > now, jobs.c.claimed_by.is_not(None))
        .distinct()
    )
    return list(found.scalars())


async def free(connection: AsyncConnection, gone: Collection[int], now: datetime) -> int:
    """Ends the claims of processes that are no more; how many jobs can be taken by that."""
    freed = await connection.execute(
        sa.update(jobs)
        .where(jobs.c.claimed_until > now, jobs.c.claimed_by.in_(gone))
        .values(claimed_until=now)
    )
    return freed.rowcount
