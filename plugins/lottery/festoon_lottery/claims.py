"""What the desk knows of wins besides the host's record: handed out, or taken back and why."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import sqlalchemy as sa

from festoon_lottery.tables import claims as table
from festoon_lottery.tables import unless_there
from host import AppContext, Winner, iso

CALLING = timedelta(seconds=30)
"""So long a process may call the next one before another may."""


@dataclass(frozen=True)
class Claim:
    """When the prize was handed out (ISO), and why it is taken back; None for what is not so."""

    claimed_at: str | None
    reason: str | None


async def claims(ctx: AppContext) -> dict[str, Claim]:
    """By winner id; who is missing was not at the desk yet."""
    query = sa.select(table).where(table.c.room_id == ctx.room_id)
    async with ctx.database().read() as connection:
        return {
            row.winner_id: Claim(row.claimed_at, row.reason)
            for row in await connection.execute(query)
        }


async def keep(ctx: AppContext, winner_id: str, **values: Any) -> None:
    """Writes columns of a win's row, which is made where there is none."""
    async with ctx.database().write() as connection:
        row = {"winner_id": winner_id, "room_id": ctx.room_id}
        await connection.execute(unless_there(connection, table).values(row))
        await connection.execute(
            table.update().where(table.c.winner_id == winner_id).values(**values)
        )


async def may_call(ctx: AppContext, winner_id: str) -> bool:
    """Takes the call of the next one; a process that died with it has lost it after a while."""
    stale = iso(ctx.now() - CALLING)
    free = table.c.called_at.is_(None) | (table.c.called_at < stale)
    async with ctx.database().write() as connection:
        done = await connection.execute(
            table.update()
            .where(table.c.winner_id == winner_id, free)
            .values(called_at=iso(ctx.now()))
        )
    return done.rowcount == 1


async def vacancies(ctx: AppContext, winners: Sequence[Winner], prize_id: str) -> list[str]:
    """Wins of a prize that the desk took back and nobody got yet, oldest first, by id."""
    kept = await claims(ctx)
    filled = {one.metadata.get("instead") for one in winners}
    return [
        one.id
        for one in winners
        if one.prize_id == prize_id and one.deleted_at is not None and one.id not in filled
        if (claim := kept.get(one.id)) is not None and claim.reason is not None
    ]
