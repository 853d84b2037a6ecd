"""Forgetting a person: the name and what they wrote go, and results can still be proved."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from festoon_quiz import players
from festoon_quiz.rules.certificate import forget
from festoon_quiz.tables import answers, rounds


async def erase(connection: AsyncConnection, user_id: str) -> None:
    """Takes a person out of seats, answers and certificates; may be done again."""
    for player in await players.forget(connection, user_id):
        await _forget_words(connection, player)


async def _forget_words(connection: AsyncConnection, player: str) -> None:
    own = sa.select(answers).where(answers.c.player_id == player)
    for row in (await connection.execute(own)).all():
        # Words are a person's own; which option it was is needed to prove the result.
        if isinstance(row.answer, str):
            await connection.execute(
                answers.update()
                .where(
                    answers.c.game_id == row.game_id,
                    answers.c.round == row.round,
                    answers.c.player_id == player,
                )
                .values(answer="")
            )
    played = sa.select(answers.c.game_id).where(answers.c.player_id == player).distinct()
    query = sa.select(rounds.c.game_id, rounds.c.round, rounds.c.certificate).where(
        rounds.c.game_id.in_(played)
    )
    for game_id, number, kept in (await connection.execute(query)).all():
        if kept is None:
            continue
        await connection.execute(
            rounds.update()
            .where(rounds.c.game_id == game_id, rounds.c.round == number)
            .values(certificate=forget(kept, player))
        )
