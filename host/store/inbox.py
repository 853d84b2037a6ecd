"""Each person's inbox: what they were told, and what of it they have read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from host.contract import Category, JsonObject
from host.store.paging import Page, PageRequest, fetch_page
from host.store.tables import notification_deliveries, notifications, rooms

MOST_COUNTED = 100
"""Of more unread notifications nobody wants the number."""


@dataclass(frozen=True)
class Notice:
    """What people are told: one thing, whoever they are. `app_id` None is the platform."""

    id: str
    kind: str
    title: str
    body: str
    data: JsonObject
    category: Category
    room_id: str | None = None
    app_id: str | None = None
    urgent: bool = False


@dataclass(frozen=True)
class InboxItem:
    """A notification as its person finds it. `room_name` is None where there is no room (more)."""

    id: str
    kind: str
    category: Category
    title: str
    body: str
    data: JsonObject
    room_id: str | None
    room_name: str | None
    app_id: str | None
    urgent: bool
    created_at: datetime
    read_at: datetime | None


_OF = sa.select(notifications, rooms.c.name.label("room_name")).select_from(
    notifications.outerjoin(
        rooms, sa.and_(rooms.c.id == notifications.c.room_id, rooms.c.deleted_at.is_(None))
    )
)
_UNREAD = (
    sa.select(sa.literal(1))
    .where(
        notifications.c.user_id == sa.bindparam("user_id"),
        notifications.c.read_at.is_(None),
    )
    .limit(MOST_COUNTED)
    .subquery()
)
_COUNT = sa.select(sa.func.count()).select_from(_UNREAD)


async def put(
    connection: AsyncConnection, told: Sequence[tuple[str, Notice]], now: datetime
) -> list[tuple[str, Notice]]:
    """Puts notices into people's inboxes, by user id; those of them that were not there."""
    if not told:
        return []
    rows = [
        {
            "user_id": user_id,
            **vars(notice),
            "category": notice.category.value,
            "created_at": now,
        }
        for user_id, notice in told
    ]
    added = await connection.execute(
        adding(connection, notifications)
        .values(rows)
        .returning(notifications.c.user_id, notifications.c.id)
    )
    new = {(row.user_id, row.id) for row in added}
    return [one for one in told if (one[0], one[1].id) in new]


async def page(
    connection: AsyncConnection, user_id: str, request: PageRequest, *, unread: bool = False
) -> Page[InboxItem]:
    """What a person was told, the newest first."""
    query = _OF.where(notifications.c.user_id == user_id)
    if unread:
        query = query.where(notifications.c.read_at.is_(None))
    order = (notifications.c.created_at, notifications.c.id)
    return await fetch_page(connection, query, order, request, _item, newest_first=True)


async def unread(connection: AsyncConnection, user_id: str) -> int:
    """How many a person has not read, counted up to `MOST_COUNTED`."""
    counted: int = (await connection.execute(_COUNT, {"user_id": user_id})).scalar_one()
    return counted


async def read(
    connection: AsyncConnection, user_id: str, notification_id: str, now: datetime
) -> InboxItem | None:
    """Marks one as read, as of the first time; None where the person has no such notification."""
    mine = sa.and_(notifications.c.user_id == user_id, notifications.c.id == notification_id)
    await connection.execute(
        sa.update(notifications).where(mine, notifications.c.read_at.is_(None)).values(read_at=now)
    )
    row = (await connection.execute(_OF.where(mine))).first()
    return _item(row) if row else None


async def read_all(
    connection: AsyncConnection, user_id: str, until: datetime, now: datetime
) -> int:
    """Marks what a person was told up to `until` as read; how many that were."""
    marked = await connection.execute(
        sa.update(notifications)
        .where(
            notifications.c.user_id == user_id,
            notifications.c.read_at.is_(None),
            notifications.c.created_at <= until,
        )
        .values(read_at=now)
    )
    return marked.rowcount


async def take_back(connection: AsyncConnection, user_id: str, notification_id: str) -> None:
    """Takes it out of the inbox: what it told is not so any more."""
    await connection.execute(
        sa.delete(notifications).where(
            notifications.c.user_id == user_id, notifications.c.id == notification_id
        )
    )


async def forget(connection: AsyncConnection, user_id: str) -> None:
    """Empties a person's inbox, and drops what was on its way to them."""
    for table in (notifications, notification_deliveries):
        await connection.execute(sa.delete(table).where(table.c.user_id == user_id))


async def told_to(
    connection: AsyncConnection, wanted: Sequence[tuple[str, str]]
) -> dict[tuple[str, str], Notice]:
    """The notices of these inboxes, by user id and id; those that are gone are missing."""
    query = sa.select(notifications).where(
        sa.tuple_(notifications.c.user_id, notifications.c.id).in_(wanted)
    )
    rows = (await connection.execute(query)).all()
    return {(row.user_id, row.id): notice_of(row) for row in rows}


def adding(connection: AsyncConnection, table: sa.Table) -> Any:
    """An INSERT that passes over what is there already, on either database."""
    if connection.dialect.name == "postgresql":
        from sqlalchemy.dialects.postgresql import insert as own
    else:
        from sqlalchemy.dialects.sqlite import insert as own  # type: ignore[assignment]
    return own(table).on_conflict_do_nothing()


def notice_of(row: Any) -> Notice:
    """The notice of an inbox's row."""
    return Notice(
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


def _item(row: Any) -> InboxItem:
    return InboxItem(
        row.id,
        row.kind,
        Category(row.category),
        row.title,
        row.body,
        row.data,
        row.room_id,
        row.room_name,
        row.app_id,
        row.urgent,
        row.created_at,
        row.read_at,
    )
