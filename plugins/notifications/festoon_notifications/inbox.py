"""Keeping notifications: stored once, announced at least once."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa

from festoon_notifications.tables import inbox
from host import AsyncDatabase, Notification, iso


async def keep(
    database: AsyncDatabase, room_id: str, notification: Notification, now: datetime
) -> bool:
    """Stores a notification unless it is there; answers whether it still has to be announced."""
    row = {
        "id": notification.id,
        "user_id": notification.user_id,
        "room_id": room_id,
        "kind": notification.kind,
        "title": notification.title,
        "body": notification.body,
        "data": notification.data,
        "created_at": iso(now),
    }
    known = sa.select(inbox.c.announced_at).where(inbox.c.id == notification.id)
    async with database.read() as connection:
        found = (await connection.execute(known)).first()
    if found is None:
        try:
            async with database.write() as connection:
                await connection.execute(inbox.insert(), row)
        except sa.exc.IntegrityError:
            async with database.read() as connection:
                found = (await connection.execute(known)).one()
    return found is None or found.announced_at is None


async def mark_announced(database: AsyncDatabase, notification_id: str, now: datetime) -> None:
    """Remembers that a notification was announced, so that a retry stays silent."""
    async with database.write() as connection:
        await connection.execute(
            inbox.update().where(inbox.c.id == notification_id).values(announced_at=iso(now))
        )


async def messages_of(database: AsyncDatabase, user_id: str) -> list[dict[str, Any]]:
    """A user's inbox, newest first."""
    query = (
        sa.select(inbox)
        .where(inbox.c.user_id == user_id)
        .order_by(inbox.c.created_at.desc(), inbox.c.id.desc())
    )
    async with database.read() as connection:
        rows = (await connection.execute(query)).mappings()
        return [
            {
                "id": row["id"],
                "roomId": row["room_id"],
                "kind": row["kind"],
                "title": row["title"],
                "body": row["body"],
                "data": row["data"],
                "createdAt": row["created_at"],
            }
            for row in rows
        ]


async def empty(database: AsyncDatabase, user_id: str) -> None:
    """Deletes a user's inbox."""
    async with database.write() as connection:
        await connection.execute(inbox.delete().where(inbox.c.user_id == user_id))
