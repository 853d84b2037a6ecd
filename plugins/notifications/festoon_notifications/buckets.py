"""Providers' limits: a bucket of tokens for each channel and room, which all processes share.

A process takes a second's worth at a time, so the database hears of it once a second.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime

import sqlalchemy as sa

from festoon_notifications.tables import buckets
from host import AsyncDatabase

BURST_SECONDS = 10.0
"""How long a bucket fills up: so much may go out at once after a rest."""
KEPT_SECONDS = 2.0
"""How long a process holds on to tokens that it does not use."""
TRIES = 3


class Buckets:
    """The limits of one host. `now` is its clock."""

    def __init__(self, database: AsyncDatabase, now: Callable[[], datetime]) -> None:
        self._database = database
        self._now = now
        self._held: dict[str, tuple[float, float]] = {}
        self._locks: dict[str, asyncio.Lock] = {}

    async def take(self, key: str, per_minute: int) -> float | None:
        """Takes a token; None: go ahead, else the seconds until there may be one."""
        if per_minute <= 0:
            return None
        async with self._locks.setdefault(key, asyncio.Lock()):
            now = self._now().timestamp()
            tokens, until = self._held.get(key, (0.0, 0.0))
            if until < now:
                tokens = 0.0
            if tokens < 1:
                wait, got = await self._draw(key, per_minute, now)
                if wait:
                    return wait
                tokens, until = tokens + got, now + KEPT_SECONDS
            self._held[key] = (tokens - 1, until)
            return None

    async def _draw(self, key: str, per_minute: int, now: float) -> tuple[float, float]:
        """The seconds to wait, or how many tokens were taken."""
        rate = per_minute / 60
        most = max(1.0, rate * BURST_SECONDS)
        for _ in range(TRIES):
            try:
                async with self._database.write() as connection:
                    query = sa.select(buckets).where(buckets.c.key == key).with_for_update()
                    row = (await connection.execute(query)).first()
                    left = most if row is None else row.tokens + max(0.0, now - row.at) * rate
                    left = min(most, left)
                    if left < 1:
                        return (1 - left) / rate, 0.0
                    got = float(int(min(left, max(1.0, rate))))
                    values = {"key": key, "tokens": left - got, "at": now}
                    if row is None:
                        await connection.execute(buckets.insert(), values)
                    else:
                        await connection.execute(
                            buckets.update().where(buckets.c.key == key).values(values)
                        )
                    return 0.0, got
            except sa.exc.IntegrityError:
                continue  # another process began the same bucket
        return 1 / rate, 0.0
