"""Slows down what is asked for too often, in all processes of one database together."""

from __future__ import annotations

import hmac
import math

from host.errors import RateLimited
from host.services.core import Core
from host.store import tries

SWEEP_SECONDS = 60.0


class Tally:
    """What counts of tries share: their keys, their clock, and their sweeping."""

    def __init__(self, core: Core) -> None:
        self._core = core
        self._key = core.tokens.derive_key("guessing")
        self._swept = core.sources.monotonic()

    def named(self, *parts: str) -> str:
        """The key of a name. Who signs in where is nobody's business who reads the table."""
        return hmac.digest(self._key, "\n".join(parts).encode(), "sha256").hex()

    def now(self) -> int:
        """Milliseconds of Unix time."""
        return int(self._core.sources.now().timestamp() * 1000)

    async def sweep(self, now: int) -> None:
        """Removes, now and then, what counts no more."""
        if self._core.sources.monotonic() - self._swept <= SWEEP_SECONDS:
            return
        self._swept = self._core.sources.monotonic()
        async with self._core.db.write() as connection:
            await tries.sweep(connection, now)


class Slowed:
    """Lets `burst` tries of one name pass at once, any number if it is 0, and one more every
    `seconds`.
    """

    def __init__(self, core: Core, purpose: str, *, burst: int, seconds: float) -> None:
        """`purpose` keeps these names apart from those of others."""
        self._core = core
        self._purpose = purpose
        self._burst, self._step = burst, int(seconds * 1000)
        self._tally = Tally(core)

    async def take(self, name: str) -> None:
        """Counts a try; `RateLimited`, with the seconds to wait, where there were too many."""
        if not self._burst:
            return
        now, key = self._tally.now(), self._tally.named(self._purpose, name)
        await self._tally.sweep(now)
        async with self._core.db.write() as connection:
            refuse(await tries.count(connection, key, now=now, step=self._step, burst=self._burst))

    async def clear(self, name: str) -> None:
        """Takes back every try of a name: the person knew what was asked."""
        if self._burst:
            async with self._core.db.write() as connection:
                await tries.forget(connection, self._tally.named(self._purpose, name))


def refuse(wait: int) -> None:
    """Raises `RateLimited` where there are milliseconds to wait."""
    if wait:
        raise RateLimited(math.ceil(wait / 1000))
