"""What applications tell people: at a rate, with the organizer's consent, and each thing once."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from host.contract import Category, JsonObject, Notification, Room
from host.errors import NotFound, ValidationFailed
from host.services.announcements import AUDIENCES, LONGEST_BODY, LONGEST_TITLE, plan
from host.services.consent import count
from host.services.core import Core
from host.services.notices import RECEIVED, nudge_after, said, tell
from host.services.text import unstorable
from host.services.words import need_values
from host.services.writer import RoomTransaction
from host.store import participants, sending
from host.store.inbox import Notice

LONGEST_KIND = 120
LONGEST_ID = 64
MOST_PEOPLE = 10_000
"""Whom one call may name; a role or the whole room may be more."""


async def notify(core: Core, app_id: str, room: Room, notification: Notification) -> bool:
    """Tells one person something; what was told under this id before is not told again."""
    notice = worded(
        app_id,
        room,
        notification.id,
        notification.kind,
        notification.title,
        notification.body,
        notification.data,
        notification.category,
        urgent=notification.urgent,
    )
    async with core.db.read() as connection:
        # What the platform has an application bring stands in the inbox already.
        if await sending.known(connection, notification.id):
            return True
    if not 0 < len(notification.id) <= LONGEST_ID:
        raise ValidationFailed(f"The notification's id has 1 to {LONGEST_ID} characters.")
    need_values(core, notice)
    count(core, app_id, room.id)

    async def write(tx: RoomTransaction) -> bool:
        user_id = notification.user_id
        if await participants.of_user(tx.conn, room.id, user_id) is None:
            raise NotFound("This person does not take part in the room.")
        if await tell(core, tx.conn, [(user_id, notice)], room_id=room.id):
            tx.emit(RECEIVED, said(notice), audience=f"user:{user_id}")
            nudge_after(core, tx, [user_id])
        return True

    return await core.writer.write(room.id, write, answers_call=False)


async def notify_all(
    core: Core,
    room: Room,
    to: Collection[str] | str,
    notice: Notice,
    *,
    at: datetime | None,
    key: str | None,
) -> str:
    """Tells many something, and answers the id by which its figures are found."""
    if isinstance(to, str):
        to = to.upper()
        if to not in AUDIENCES:
            known = ", ".join(AUDIENCES).lower()
            raise ValidationFailed(f"There is nobody called '{to}'; there are: {known}.")
    elif not 0 < len(to) <= MOST_PEOPLE or unstorable(list(to)):
        raise ValidationFailed(f"Name 1 to {MOST_PEOPLE} people by their user ids.")
    if key is not None and (not 0 < len(key) <= LONGEST_KIND or unstorable(key)):
        raise ValidationFailed(f"A key has 1 to {LONGEST_KIND} characters.")
    if at is not None and at.tzinfo is None:
        raise ValidationFailed("The time must carry its zone.")
    need_values(core, notice)
    count(core, notice.app_id or "", room.id)

    async def write(tx: RoomTransaction) -> str:
        return (await plan(core, tx, notice, to, at=at, key=key)).id

    return await core.writer.write(room.id, write, answers_call=False)


def worded(
    app_id: str,
    room: Room,
    notice_id: str,
    kind: str,
    title: str,
    body: str,
    data: JsonObject,
    category: Category,
    *,
    urgent: bool,
) -> Notice:
    """What an application says, checked. Raises `ValidationFailed`."""
    if not 0 < len(kind) <= LONGEST_KIND or not title.strip() or len(title) > LONGEST_TITLE:
        raise ValidationFailed(
            f"A notification has a kind of at most {LONGEST_KIND} characters and a title of at "
            f"most {LONGEST_TITLE}."
        )
    if len(body) > LONGEST_BODY:
        raise ValidationFailed(f"The body of a notification has at most {LONGEST_BODY} characters.")
    if why := unstorable([notice_id, kind, title, body, data]):
        raise ValidationFailed(f"The notification {why}.")
    if category is Category.ACCOUNT:
        raise ValidationFailed("Only the platform writes about accounts.")
    return Notice(notice_id, kind, title, body, data, category, room.id, app_id, urgent)
