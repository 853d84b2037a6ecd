"""Taking away what is kept of a room that was deleted."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from festoon_quiz.tables import answers, counts, games, media, players, ready, rounds, sat


async def sweep(connection: AsyncConnection, room_id: str) -> None:
    """Every row that belongs to the room; may be done again."""
    played = sa.select(games.c.id).where(games.c.room_id == room_id)
    seats = sa.select(players.c.id).where(players.c.room_id == room_id)
    for table in (answers, ready, rounds, counts):
        await connection.execute(sa.delete(table).where(table.c.game_id.in_(played)))
    await connection.execute(sa.delete(sat).where(sat.c.player_id.in_(seats)))
    for table in (games, players, media):
        await connection.execute(sa.delete(table).where(table.c.room_id == room_id))
