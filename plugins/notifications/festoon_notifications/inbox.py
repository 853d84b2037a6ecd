"""What was kept before the host had an inbox of its own. Nothing is added; it is still theirs."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from festoon_notifications.tables import inbox
from host import AsyncDatabase


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
