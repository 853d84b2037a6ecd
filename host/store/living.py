"""Which processes of the host live, as the others see it.

Each holds a lock of a number of its own, for as long as it runs: a process that is killed loses it
within a moment, one that only stands still keeps it. A machine that is lost with its network says
nothing to PostgreSQL for a long time, so that nobody may rely on this alone.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Collection
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from host.store.tables import jobs


class Living:
    """This process's lock, and a look at those of others; this one is not seen and sees nobody."""

    def __init__(self) -> None:
        # The system's own chance: two that came to the same number would vouch for each other.
        self._own = secrets.randbelow(2**31)

    @property
    def number(self) -> int | None:
        """By what others see that this process lives; None while they could not."""
        return None

    async def begin(self, lost: Callable[[], None]) -> bool:
        """Takes the lock where it is not held; whether it is. `lost` is called when it is lost."""
        return False

    async def gone(self, numbers: Collection[int]) -> Collection[int]:
        """Those of these whose process does not hold its lock, as far as can be seen."""
        return ()

    async def end(self) -> None:
        """Lets the lock go."""


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
