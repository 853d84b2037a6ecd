"""What applications have scheduled: durable work of theirs in a room, run when it is due.

Each application has slots of its own, so that one which hangs keeps nobody else waiting, and a
job waits for as long as its application does not run here. A claim is short and renewed while
the job runs: after a crash another process begins within seconds.
"""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any

import orjson
from sqlalchemy.ext.asyncio import AsyncConnection

from host import contract
from host.apps.dispatch import Dispatch
from host.contract import JsonObject
from host.errors import Conflict, ValidationFailed
from host.ids import Sources
from host.services.running import Kind, NotNow, Runner
from host.services.text import unstorable
from host.store import jobs as store
from host.store import room_apps, rooms, scheduled
from host.store.engine import Database
from host.store.jobs import Job
from host.store.living import Living

log = logging.getLogger("festoon.jobs")

HOOK = "job_due"
LEASE_SECONDS = 15.0
"""How long a process has a job without saying that it goes on; longer than one step of an
application may hold the event loop.
"""
RUN_SECONDS = 40.0
"""More than the hook may take."""
POLL_SECONDS = 1.0
"""How often a process looks for what others scheduled, and did not live to run."""
SLOTS = 8
"""How many jobs of one application one process runs at once."""
TRIES = 20
FIRST_PAUSE = 1.0
"""The seconds before the second try, doubled each time: twenty tries take some three hours."""
LONGEST_KIND, LONGEST_KEY = 60, 120
MOST_BYTES = 64 * 1024


