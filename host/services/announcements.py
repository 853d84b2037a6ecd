"""Announcements: one text to all of a room, a role or the winners, now or at a time.

What is to be said is one row and a job; a hall of ten thousand then gets it by the hundred, in
small transactions beside the room's own, so that a draw does not wait for it. A process may be
killed between any two: the next goes on where it stopped, and nobody has it twice.
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import orjson

from host.access import Act, Actor
from host.contract import Audience, Category, JsonObject, Role, iso
from host.errors import Conflict, NotFound, ValidationFailed
from host.services.audit import record
from host.services.consent import need_consent
from host.services.core import Core
from host.services.entry import enter
from host.services.notices import MOST_IN_A_WORD, RECEIVED, nudge, said
from host.services.writer import RoomTransaction
from host.store import announcements as store
from host.store import sending
from host.store.announcements import ALL, WINNERS, Announcement, Progress
from host.store.inbox import Notice
from host.store.jobs import Job
from host.store.paging import Page, PageRequest
from host.store.sending import State

JOB = "announcement"
KIND = "room:announcement"
LONGEST_TITLE, LONGEST_BODY = 200, 4_000
AT_ONCE = 250
"""People of one transaction."""
BREATH = 0.1
"""Seconds between two of them, in which others write."""
FURTHEST = timedelta(days=366)
AUDIENCES = (ALL, WINNERS, Role.ORGANIZER, Role.MODERATOR, Role.PARTICIPANT, Role.VIEWER)


@dataclass(frozen=True)
class Reason:
    """Why deliveries failed, and how many."""

    why: str
    count: int


@dataclass(frozen=True)
class Figures:
    """What became of it. `sent` counts people it was brought to besides their inbox."""

    sent: int = 0
    waiting: int = 0
    held: int = 0
    failed: int = 0
    reasons: tuple[Reason, ...] = ()


@dataclass(frozen=True)
class AnnouncementView:
    """An announcement as organizers see it; `recipients` are the inboxes that have it."""

    id: str
    room_id: str
    app_id: str | None
    to: str | None
    title: str
    body: str
    at: datetime
    state: Progress
    recipients: int
    figures: Figures
    created_at: datetime


class Announcements:
    """For who may announce in a room."""

    def __init__(self, core: Core) -> None:
        self._core = core
        core.jobs.handle(JOB, self._send)

    async def list(self, actor: Actor, room_id: str, page: PageRequest) -> Page[AnnouncementView]:
        """What was announced and will be, the newest first, with what became of it."""
        await enter(self._core, actor, room_id, Act.ANNOUNCE)
        async with self._core.db.read() as connection:
            found = await store.page(connection, room_id, page)
            ids = [one.id for one in found.items]
            figures = await sending.figures(connection, ids) if ids else {}
            reasons = await sending.reasons(connection, ids) if ids else {}
        shown = [
            _view(one, figures.get(one.id, {}), reasons.get(one.id, ())) for one in found.items
        ]
        return Page(shown, found.request, total=found.total, next_cursor=found.next_cursor)

    async def announce(
        self,
        actor: Actor,
        room_id: str,
        to: str,
        title: str,
        body: str,
        *,
        at: datetime | None = None,
        urgent: bool = False,
    ) -> AnnouncementView:
        """Announces something; who it is for is looked up at `at` (now).

        An application does so at its rate, and where the organizer lets it.
        """
        await enter(self._core, actor, room_id, Act.ANNOUNCE)
        if actor.app_id is not None:
            await need_consent(self._core, actor.app_id, room_id)
        notice = Notice(
            id="",
            kind=KIND,
            title=title,
            body=body,
            data={},
            category=Category.ANNOUNCEMENT,
            room_id=room_id,
            app_id=actor.app_id,
            urgent=urgent,
        )

        async def write(tx: RoomTransaction) -> Announcement:
            one = await plan(
                self._core, tx, notice, to, at=at, by=actor.user.id if actor.user else None
            )
            told = {"to": to, "title": title, "at": iso(one.at)}
            await record(tx, actor, "announce", subject_id=one.id, after=told)
            return one

        return _view(await self._core.writer.write(room_id, write), {}, ())

    async def cancel(self, actor: Actor, room_id: str, announcement_id: str) -> None:
        """Takes one back whose time has not come."""
        await enter(self._core, actor, room_id, Act.ANNOUNCE)

        async def write(tx: RoomTransaction) -> None:
            one = await store.get(tx.conn, room_id, announcement_id)
            if one is None:
                raise NotFound("There is no such announcement.")
            moved = await store.move(
                tx.conn, announcement_id, Progress.SCHEDULED, Progress.CANCELLED
            )
            if not moved:
                raise Conflict(
                    "It is on its way already, and cannot be taken back.",
                    details={"state": one.state.value},
                )
            await record(tx, actor, "announce:cancel", subject_id=announcement_id)

        await self._core.writer.write(room_id, write)

    async def _send(self, job: Job) -> None:
        room_id, announcement_id = job.payload["roomId"], job.payload["announcementId"]

        async def begin(tx: RoomTransaction) -> None:
            one = await store.get(tx.conn, room_id, announcement_id, lock=True)
            if one is None or one.state is not Progress.SCHEDULED:
                return
            await store.move(tx.conn, one.id, Progress.SCHEDULED, Progress.SENDING)
            if one.to == ALL:
                # One event for the whole hall, and not one for each.
                tx.emit(RECEIVED, said(one.notice), audience=Audience.ALL)

        try:
            await self._core.writer.write(room_id, begin, answers_call=False)
        except NotFound:
            # The room is deleted: there is nobody to tell.
            return
        while reached := await self._reach(room_id, announcement_id):
            one, people = reached
            if one.to == ALL:
                await nudge(self._core, people)
            else:
                await self._show(one, people)
            if len(people) == AT_ONCE:
                await asyncio.sleep(BREATH)

    async def _reach(
        self, room_id: str, announcement_id: str
    ) -> tuple[Announcement, Sequence[str]] | None:
        core = self._core
        async with core.db.write() as connection:
            one = await store.get(connection, room_id, announcement_id, lock=True)
            if one is None or one.state is not Progress.SENDING:
                return None
            brought = await sending.answered(connection, room_id)
            people = await store.fan_out(
                connection, one, core.sources.now(), AT_ONCE, brought=brought
            )
            if brought and people:
                core.db.after_commit(connection, core.to_deliver.set)
        return (one, people) if people else None

    async def _show(self, one: Announcement, people: Sequence[str]) -> None:
        data: JsonObject = said(one.notice)
        at = iso(self._core.sources.now())
        frame = orjson.dumps({"event": RECEIVED, "roomId": one.room_id, "data": data, "at": at})
        for first in range(0, len(people), MOST_IN_A_WORD):
            await self._core.hub.tell_people(people[first : first + MOST_IN_A_WORD], frame)


async def plan(
    core: Core,
    tx: RoomTransaction,
    notice: Notice,
    to: str | Collection[str],
    *,
    at: datetime | None = None,
    by: str | None = None,
    key: str | None = None,
) -> Announcement:
    """Writes an announcement, and the job that brings it out, in the caller's transaction.

    `to` is one of `AUDIENCES`, or user ids.
    """
    if at is not None and at > tx.now + FURTHEST:
        raise ValidationFailed("That is more than a year away.", {"at": ["Within a year."]})
    if isinstance(to, str):
        # So that who brings it knows what a whole room may read.
        notice = replace(notice, data={**notice.data, "to": to})
    one = Announcement(
        id=tx.sources.new_id(),
        room_id=tx.room.id,
        app_id=notice.app_id,
        created_by=by,
        to=to if isinstance(to, str) else None,
        users=() if isinstance(to, str) else tuple(sorted(set(to))),
        notice=notice,
        at=max(at or tx.now, tx.now),
        state=Progress.SCHEDULED,
        reached="",
        recipients=0,
        created_at=tx.now,
    )
    if not await store.insert(tx.conn, one, key):
        known = await store.of_key(tx.conn, tx.room.id, notice.app_id or "", key or "")
        return replace(one, id=known or one.id)
    about = {"roomId": one.room_id, "announcementId": one.id}
    await core.jobs.enqueue(tx.conn, JOB, about, run_at=one.at)
    return one


def _view(
    one: Announcement, counted: dict[State, int], reasons: Sequence[tuple[str, int]]
) -> AnnouncementView:
    failed = counted.get(State.FAILED, 0) + counted.get(State.PARKED, 0)
    return AnnouncementView(
        one.id,
        one.room_id,
        one.app_id,
        one.to,
        one.notice.title,
        one.notice.body,
        one.at,
        one.state,
        one.recipients,
        Figures(
            counted.get(State.SENT, 0),
            counted.get(State.WAITING, 0),
            counted.get(State.HELD, 0),
            failed,
            tuple(Reason(why, many) for why, many in reasons),
        ),
        one.created_at,
    )
