"""What goes to many in a room: to whom, when, and how far it has come."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from host.contract import Category, JsonObject, Role
from host.store.inbox import Notice, adding
from host.store.paging import Page, PageRequest, fetch_page
from host.store.sending import State, rank_of
from host.store.tables import announcements as table
from host.store.tables import notification_deliveries, notifications, participants, winners


class Progress(StrEnum):
    """How far an announcement is."""

    SCHEDULED = "SCHEDULED"
    SENDING = "SENDING"
    SENT = "SENT"
    CANCELLED = "CANCELLED"


@dataclass(frozen=True)
class Announcement:
    """`to` is ALL, WINNERS or a role; None where an application named its people."""

    id: str
    room_id: str
    app_id: str | None
    created_by: str | None
    to: str | None
    users: tuple[str, ...]
    notice: Notice
    at: datetime
    state: Progress
    reached: str
    recipients: int
    created_at: datetime


ALL, WINNERS = "ALL", "WINNERS"


async def insert(connection: AsyncConnection, one: Announcement, key: str | None = None) -> bool:
    """Writes an announcement. False where the application has one of this key in the room."""
    values = {
        **{c: getattr(one.notice, c) for c in ("kind", "title", "body", "data", "urgent")},
        "category": one.notice.category.value,
        "id": one.id,
        "room_id": one.room_id,
        "app_id": one.app_id,
        "created_by": one.created_by,
        "key": key,
        "audience": {"to": one.to} if one.to else {"users": list(one.users)},
        "at": one.at,
        "state": one.state,
        "reached": one.reached,
        "recipients": one.recipients,
        "created_at": one.created_at,
    }
    made = await connection.execute(adding(connection, table).values(values).returning(table.c.id))
    return made.first() is not None


async def of_key(connection: AsyncConnection, room_id: str, app_id: str, key: str) -> str | None:
    """The id of the announcement that an application calls so in a room."""
    query = sa.select(table.c.id).where(
        table.c.room_id == room_id, table.c.app_id == app_id, table.c.key == key
    )
    found: str | None = (await connection.execute(query)).scalar_one_or_none()
    return found


async def get(
    connection: AsyncConnection, room_id: str, announcement_id: str, *, lock: bool = False
) -> Announcement | None:
    """One announcement; with `lock` nobody else changes it until the transaction ends."""
    query = sa.select(table).where(table.c.room_id == room_id, table.c.id == announcement_id)
    row = (await connection.execute(query.with_for_update() if lock else query)).first()
    return _read(row) if row else None


async def page(
    connection: AsyncConnection, room_id: str, request: PageRequest
) -> Page[Announcement]:
    """A room's announcements, the newest first."""
    query = sa.select(table).where(table.c.room_id == room_id)
    order = (table.c.created_at, table.c.id)
    return await fetch_page(connection, query, order, request, _read, newest_first=True)


async def move(
    connection: AsyncConnection, announcement_id: str, before: Progress, after: Progress
) -> bool:
    """Moves it on. False where it is not at `before`."""
    moved = await connection.execute(
        sa.update(table)
        .where(table.c.id == announcement_id, table.c.state == before)
        .values(state=after)
    )
    return moved.rowcount == 1


async def fan_out(
    connection: AsyncConnection, one: Announcement, now: datetime, most: int, *, brought: bool
) -> list[str]:
    """Puts it into the next inboxes; whose these are. None left: it is marked as sent.

    With `brought` it is noted that it goes by other ways, too.
    """
    people = _people(one).limit(most).subquery()
    reached = list((await connection.execute(sa.select(people.c.user_id))).scalars())
    if not reached:
        await move(connection, one.id, Progress.SENDING, Progress.SENT)
        return []
    last = max(reached)
    within = _people(one).where(participants.c.user_id <= last)
    notice = one.notice
    row: dict[str, Any] = {
        "id": one.id,
        "room_id": one.room_id,
        "app_id": one.app_id,
        "kind": notice.kind,
        "category": notice.category.value,
        "title": notice.title,
        "body": notice.body,
        "data": notice.data,
        "urgent": notice.urgent,
        "created_at": now,
    }
    added = await connection.execute(_copied(connection, notifications, row, within))
    if brought:
        row = {
            "notification_id": one.id,
            "room_id": one.room_id,
            "state": State.WAITING.value,
            "tries": 0,
            "claims": 0,
            "rank": rank_of(notice),
            "next_at": now,
            "created_at": now,
            "updated_at": now,
        }
        named = sa.literal(f"{one.id}.") + participants.c.user_id
        await connection.execute(
            _copied(connection, notification_deliveries, row, within, id=named)
        )
    await connection.execute(
        sa.update(table)
        .where(table.c.id == one.id)
        .values(reached=last, recipients=table.c.recipients + max(added.rowcount, 0))
    )
    return reached


def _people(one: Announcement) -> sa.Select[Any]:
    query = (
        sa.select(participants.c.user_id)
        .where(
            participants.c.room_id == one.room_id,
            participants.c.deleted_at.is_(None),
            participants.c.user_id > one.reached,
        )
        .order_by(participants.c.user_id)
    )
    if one.to is None:
        return query.where(participants.c.user_id.in_(one.users))
    if one.to == WINNERS:
        won = sa.exists().where(
            winners.c.room_id == participants.c.room_id,
            winners.c.participant_id == participants.c.id,
            winners.c.deleted_at.is_(None),
        )
        return query.where(won)
    return query if one.to == ALL else query.where(participants.c.role == Role(one.to))


def _copied(
    connection: AsyncConnection,
    into: sa.Table,
    row: JsonObject,
    people: sa.Select[Any],
    **computed: sa.ColumnElement[Any],
) -> Any:
    """An INSERT … SELECT of `row` for each of these people."""
    values: dict[str, sa.ColumnElement[Any]] = {
        name: sa.literal(value, into.c[name].type) for name, value in row.items()
    }
    values |= {**computed, "user_id": participants.c.user_id}
    chosen = people.with_only_columns(*values.values())
    return adding(connection, into).from_select(list(values), chosen)


def _read(row: Any) -> Announcement:
    notice = Notice(
        row.id,
        row.kind,
        row.title,
        row.body,
        row.data,
        Category(row.category),
        row.room_id,
        row.app_id,
        row.urgent,
    )
    return Announcement(
        row.id,
        row.room_id,
        row.app_id,
        row.created_by,
        row.audience.get("to"),
        tuple(row.audience.get("users", ())),
        notice,
        row.at,
        Progress(row.state),
        row.reached,
        row.recipients,
        row.created_at,
    )
