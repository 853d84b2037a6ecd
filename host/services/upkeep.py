"""What a host does beside everything else: notes which sessions are used, sweeps what is over."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter

from host.realtime.ending import end
from host.services.core import Core
from host.services.sessions import Sessions
from host.store import sweeping

log = logging.getLogger("festoon.upkeep")

NOTE_SECONDS = 60.0
SWEEP_EVERY = 15
"""After how many notes of sessions there is a sweep: every quarter of an hour."""
BATCH = 500
"""Rows of one transaction: few enough that nobody waits for it."""
MOST_BATCHES = 200
"""Of one kind in one sweep; the rest is for the next."""


class Upkeep:
    """Every process runs one; of sweeps that meet one goes on, and the others leave it to it."""

    def __init__(self, core: Core, sessions: Sessions) -> None:
        self._core = core
        self._sessions = sessions
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Begins, with a sweep after a while: who has just started has other things to do."""
        self._task = asyncio.get_running_loop().create_task(self._run(), name="upkeep")

    async def stop(self) -> None:
        """Ends; what was used since is noted."""
        if self._task is not None:
            await end(self._task)
            self._task = None
        try:
            await self._sessions.write_seen()
        except Exception:
            log.exception("which sessions were used could not be noted")

    async def sweep(self) -> dict[str, int]:
        """Takes away what is over, in small transactions; how many of each went."""
        gone: Counter[str] = Counter()
        for name, take in sweeping.SWEEPS.items():
            for _ in range(MOST_BATCHES):
                async with self._core.db.write() as connection:
                    if not await sweeping.alone(connection):
                        return dict(gone)
                    count = await take(connection, self._core.sources.now(), BATCH)
                gone[name] += count
                if count < BATCH:
                    break
        return {name: count for name, count in gone.items() if count}

    async def _run(self) -> None:
        turn = 0
        while True:
            await asyncio.sleep(NOTE_SECONDS)
            turn += 1
            try:
                await self._sessions.write_seen()
                if turn % SWEEP_EVERY == 0 and (gone := await self.sweep()):
                    log.info("swept %s", ", ".join(f"{n} {name}" for name, n in gone.items()))
            except Exception:
                log.exception("the upkeep failed, it goes on")
