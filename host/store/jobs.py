"""Jobs: what has to be done after a commit. Which process has one is decided here."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from host.contract import JsonObject
from host.store.tables import jobs

LONGEST_REASON = 2000


@dataclass(frozen=True)
class Job:
    """A job that a process has to itself until `claimed_until`, the `attempts`-th time."""

    id: str
    kind: str
    payload: JsonObject
    attempts: int
    claimed_until: datetime
    created_at: datetime
    app_id: str | None = None
    """The application that scheduled it, in `room_id`; None for one of the platform's own."""
    room_id: str | None = None
    orphan: bool = False
    """Whether who had it before did not say how that ended: most likely, that process died."""


@dataclass(frozen=True)
class ParkedJob:
    """A job that was tried for the last time, and why it did not work."""

    id: str
    kind: str
    payload: JsonObject
    attempts: int
    created_at: datetime
    parked_at: datetime
    reason: str
    app_id: str | None = None
    room_id: str | None = None


OPEN = jobs.c.parked_at.is_(None)
"""Of those that are still to be done."""
FREE_AT = sa.case((jobs.c.claimed_until > jobs.c.run_at, jobs.c.claimed_until), else_=jobs.c.run_at)
"""When a job may be taken."""
Which = sa.ColumnElement[bool]
"""Which jobs are asked for: `of_kinds` or `of_app`."""


def of_kinds(kinds: Collection[str]) -> Which:
    """The platform's own of these kinds."""
    return sa.and_(jobs.c.app_id.is_(None), jobs.c.kind.in_(kinds))


def of_app(app_id: str) -> Which:
    """Those that one application has scheduled."""
    return jobs.c.app_id == app_id


def but(which: Which, ids: Collection[str]) -> Which:
    """Those without these."""
    return sa.and_(which, jobs.c.id.not_in(ids)) if ids else which


async def insert(
    connection: AsyncConnection,
    job_id: str,
    kind: str,
    payload: JsonObject,
    *,
    now: datetime,
    run_at: datetime,
) -> None:
    """Writes a job, in the transaction of what it follows from."""
    await connection.execute(
        sa.insert(jobs).values(
            id=job_id, kind=kind, payload=payload, run_at=run_at, attempts=0, created_at=now
        )
    )


async def next_due(connection: AsyncConnection, which: Which) -> datetime | None:
    """When the next of these jobs may be taken; None where there is none."""
    found = await connection.execute(
        sa.select(sa.type_coerce(sa.func.min(FREE_AT), jobs.c.run_at.type)).where(OPEN, which)
    )
    moment: datetime | None = found.scalar_one()
    return moment


async def claim(
    connection: AsyncConnection,
    which: Which,
    *,
    now: datetime,
    until: datetime,
    most: int,
    by: int | None = None,
) -> list[Job]:
    """Takes jobs that are due, oldest first; nobody else gets them before `until`, or before
    the process `by` is seen to be gone.

    Those that another process is taking at this moment are passed over.
    """
    due = (
        sa.select(jobs.c.id, jobs.c.claimed_until)
        .where(
            OPEN,
            which,
            jobs.c.run_at <= now,
            sa.or_(jobs.c.claimed_until.is_(None), jobs.c.claimed_until <= now),
        )
        .order_by(jobs.c.run_at, jobs.c.id)
        .limit(most)
        .with_for_update(skip_locked=True)
    )
    before = {row.id: row.claimed_until for row in await connection.execute(due)}
    if not before:
        return []
    taken = await connection.execute(
        sa.update(jobs)
        .where(jobs.c.id.in_(before))
        .values(claimed_until=until, claimed_by=by, attempts=jobs.c.attempts + 1)
        .returning(
            jobs.c.id,
            jobs.c.kind,
            jobs.c.payload,
            jobs.c.attempts,
            jobs.c.created_at,
            jobs.c.app_id,
            jobs.c.room_id,
        )
    )
    found = {
        row.id: Job(
            row.id,
            row.kind,
            row.payload,
            row.attempts,
            until,
            row.created_at,
            row.app_id,
            row.room_id,
            orphan=before[row.id] is not None,
        )
        for row in taken
    }
    return [found[job_id] for job_id in before]


async def hold(connection: AsyncConnection, job: Job, until: datetime) -> bool:
    """Keeps the claim for longer. False where somebody else has the job now, or it is gone."""
    return await _change(connection, _ours(job), claimed_until=until)


async def remove(connection: AsyncConnection, job: Job) -> bool:
    """Forgets a job that is done, with all it said. False where somebody else has it now."""
    gone = await connection.execute(sa.delete(jobs).where(_ours(job)))
    return gone.rowcount == 1


async def put_off(
    connection: AsyncConnection, job: Job, *, run_at: datetime, reason: str | None, attempts: int
) -> bool:
    """Lets the job go until `run_at`. False where somebody else has it now."""
    return await _change(
        connection,
        _ours(job),
        run_at=run_at,
        claimed_until=None,
        reason=_short(reason),
        attempts=attempts,
    )


async def park(connection: AsyncConnection, job: Job, *, now: datetime, reason: str) -> bool:
    """Keeps the job for a person to look at. False where somebody else has it now."""
    return await _change(
        connection, _ours(job), parked_at=now, claimed_until=None, reason=_short(reason)
    )


async def parked(connection: AsyncConnection, most: int) -> Sequence[ParkedJob]:
    """Jobs that were given up, the last one first."""
    found = await connection.execute(
        sa.select(jobs)
        .where(jobs.c.parked_at.is_not(None))
        .order_by(jobs.c.parked_at.desc(), jobs.c.id.desc())
        .limit(most)
    )
    return [
        ParkedJob(
            row.id,
            row.kind,
            row.payload,
            row.attempts,
            row.created_at,
            row.parked_at,
            row.reason or "",
            row.app_id,
            row.room_id,
        )
        for row in found
    ]


async def put_back(connection: AsyncConnection, job_id: str, now: datetime) -> bool:
    """Lets a parked job be tried again, from the first try on. False where it is not parked."""
    return await _change(
        connection,
        sa.and_(jobs.c.id == job_id, jobs.c.parked_at.is_not(None)),
        parked_at=None,
        claimed_until=None,
        run_at=now,
        attempts=0,
    )


def _ours(job: Job) -> sa.ColumnElement[bool]:
    # The very claim: each has a number of its own, and who let the job go has none.
    return sa.and_(
        jobs.c.id == job.id,
        jobs.c.attempts == job.attempts,
        jobs.c.claimed_until.is_not(None),
    )


async def _change(
    connection: AsyncConnection, which: sa.ColumnElement[bool], **values: Any
) -> bool:
    changed = await connection.execute(sa.update(jobs).where(which).values(**values))
    return changed.rowcount == 1


def _short(reason: str | None) -> str | None:
    if reason is None:
        return None
    # What a server answered may hold anything, and must not keep the job from being parked.
    return reason.replace("\0", "").encode("utf-8", "replace").decode()[:LONGEST_REASON]
