"""Who asks and where they sit: looked up together for a hall that comes at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from festoon_quiz import players
from festoon_quiz.games import Game, insert
from festoon_quiz.players import Comer, Seat
from festoon_quiz.tables import answers, ready
from host import AppContext


@dataclass(frozen=True)
class Sitting:
    """A person's seat, and what they have done about the present question."""

    seat: Seat | None = None
    ready: bool = False
    answered: bool = False
    answer: Any = None


async def sit(
    ctx: AppContext, game: Game, comers: Sequence[Comer], *, now: int
) -> Sequence[Sitting]:
    """The seats of those who ask; who has none gets one, as long as the game lets people in."""
    users = [one.user_id for one in comers]
    async with ctx.database().read() as connection:
        seats = await players.of_users(connection, game.room_id, users)
        done, holding = await _done(connection, game, [seat.id for seat in seats.values()])
    back = [user_id for user_id, seat in seats.items() if seat.away]
    if back:
        async with ctx.database().write() as connection:
            await players.note_away(connection, game.room_id, back, away=False)
    missing = {one.user_id: one for one in comers if one.may_sit and one.user_id not in seats}
    if missing and not game.locked:
        blocked = ctx.settings.get("blockedWords", ())
        async with ctx.database().write() as connection:
            seats |= await players.seat_all(
                connection, game.room_id, list(missing.values()), blocked, now
            )
    found = []
    for user_id in users:
        seat = seats.get(user_id)
        if seat is None:
            found.append(Sitting())
        else:
            answered = seat.id in done
            found.append(Sitting(seat, seat.id in holding, answered, done.get(seat.id)))
    return found


async def note_ready(connection: AsyncConnection, rows: Sequence[dict[str, Any]]) -> None:
    """These phones hold the question; who says it twice is counted once."""
    await connection.execute(insert(connection, ready).on_conflict_do_nothing(), list(rows))


async def _done(
    connection: AsyncConnection, game: Game, seats: Sequence[str]
) -> tuple[dict[str, Any], set[str]]:
    if not game.round or not seats:
        return {}, set()
    given = sa.select(answers.c.player_id, answers.c.answer).where(
        answers.c.game_id == game.id,
        answers.c.round == game.round,
        answers.c.player_id.in_(seats),
    )
    held = sa.select(ready.c.player_id).where(
        ready.c.game_id == game.id, ready.c.round == game.round, ready.c.player_id.in_(seats)
    )
    done = {one.player_id: one.answer for one in await connection.execute(given)}
    return done, set(await connection.scalars(held))
