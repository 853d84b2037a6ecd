"""All that is kept of one person: told to them, and forgotten when they go.

A seat may have had several people, since another phone takes it over; each has a part in it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from festoon_quiz.games import insert
from festoon_quiz.names import folded
from festoon_quiz.players import Seat, new_code
from festoon_quiz.rules.certificate import forget
from festoon_quiz.tables import answers, players, rounds, sat
from host import iso


@dataclass(frozen=True)
class Part:
    """A seat that a person has, or had `until` then: ms since 1970."""

    seat: Seat
    until: int | None


async def note_left(connection: AsyncConnection, seat: Seat, now: int) -> None:
    """Somebody else sits there from now on, or nobody."""
    row = {"player_id": seat.id, "user_id": seat.user_id, "until": now}
    made = insert(connection, sat).values(row)
    again = made.on_conflict_do_update(
        index_elements=[sat.c.player_id, sat.c.user_id], set_={"until": now}
    )
    await connection.execute(again)


async def parts_of(connection: AsyncConnection, user_id: str) -> list[Part]:
    """All seats that a person has or had."""
    columns = [players.c[f.name] for f in fields(Seat)]
    now = sa.select(*columns).where(players.c.user_id == user_id)
    found = [Part(Seat(**row._mapping), None) for row in await connection.execute(now)]
    here = {part.seat.id for part in found}
    before = (
        sa.select(*columns, sat.c.until)
        .join(sat, sat.c.player_id == players.c.id)
        .where(sat.c.user_id == user_id)
    )
    for *values, until in await connection.execute(before):
        seat = Seat(*values)
        if seat.id not in here:
            found.append(Part(seat, until))
    return found


async def kept_of(connection: AsyncConnection, user_id: str) -> list[Mapping[str, Any]]:
    """Every seat of a person with the answers given there, by them and not by others."""
    found: list[Mapping[str, Any]] = []
    for part in await parts_of(connection, user_id):
        seat = part.seat
        query = sa.select(
            answers.c.game_id, answers.c.round, answers.c.answer, answers.c.receipt, answers.c.at
        ).where(_given_by(part))
        found.append(
            {
                "roomId": seat.room_id,
                "name": seat.name,
                "team": seat.team,
                "code": seat.code if part.until is None else None,
                "answers": [
                    {
                        "game": game,
                        "question": number,
                        "answer": answer,
                        "measured": receipt,
                        "at": iso(datetime.fromtimestamp(at / 1000, UTC)),
                    }
                    for game, number, answer, receipt, at in await connection.execute(query)
                ],
            }
        )
    return found


async def erase(connection: AsyncConnection, user_id: str) -> None:
    """Takes a person out of seats, answers and certificates; may be done again.

    Who has taken the seat over keeps it, with its points and without the name.
    """
    for part in await parts_of(connection, user_id):
        seat = part.seat
        name = f"Deleted player {seat.id[:8]}"
        values: dict[str, Any] = {"name": name, "folded": folded(name)}
        if part.until is None:
            values |= {"user_id": None, "code": new_code()}
        await connection.execute(players.update().where(players.c.id == seat.id).values(values))
        await _forget_words(connection, part)
    await connection.execute(sa.delete(sat).where(sat.c.user_id == user_id))


def _given_by(part: Part) -> sa.ColumnElement[bool]:
    own = answers.c.player_id == part.seat.id
    return own if part.until is None else sa.and_(own, answers.c.at <= part.until)


async def _forget_words(connection: AsyncConnection, part: Part) -> None:
    player = part.seat.id
    for row in (await connection.execute(sa.select(answers).where(_given_by(part)))).all():
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
    played = sa.select(answers.c.game_id).where(_given_by(part)).distinct()
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
