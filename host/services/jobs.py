"""Durable jobs: written in the transaction of what they follow from, run after its commit.

A job is a row, so a process may be killed at any line: what was not committed is no job, and
what was committed is run by whichever process gets to it, at least once. One process at a time
has a job, by a claim that ends by itself; a handler that takes the id of the job for the id of
what it makes does so once however often it is run.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from host.contract import JsonObject
from host.ids import Sources
from host.services.running import GiveUp, Handler, Kind, Runner
from host.store import jobs as store
from host.store.engine import Database
from host.store.jobs import Job, ParkedJob
from host.store.living import Living

__all__ = ["GiveUp", "Handler", "Jobs"]

LEASE_SECONDS = 90.0
"""How long a process that takes a job has it to itself."""
RUN_SECONDS = 60.0
"""How long one try may take: less than the claim, so that nobody else begins meanwhile."""
POLL_SECONDS = 3.0
"""How often a process looks for what others left."""
SLOTS = 10
"""How many jobs one process runs at once."""
TRIES = 20
FIRST_PAUSE = 2.0
"""The seconds before the second try, doubled each time: twenty tries take some three hours."""


class Jobs(Runner):
    """Takes the platform's own jobs and has them run by the handler of their kind."""

    def __init__(
        self,
        db: Database,
        sources: Sources,
        *,
        first_pause: float = FIRST_PAUSE,
        living: Living | None = None,
    ) -> None:
        """`first_pause`: seconds before the second try."""
        super().__init__(db, sources, first_pause, living)
        self._kinds: dict[str, Kind] = {}

    def handle(self, kind: str, run: Handler, *, tries: int = TRIES) -> None:
        """Has jobs of this kind run by `run`, which must bear to be called again.

        What it raises is the reason to try again later, `GiveUp` the reason not to.
        """
        self._kinds[kind] = Kind(run, tries)

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

    async def parked(self, most: int = 100) -> Sequence[ParkedJob]:
        """Jobs that were tried for the last time, the last one first."""
        async with self._db.read() as connection:
            return await store.parked(connection, most)

    async def put_back(self, job_id: str) -> bool:
        """Tries a parked job again. False where there is no such job."""
        async with self._db.write() as connection:
            self._db.after_commit(connection, self.wake)
            return await store.put_back(connection, job_id, self._sources.now())

    @property
    def _run_seconds(self) -> float:
        return RUN_SECONDS

    @property
    def _lease_seconds(self) -> float:
        return LEASE_SECONDS

    def _kind(self, job: Job) -> Kind:
        return self._kinds[job.kind]

    async def _look(self) -> float:
        """Takes what is due; the seconds after which to look again."""
        free = SLOTS - len(self._running)
        if not self._kinds or free <= 0:
            return POLL_SECONDS
        mine = store.of_kinds(self._kinds)
        # A question that costs a reader little, and on SQLite keeps no writer waiting.
        async with self._db.read() as connection:
            due = await store.next_due(connection, mine)
        now = self._sources.now()
        if due is None or due > now:
            return self._until(due, now, POLL_SECONDS)
        return self._begin(await self._claim([(mine, free)]))
