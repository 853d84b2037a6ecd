"""Taking away what the lottery keeps of a room that its organizer deleted."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from festoon_lottery.santa.tables import santas
from festoon_lottery.tables import metadata, rounds

PARENTS = {"round_id": rounds, "santa_id": santas}
"""Whose rows those belong to that name no room themselves."""


async def clear(connection: AsyncConnection, room_id: str) -> None:
    """Deletes every row of a room; done again it finds none."""
    tables = metadata.tables.values()
    for column, parent in PARENTS.items():
        mine = sa.select(parent.c.id).where(parent.c.room_id == room_id)
        for table in tables:
            if column in table.c:
                await connection.execute(table.delete().where(table.c[column].in_(mine)))
    for table in tables:
        if "room_id" in table.c:
            await connection.execute(table.delete().where(table.c.room_id == room_id))
