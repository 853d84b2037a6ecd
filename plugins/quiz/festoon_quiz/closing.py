"""Judging a round in the transaction that closes it."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from festoon_quiz import games, players
from festoon_quiz.asking import question_of
from festoon_quiz.games import Game, Round
from festoon_quiz.outcome import Before, Given, Outcome, judged
from festoon_quiz.rules.timing import Receipt
from festoon_quiz.tables import answers
from host import iso


async def close_round(connection: AsyncConnection, game: Game, at: Round, now: int) -> None:
    """Judges all answers; the game's row must be held, so that no more of them come."""
    await _write(connection, game, replace(at, closed_at=now), at.judged)


async def judge_again(
    connection: AsyncConnection, game: Game, at: Round, hands: Mapping[str, bool]
) -> None:
    """The same with what the host has said of raised hands."""
    await _write(connection, game, at, hands)


async def _write(
    connection: AsyncConnection, game: Game, at: Round, hands: Mapping[str, bool]
) -> None:
    assert at.closed_at is not None
    given = await given_in(connection, game.id, at.round)
    seats = await players.everyone(connection, game.room_id)
    before = Before(await games.totals_before(connection, game.id, at.round))
    previous = await games.hash_before(connection, game.id, at.round)

    def work() -> Outcome:
        return judged(
            game_id=game.id,
            number=at.position + 1,
            closed_at=iso(datetime.fromtimestamp((at.closed_at or 0) / 1000, UTC)),
            question=question_of(game, at),
            seats=seats,
            given=given,
            before=before,
            hands=hands,
            settings=game.settings,
            previous=previous,
        )

    # A full hall takes a tenth of a second, in which everybody else's messages go on.
    found = await asyncio.to_thread(work)
    await games.set_round(
        connection,
        game.id,
        at.round,
        closed_at=at.closed_at,
        judged=dict(hands),
        outcome=found.outcome,
        totals=found.totals,
        certificate=found.certificate,
        hash=found.certificate["hash"],
    )


async def given_in(connection: AsyncConnection, game_id: str, number: int) -> dict[str, Given]:
    """All answers of a round, by player, in the order in which they were written down."""
    query = (
        sa.select(answers.c.player_id, answers.c.answer, answers.c.receipt)
        .where(answers.c.game_id == game_id, answers.c.round == number)
        .order_by(answers.c.at, answers.c.player_id)
    )
    return {
        player: Given(answer, Receipt.from_json(receipt))
        for player, answer, receipt in await connection.execute(query)
    }
