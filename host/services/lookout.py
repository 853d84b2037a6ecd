"""Whether processes that have jobs still live; what the others had is free for who comes first.

A claim that ends by itself has to be long, since a process that lives may be slow to renew it.
But it is seen when a process was killed, so that nobody waits for the end of its claims: its jobs
are begun again within two or three seconds. Where a machine is lost rather than a process, or
nobody can be seen, the claim's end stays what counts.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Collection, Sequence
from contextlib import suppress

from host.ids import Sources
from host.realtime.ending import end
from host.services.running import Runner
from host.store import living
from host.store.engine import Database
from host.store.living import Living

log = logging.getLogger("festoon.jobs")

POLL_SECONDS = 1.0
MISSED_SECONDS = 1.0
"""How long a process has to be missed: one that lost nothing but a connection is back sooner."""


class Lookout:
    """Keeps this process seen, and looks for those that are not any more."""

    def __init__(
        self, db: Database, sources: Sources, seen: Living, runners: Sequence[Runner]
    ) -> None:
        """`runners` look for jobs at once when some were freed."""
        self._db = db
        self._sources = sources
        self._seen = seen
        self._runners = runners
        self._missed: dict[int, float] = {}
        """Since when, by the monotonic clock."""
        self._lost = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Has this process seen before it takes a job, and begins to look."""
        await self._seen.begin(self._lost.set)
        self._task = asyncio.get_running_loop().create_task(self._run(), name="lookout")

    async def stop(self) -> None:
        """Lets it be seen that this process is gone: it must have no job any more."""
        if self._task is not None:
            await end(self._task)
            self._task = None
        await self._seen.end()

    async def look(self) -> int:
        """Frees what processes had that are missed for long enough; how many jobs."""
        if not await self._seen.begin(self._lost.set):
            return 0
        now = self._sources.now()
        async with self._db.read() as connection:
            claimants = await living.claimants(connection, now)
        dead = self._dead(await self._seen.gone(claimants))
        if not dead:
            return 0
        async with self._db.write() as connection:
            freed = await living.free(connection, dead, now)
        if freed:
            log.warning("%d jobs of processes that are gone are begun again", freed)
            for runner in self._runners:
                runner.wake()
        return freed

    def _dead(self, missing: Collection[int]) -> Collection[int]:
        moment = self._sources.monotonic()
        self._missed = {one: self._missed.get(one, moment) for one in missing}
        return [one for one, since in self._missed.items() if moment - since >= MISSED_SECONDS]

    async def _run(self) -> None:
        while True:
            self._lost.clear()
            try:
                await self.look()
            except Exception:
                log.exception("looking for processes that are gone failed, it goes on")
            with suppress(TimeoutError):
                async with asyncio.timeout(POLL_SECONDS):
                    await self._lost.wait()
