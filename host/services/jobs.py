"""Durable jobs: written in the transaction of what they follow from, run after its commit.

A job is a row, so a process may be killed at any line: what was not committed is no job, and
what was committed is run by whichever process gets to it, at least once. One process at a time
has a job, by a claim that ends by itself; a handler that takes the id of the job for the id of
what it makes does so once however often it is run.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from sqlalchemy.ext.asyncio import AsyncConnection

from host.contract import JsonObject
from host.errors import FestoonError
from host.ids import Sources
from host.realtime.ending import end
from host.store import jobs as store
from host.store.engine import Database
from host.store.jobs import Job, ParkedJob

log = logging.getLogger("festoon.jobs")

LEASE_SECONDS = 90.0
"""How long a process that takes a job has it to itself."""
RUN_SECONDS = 60.0
"""How long one try may take: less than the claim, so that nobody else begins meanwhile."""
POLL_SECONDS = 3.0
"""How often a process looks for what others left."""
SLOTS = 10
"""How many jobs one process runs at once."""
TRIES = 20
FIRST_PAUSE, LONGEST_PAUSE = 2.0, 900.0
"""The seconds before the second try, doubled each time: twenty tries take some three hours."""

Handler = Callable[[Job], Awaitable[None]]


class GiveUp(Exception):
    """A handler's word that trying again is no use; the text is the reason."""


@dataclass(frozen=True)
class _Kind:
    run: Handler
    tries: int