class Schedule(Runner):
    """Takes the jobs of applications that run here, and calls their `job_due`."""

    def __init__(
        self,
        db: Database,
        sources: Sources,
        dispatch: Dispatch,
        *,
        first_pause: float = FIRST_PAUSE,
        tries: int = TRIES,
        living: Living | None = None,
    ) -> None:
        """`first_pause`: seconds before the second try."""
        super().__init__(db, sources, first_pause, living)
        self._dispatch = dispatch
        self._all = Kind(self._due, tries)
        self._busy: Counter[str] = Counter()
        self._turn = asyncio.Lock()

    async def add(
        self,
        app_id: str,
        room_id: str,
        kind: str,
        data: JsonObject,
        *,
        at: datetime,
        key: str | None = None,
        connection: AsyncConnection | None = None,
    ) -> str:
        """Writes a job, in the caller's transaction if `connection` is given; its id.

        Raises `ValidationFailed` for what cannot be kept, `Conflict` for an application that
        would not hear of it.
        """
        if not self._dispatch.answers(HOOK, app_id):
            raise Conflict(f"The application '{app_id}' has no hook {HOOK} to run a job by.")
        _check(kind, data, at, key)
        if connection is None:
            async with self._db.write() as own:
                return await self.add(app_id, room_id, kind, data, at=at, key=key, connection=own)
        self._after_commit(connection)
        job_id = self._sources.new_id()
        await scheduled.schedule(
            connection,
            job_id,
            kind,
            {"dueAt": at.isoformat(), "data": data},
            app_id=app_id,
            room_id=room_id,
            key=key,
            now=self._sources.now(),
            run_at=at,
        )
        return job_id

    async def take_back(
        self, app_id: str, room_id: str, key: str, connection: AsyncConnection | None = None
    ) -> bool:
        """Forgets the job with this key. False where there is none."""
        if connection is not None:
            return await scheduled.unschedule(connection, app_id, room_id, key)
        async with self._db.write() as own:
            return await scheduled.unschedule(own, app_id, room_id, key)

    async def run_due(self) -> int:
        """Runs what is due, and what becomes due by that, before it returns; how many tries.

        For tests, whose clock is turned.
        """
        tried = 0
        while True:
            await self._look()
            running = list(self._running.values())
            if not running:
                return tried
            tried += len(running)
            await asyncio.wait(running)
            # What it has ended is taken note of in the next turn of the loop.
            await asyncio.sleep(0)

    @property
    def _run_seconds(self) -> float:
        return RUN_SECONDS

    @property
    def _lease_seconds(self) -> float:
        return LEASE_SECONDS

    def _kind(self, job: Job) -> Kind:
        return self._all

    async def _look(self) -> float:
        async with self._turn:
            return await self._take()

    async def _take(self) -> float:
        free = {
            app_id: SLOTS - self._busy[app_id]
            for app_id in self._dispatch.table.get(HOOK, ())
            if self._busy[app_id] < SLOTS and self._dispatch.answers(HOOK, app_id)
        }
        if not free:
            return POLL_SECONDS
        async with self._db.read() as connection:
            due = await scheduled.next_of_apps(connection, free)
        now = self._sources.now()
        ready = [app_id for app_id, moment in due.items() if moment <= now]
        if not ready:
            return self._until(min(due.values(), default=None), now, POLL_SECONDS)
        wanted = [(store.of_app(app_id), free[app_id]) for app_id in sorted(ready)]
        return self._begin(await self._claim(wanted))

    def _begin(self, taken: Sequence[Job]) -> float:
        self._busy.update(str(job.app_id) for job in taken)
        return super()._begin(taken)

    def _ended(self, job: Job, task: asyncio.Task[None]) -> None:
        self._busy[str(job.app_id)] -= 1
        super()._ended(job, task)

    async def _due(self, job: Job) -> None:
        app_id, room_id = str(job.app_id), str(job.room_id)
        async with self._db.read() as connection:
            room = await rooms.get(connection, room_id)
            app = await room_apps.get(connection, room_id, app_id) if room else None
        if room is None or app is None:
            log.info(
                "job %s (%s) is dropped: %s is not in room %s", job.id, job.kind, app_id, room_id
            )
            return
        if not app.enabled or not self._dispatch.answers(HOOK, app_id):
            raise NotNow(f"The application '{app_id}' is off in this room.")
        given = contract.Job(
            job.id,
            job.kind,
            job.payload["data"],
            datetime.fromisoformat(job.payload["dueAt"]),
            job.attempts,
        )
        done = asyncio.Event()
        keeping = asyncio.create_task(self._keep(job, done), name=f"keep {job.id}")
        try:
            await self._dispatch.call(HOOK, app_id, room, job=given)
        finally:
            done.set()
            await asyncio.wait([keeping])

    async def _keep(self, job: Job, done: asyncio.Event) -> None:
        """Says that it goes on, so that nobody else begins."""
        while True:
            with suppress(TimeoutError):
                async with asyncio.timeout(LEASE_SECONDS / 3):
                    await done.wait()
            if done.is_set():
                return
            try:
                async with self._db.write() as connection:
                    until = self._sources.now() + timedelta(seconds=LEASE_SECONDS)
                    await store.hold(connection, job, until)
            except Exception:
                log.warning("job %s (%s): its claim was not renewed", job.id, job.kind)

    def _not_ours(self, job: Job) -> None:
        # It was replaced or taken back while it ran, which is nothing unusual.
        log.debug("job %s (%s) is no longer the one that was run", job.id, job.kind)

    def _after_commit(self, connection: AsyncConnection) -> None:
        try:
            self._db.after_commit(connection, self.wake)
        except KeyError:
            raise ValidationFailed(
                "A job is written with the connection of database().write(), while that is open."
            ) from None


def _check(kind: Any, data: Any, at: Any, key: Any) -> None:
    problems: dict[str, list[str]] = {}
    if not _is_name(kind, LONGEST_KIND):
        problems["kind"] = [f"This must be a text of 1 to {LONGEST_KIND} characters."]
    if key is not None and not _is_name(key, LONGEST_KEY):
        problems["key"] = [f"This must be a text of 1 to {LONGEST_KEY} characters."]
    if not isinstance(data, dict):
        problems["data"] = ["This must be an object."]
    elif why := unstorable(data):
        problems["data"] = [f"This {why}."]
    elif len(orjson.dumps(data)) > MOST_BYTES:
        problems["data"] = [f"This may have at most {MOST_BYTES} bytes; keep it in a table."]
    if not isinstance(at, datetime) or at.tzinfo is None:
        problems["at"] = ["This must be a time with its zone, as ctx.now() is."]
    if problems:
        raise ValidationFailed("This is no job.", problems)


def _is_name(value: Any, most: int) -> bool:
    return isinstance(value, str) and 0 < len(value) <= most and not unstorable(value)
