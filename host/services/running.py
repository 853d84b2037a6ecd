"""How one process runs jobs: takes what is due, tries it, and keeps how it ended.

Which jobs those are, and who runs them, say `Jobs` for the platform's own and `Schedule` for
those of applications.
"""

from __future__ import annotations

import asyncio
import logging
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from host.errors import FestoonError
from host.ids import Sources
from host.realtime.ending import end
from host.store import jobs as store
from host.store.engine import Database
from host.store.jobs import Job
from host.store.living import Living

log = logging.getLogger("festoon.jobs")

LONGEST_PAUSE = 900.0
NOT_NOW_SECONDS = 15.0
DEATHS = 5
"""So many tries follow at once on the deaths of who had the job; then it is put off, since it may
be the job that kills them, or a host that cannot start, and neither is to use up its tries.
"""
AFTER_FAILURE = 3.0
"""The seconds after which it is looked again where that failed."""
ORPHANED = "The process that tried it last did not live to tell."

Handler = Callable[[Job], Awaitable[None]]


class GiveUp(Exception):
    """A handler's word that trying again is no use; the text is the reason."""


class NotNow(Exception):
    """A handler's word that nothing was tried, since it cannot be yet; the text is the reason."""


@dataclass(frozen=True)
class Kind:
    """By whom a job is run, and how often it is tried."""

    run: Handler
    tries: int


class Runner(ABC):
    """Runs what `_look` takes by whom `_kind` says."""

    def __init__(
        self, db: Database, sources: Sources, first_pause: float, living: Living | None
    ) -> None:
        """`first_pause`: seconds before the second try, doubled each time. `living`: by what it
        is seen that this process is gone; None where its claims just end.
        """
        self._db = db
        self._sources = sources
        self._first_pause = first_pause
        self._living = living
        self._running: dict[str, asyncio.Task[None]] = {}
        self._woken = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    def wake(self) -> None:
        """Looks for jobs now rather than at the next poll."""
        self._woken.set()

    async def start(self) -> None:
        """Begins to run jobs, those of earlier processes too."""
        await self._look()
        self._task = asyncio.get_running_loop().create_task(self._run(), name="jobs")

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

    @abstractmethod
    async def _look(self) -> float:
        """Takes what is due; the seconds after which to look again."""

    def _not_ours(self, job: Job) -> None:
        """It came to an end, and was another's by then."""
        log.warning("job %s (%s) outlived its claim; it may run twice", job.id, job.kind)

    @abstractmethod
    def _kind(self, job: Job) -> Kind:
        """How jobs like this one are run."""

    @property
    @abstractmethod
    def _run_seconds(self) -> float:
        """How long one try may take."""

    @property
    @abstractmethod
    def _lease_seconds(self) -> float:
        """How long a claim lasts."""

    async def _claim(self, wanted: Sequence[tuple[store.Which, int]]) -> list[Job]:
        """Takes jobs that are due, of each sort at most so many."""
        by = self._living.number if self._living else None
        taken: list[Job] = []
        async with self._db.write() as connection:
            # Not before: on SQLite it may have waited for seconds.
            now = self._sources.now()
            until = now + timedelta(seconds=self._lease_seconds)
            for which, most in wanted:
                # Who stood still for long finds its own claims at an end, and the work going on.
                others = store.but(which, self._running)
                taken += await store.claim(
                    connection, others, now=now, until=until, most=most, by=by
                )
        return taken

    async def _run(self) -> None:
        while True:
            self._woken.clear()
            try:
                pause = await self._look()
            except Exception:
                log.exception("looking for jobs failed, it goes on")
                pause = AFTER_FAILURE
            with suppress(TimeoutError):
                async with asyncio.timeout(pause):
                    await self._woken.wait()

    def _until(self, due: datetime | None, now: datetime, poll: float) -> float:
        """How long to wait for what is due then, looking all the same for what others bring."""
        wait = poll if due is None else (due - now).total_seconds()
        return min(wait, poll * self._spread())

    def _begin(self, taken: Sequence[Job]) -> float:
        for job in taken:
            task = asyncio.get_running_loop().create_task(self._try(job))
            self._running[job.id] = task
            task.add_done_callback(partial(self._ended, job))
        # None: others are taking them at this moment.
        return 0.0 if taken else self._spread() / 4

    def _ended(self, job: Job, _: asyncio.Task[None]) -> None:
        self._running.pop(job.id, None)
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
            self._not_ours(job)

    async def _tried(self, job: Job) -> bool:
        """Runs the job and keeps how it ended; whether it was ours to the end."""
        kind = self._kind(job)
        if job.attempts > kind.tries:
            return await self._park(job, ORPHANED)
        if job.orphan and job.attempts > DEATHS:
            pause = self._pause(job.attempts - DEATHS)
            return await self._let_go(job, pause, ORPHANED, job.attempts - 1)
        try:
            async with asyncio.timeout(self._run_seconds):
                await kind.run(job)
        except GiveUp as reason:
            return await self._park(job, str(reason))
        except NotNow as reason:
            pause = NOT_NOW_SECONDS * self._spread()
            return await self._let_go(job, pause, str(reason), job.attempts - 1)
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
        pause = self._pause(job.attempts)
        log.warning("job %s (%s), again in %.0f s: %s", job.id, job.kind, pause, reason)
        return await self._let_go(job, pause, reason, job.attempts)

    async def _let_go(self, job: Job, pause: float, reason: str, attempts: int) -> bool:
        run_at = self._sources.now() + timedelta(seconds=pause)
        async with self._db.write() as connection:
            self._db.after_commit(connection, self.wake)
            return await store.put_off(
                connection, job, run_at=run_at, reason=reason, attempts=attempts
            )

    def _pause(self, tries: int) -> float:
        return min(self._first_pause * 2.0 ** (tries - 1), LONGEST_PAUSE) * self._spread()

    def _spread(self) -> float:
        """From 0.75 to 1.25 by chance, so that processes do not all come at once."""
        return 0.75 + int.from_bytes(self._sources.random_bytes(2), "big") / 2**17


def _told(error: Exception) -> str:
    text = error.message if isinstance(error, FestoonError) else str(error)
    return f"{type(error).__name__}: {text}" if text else type(error).__name__