class Jobs:
    """Takes jobs and has them run by the handler of their kind."""

    def __init__(self, db: Database, sources: Sources, *, first_pause: float = FIRST_PAUSE) -> None:
        """`first_pause`: seconds before the second try."""
        self._db = db
        self._sources = sources
        self._first_pause = first_pause
        self._kinds: dict[str, _Kind] = {}
        self._running: dict[str, asyncio.Task[None]] = {}
        self._woken = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    def handle(self, kind: str, run: Handler, *, tries: int = TRIES) -> None:
        """Has jobs of this kind run by `run`, which must bear to be called again.

        What it raises is the reason to try again later, `GiveUp` the reason not to.
        """
        self._kinds[kind] = _Kind(run, tries)

    async def enqueue(
        self,
        connection: AsyncConnection,
        kind: str,
        payload: JsonObject,
        *,
        run_at: datetime | None = None,
    ) -> str:
        """Writes a job in the caller's transaction and answers its id.

        It is run at once after the commit, or at `run_at`. The payload is kept as it is until
        the job is done, so it holds no secret.
        """
        if kind not in self._kinds:
            raise ValueError(f"nobody handles jobs of the kind {kind!r}")
        now, job_id = self._sources.now(), self._sources.new_id()
        await store.insert(connection, job_id, kind, payload, now=now, run_at=run_at or now)
        self._db.after_commit(connection, self.wake)
        return job_id

    def wake(self) -> None:
        """Looks for jobs now rather than at the next poll."""
        self._woken.set()

    async def start(self) -> None:
        """Begins to run jobs, those of earlier processes too."""
        await self._look()
        self._task = asyncio.get_running_loop().create_task(self._run())

    async def stop(self, seconds: float = 5.0) -> None:
        """Takes no more; what is under way after `seconds` is left to the next process."""
        if self._task is not None:
            await end(self._task)
            self._task = None
        running = list(self._running.values())
        if not running:
            return
        _, late = await asyncio.wait(running, timeout=seconds)
        for task in late:
            await end(task)

    async def parked(self, most: int = 100) -> Sequence[ParkedJob]:
        """Jobs that were tried for the last time, the last one first."""
        async with self._db.read() as connection:
            return await store.parked(connection, most)

    async def put_back(self, job_id: str) -> bool:
        """Tries a parked job again. False where there is no such job."""
        async with self._db.write() as connection:
            self._db.after_commit(connection, self.wake)
            return await store.put_back(connection, job_id, self._sources.now())

    async def _run(self) -> None:
        while True:
            self._woken.clear()
            try:
                pause = await self._look()
            except Exception:
                log.exception("looking for jobs failed, it goes on")
                pause = POLL_SECONDS
            with suppress(TimeoutError):
                async with asyncio.timeout(pause):
                    await self._woken.wait()

    async def _look(self) -> float:
        """Takes what is due; the seconds after which to look again."""
        free = SLOTS - len(self._running)
        if not self._kinds or free <= 0:
            return POLL_SECONDS
        # A question that costs a reader little, and on SQLite keeps no writer waiting.
        async with self._db.read() as connection:
            due = await store.next_due(connection, self._kinds)
        now = self._sources.now()
        if due is None or due > now:
            wait = POLL_SECONDS if due is None else (due - now).total_seconds()
            return min(wait, POLL_SECONDS * self._spread())
        until = now + timedelta(seconds=LEASE_SECONDS)
        async with self._db.write() as connection:
            taken = await store.claim(connection, self._kinds, now=now, until=until, most=free)
        for job in taken:
            task = asyncio.get_running_loop().create_task(self._try(job))
            self._running[job.id] = task
            task.add_done_callback(partial(self._ended, job.id))
        # None: others are taking them at this moment.
        return 0.0 if taken else self._spread() / 4

    def _ended(self, job_id: str, _: asyncio.Task[None]) -> None:
        self._running.pop(job_id, None)
        self.wake()

    async def _try(self, job: Job) -> None:
        try:
            held = await self._tried(job)
        except asyncio.CancelledError:
            # This process stops, which is no fault of the job's.
            now, before = self._sources.now(), job.attempts - 1
            async with self._db.write() as connection:
                await store.put_off(connection, job, run_at=now, reason=None, attempts=before)
            raise
        except Exception:
            log.exception("job %s (%s): how it ended could not be kept", job.id, job.kind)
            return
        if not held:
            log.warning("job %s (%s) outlived its claim; it may run twice", job.id, job.kind)

    async def _tried(self, job: Job) -> bool:
        """Runs the job and keeps how it ended; whether it was ours to the end."""
        kind = self._kinds[job.kind]
        if job.attempts > kind.tries:
            return await self._park(job, "The process that tried it last did not live to tell.")
        try:
            async with asyncio.timeout(RUN_SECONDS):
                await kind.run(job)
        except GiveUp as reason:
            return await self._park(job, str(reason))
        except Exception as error:
            if job.attempts >= kind.tries:
                return await self._park(job, _told(error))
            return await self._put_off(job, _told(error))
        async with self._db.write() as connection:
            return await store.remove(connection, job)

    async def _park(self, job: Job, reason: str) -> bool:
        log.error(
            "job %s (%s) is parked after %d tries: %s", job.id, job.kind, job.attempts, reason
        )
        async with self._db.write() as connection:
            return await store.park(connection, job, now=self._sources.now(), reason=reason)

    async def _put_off(self, job: Job, reason: str) -> bool:
        pause = min(self._first_pause * 2 ** (job.attempts - 1), LONGEST_PAUSE) * self._spread()
        log.warning("job %s (%s), again in %.0f s: %s", job.id, job.kind, pause, reason)
        run_at = self._sources.now() + timedelta(seconds=pause)
        async with self._db.write() as connection:
            self._db.after_commit(connection, self.wake)
            return await store.put_off(
                connection, job, run_at=run_at, reason=reason, attempts=job.attempts
            )

    def _spread(self) -> float:
        """From 0.75 to 1.25 by chance, so that processes do not all come at once."""
        return 0.75 + int.from_bytes(self._sources.random_bytes(2), "big") / 2**17


def _told(error: Exception) -> str:
    text = error.message if isinstance(error, FestoonError) else str(error)
    return f"{type(error).__name__}: {text}" if text else type(error).__name__
