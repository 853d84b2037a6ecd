"""What a notification is like when it goes out: in whose words, to whom, by whom, and when not."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from host.apps.messages import nearest
from host.apps.names import PLATFORM
from host.contract import Capability, Delivery, Notification, Permission, Recipient, Room
from host.errors import Unavailable
from host.services import reading
from host.services.core import Core
from host.services.delegation import report, withheld
from host.services.unsubscribing import address
from host.services.words import words_of
from host.store import inbox, preferences, reaching, room_apps, rooms
from host.store import sending as store
from host.store.inbox import Notice
from host.store.preferences import Preferences
from host.store.sending import Sending, State

INBOX = "in-app"
DIGEST = "digest"
MOST_IN_A_DIGEST = 50


@dataclass(frozen=True)
class Nothing:
    """There is nothing to bring: it is where it belongs, by `channel`, or is no more ("")."""

    channel: str = ""


@dataclass(frozen=True)
class Held:
    """Not now: after `until`, alone or in a digest."""

    until: datetime
    digest_id: str | None = None


@dataclass(frozen=True)
class Tried:
    """By whom it is to be brought, and what."""

    app_id: str
    room: Room
    notification: Notification


class Bringing:
    """Reads what is needed for many at once, and asks for each."""

    def __init__(self, core: Core) -> None:
        self._core = core

    async def prepare(self, taken: Sequence[Sending]) -> dict[str, Nothing | Held | Tried]:
        """What is to be done about each of these, by its id."""
        people = {one.user_id for one in taken}
        named = {one.room_id for one in taken if one.room_id is not None}
        now = self._core.sources.now()
        async with self._core.db.read() as connection:
            single = [(one.user_id, one.notification_id) for one in taken if not one.is_digest]
            notices = await inbox.told_to(connection, single) if single else {}
            wanted = await preferences.of(connection, people)
            known = await reaching.recipients(connection, people)
            answerers = await reaching.answerers(connection, named)
            there = {one: await rooms.get(connection, one) for one in named}
            lists = {
                one.id: await store.digested(connection, one.id, MOST_IN_A_DIGEST)
                for one in taken
                if one.is_digest
            }
        reach = {
            room_id: await self._may_see_people(app_id, there[room_id])
            for room_id, app_id in answerers.items()
        }
        found: dict[str, Nothing | Held | Tried] = {}
        for one in taken:
            room, recipient = there.get(one.room_id or ""), known.get(one.user_id)
            notice = (
                _digest(one, lists[one.id])
                if one.is_digest
                else notices.get((one.user_id, one.notification_id))
            )
            if room is None or recipient is None or notice is None:
                found[one.id] = Nothing()
                continue
            wishes = wanted.get(one.user_id, preferences.NONE)
            app_id = answerers.get(room.id, PLATFORM)
            if app_id == PLATFORM or reading.wants_none(wishes, notice.category):
                found[one.id] = Nothing(INBOX)
            elif held := _held(one, notice, wishes, now):
                found[one.id] = held
            else:
                to = recipient if reach.get(room.id) else None
                told = self._notification(one, notice, room, wishes, to)
                found[one.id] = Tried(app_id, room, told)
        return found

    async def ask(self, tried: Tried) -> Delivery:
        """Asks for one; raises what dispatch raises."""
        app_id = tried.app_id
        if state := await withheld(self._core, Capability.NOTIFICATIONS, app_id):
            raise Unavailable(
                f"The application '{app_id}' is asked after review, which is {state}."
            )
        delivery: Delivery | None = await self._core.dispatch.call(
            "notify", app_id, tried.room, notification=tried.notification
        )
        if delivery is None:
            raise Unavailable(f"The application '{app_id}' does not bring notifications.")
        return delivery

    async def tries(self, tried: Tried) -> int | None:
        """How often whoever brings it wants to be asked; None where it is for the host to say."""
        if not self._core.dispatch.is_service(tried.app_id):
            return None
        return await self._core.dispatch.tries("notify", tried.app_id, tried.room)

    async def report(self, tried: Tried, why: str, *, every: timedelta) -> None:
        """Tells the organizers, once in a while, that it does not work."""
        slot = int(self._core.sources.now().timestamp() // every.total_seconds())
        told = f"{tried.app_id}/{tried.room.id}/{slot}"
        notice_id = hashlib.sha256(told.encode()).hexdigest()[:40]
        await report(
            self._core, tried.room, "notify", tried.app_id, why, fell_back=True, notice_id=notice_id
        )

    async def _may_see_people(self, app_id: str, room: Room | None) -> bool:
        """Whether an application is told how to reach people: by users:read, where it is locked."""
        if room is None or app_id == PLATFORM:
            return False
        if Permission.USERS_READ not in self._core.registry.manifest(app_id).permissions:
            return False
        manifest: Mapping[str, object] = room.app.manifest
        if app_id != room.app_id:
            async with self._core.db.read() as connection:
                locked = await room_apps.locked(connection, room.id, app_id)
            manifest = locked[1] if locked else {}
        granted = manifest.get("permissions", ())
        return isinstance(granted, list | tuple) and Permission.USERS_READ in granted

    def _notification(
        self,
        one: Sending,
        notice: Notice,
        room: Room,
        wishes: Preferences,
        to: Recipient | None,
    ) -> Notification:
        words = words_of(self._core, notice.app_id, room.name, notice.kind, notice.data)
        said = nearest(words, wishes.locale) if words else notice
        return Notification(
            id=one.id,
            user_id=one.user_id,
            kind=notice.kind,
            title=said.title,
            body=said.body,
            data=notice.data,
            category=notice.category,
            urgent=notice.urgent,
            words={tag: vars(one) for tag, one in words.items()},
            locale=wishes.locale,
            time_zone=wishes.time_zone,
            recipient=to,
            muted=reading.muted(wishes, notice.category),
            unsubscribe=address(self._core, one.user_id, notice.category),
        )


def _held(one: Sending, notice: Notice, wishes: Preferences, now: datetime) -> Held | None:
    if notice.urgent or notice.category in reading.ALWAYS:
        return None
    if one.state is State.WAITING and (due := reading.digest_due(wishes, now)):
        told = f"{one.user_id}/{one.room_id}/{due:%Y%m%d%H%M}"
        return Held(due, f"{DIGEST}.{hashlib.sha256(told.encode()).hexdigest()[:40]}")
    if until := reading.quiet_until(wishes, now):
        return Held(until)
    return None


def _digest(one: Sending, listed: Sequence[Notice]) -> Notice | None:
    """What came together, as one notification; None where nothing of it is left."""
    if not listed:
        return None
    if len(listed) == 1:
        return listed[0]
    lines = [f"{notice.title}: {notice.body}" if notice.body else notice.title for notice in listed]
    return Notice(
        id=one.notification_id,
        kind="notification:digest",
        title=f"{len(listed)} messages for you",
        body="\n".join(lines),
        data={"items": [{"kind": n.kind, "title": n.title, "body": n.body} for n in listed]},
        category=listed[0].category,
        room_id=one.room_id,
    )
