"""One game and its rounds as they stand in the database, and changes guarded by the step.

Every change of a game names the step that it was decided on. Of two clicks at once, of two
processes whose timers run out together, one finds its step and the other finds that it is gone.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.ext.asyncio import AsyncConnection

from festoon_quiz.tables import games, rounds

LOBBY, READY, OPEN, CLOSED = "lobby", "ready", "open", "closed"
REVEALED, BOARD, PODIUM = "revealed", "board", "podium"
TOLD = (REVEALED, BOARD, PODIUM)
"""Phases in which the last question is no secret any more."""
ASKED_ROUND = (READY, OPEN)
"""Phases in which a question is asked and not over."""


@dataclass(frozen=True)
class Game:
    """A row of `quiz_games`; times in ms since 1970."""

    id: str
    room_id: str
    number: int
    step: int
    phase: str
    paused: bool
    auto: bool
    locked: bool
    round: int
    content: Mapping[str, Any]
    due: str | None
    due_at: int | None
    left_ms: int | None
    told: int

    @property
    def settings(self) -> Mapping[str, Any]:
        """The room's settings, but for the questions, as they were at the start."""
        found: Mapping[str, Any] = self.content.get("settings", {})
        return found

    @property
    def questions(self) -> list[dict[str, Any]]:
        """The questions as they were at the start."""
        found: list[dict[str, Any]] = self.content.get("questions", [])
        return found


@dataclass(frozen=True)
class Round:
    """A row of `quiz_rounds`, without what came of it, which is large."""

    game_id: str
    round: int
    position: int
    sealed: str
    key: str
    opens_at: int | None
    closes_at: int | None
    closed_at: int | None
    paused_ms: int
    open_seq: int | None
    void: bool
    judged: Mapping[str, bool]

    @property
    def id(self) -> str:
        """What clients call it: another text for a question that is asked again."""
        return str(self.round)


_GAME = [games.c[f.name] for f in fields(Game)]
_ROUND = [rounds.c[f.name] for f in fields(Round)]


def new_id() -> str:
    """An id that nobody can guess."""
    return secrets.token_hex(13)


def insert(connection: AsyncConnection, table: sa.Table) -> Any:
    """An INSERT that knows `on_conflict_do_nothing` on either database."""
    made = postgresql_insert if connection.dialect.name == "postgresql" else sqlite_insert
    return made(table)


async def current(
    connection: AsyncConnection, room_id: str, *, locked: str | None = None
) -> Game | None:
    """The newest game of a room. `locked`: "share" keeps changes out until the commit."""
    query = (
        sa.select(*_GAME).where(games.c.room_id == room_id).order_by(games.c.number.desc()).limit(1)
    )
    if locked is not None:
        query = query.with_for_update(read=locked == "share")
    row = (await connection.execute(query)).first()
    return None if row is None else Game(**row._mapping)


async def find(connection: AsyncConnection, room_id: str, game_id: str) -> Game | None:
    """A game of a room."""
    query = sa.select(*_GAME).where(games.c.room_id == room_id, games.c.id == game_id)
    row = (await connection.execute(query)).first()
    return None if row is None else Game(**row._mapping)


async def stamp(connection: AsyncConnection, room_id: str) -> tuple[str, int] | None:
    """The newest game of a room and its step: whether anything has changed."""
    query = (
        sa.select(games.c.id, games.c.step)
        .where(games.c.room_id == room_id)
        .order_by(games.c.number.desc())
        .limit(1)
    )
    row = (await connection.execute(query)).first()
    return None if row is None else (row.id, row.step)


async def make(connection: AsyncConnection, room_id: str, number: int, now: int) -> None:
    """A game in its lobby, unless somebody else has just made it."""
    values = {
        "id": new_id(),
        "room_id": room_id,
        "number": number,
        "step": 0,
        "phase": LOBBY,
        "paused": False,
        "auto": False,
        "locked": False,
        "round": 0,
        "content": {},
        "told": 0,
        "created_at": now,
    }
    await connection.execute(insert(connection, games).values(values).on_conflict_do_nothing())


async def change(connection: AsyncConnection, game: Game, **values: Any) -> Game | None:
    """The game one step on; None where it is not at the step any more that `game` knows."""
    step = game.step + 1
    done = await connection.execute(
        games.update()
        .where(games.c.id == game.id, games.c.step == game.step)
        .values(step=step, **values)
    )
    if done.rowcount != 1:
        return None
    known = {name: value for name, value in values.items() if hasattr(game, name)}
    return replace(game, step=step, **known)


async def hurry(connection: AsyncConnection, game: Game, due_at: int) -> bool:
    """Brings forward what is due, without a step of its own; False if it is due earlier."""
    done = await connection.execute(
        games.update()
        .where(games.c.id == game.id, games.c.step == game.step, games.c.due_at > due_at)
        .values(due_at=due_at)
    )
    return done.rowcount == 1


async def note_told(connection: AsyncConnection, game_id: str, step: int) -> None:
    """The room was told of this step."""
    await connection.execute(
        games.update().where(games.c.id == game_id, games.c.told < step).values(told=step)
    )


async def round_of(connection: AsyncConnection, game_id: str, number: int) -> Round | None:
    """One round of a game."""
    query = sa.select(*_ROUND).where(rounds.c.game_id == game_id, rounds.c.round == number)
    row = (await connection.execute(query)).first()
    return None if row is None else Round(**row._mapping)


async def void_position(connection: AsyncConnection, game_id: str, position: int) -> None:
    """Whatever came of the question at a place counts no more."""
    await connection.execute(
        rounds.update()
        .where(rounds.c.game_id == game_id, rounds.c.position == position)
        .values(void=True)
    )


async def rounds_of(connection: AsyncConnection, game_id: str) -> list[Round]:
    """All rounds of a game that count, in the order in which they were asked."""
    query = (
        sa.select(*_ROUND)
        .where(rounds.c.game_id == game_id, rounds.c.void.is_(False))
        .order_by(rounds.c.round)
    )
    return [Round(**row._mapping) for row in await connection.execute(query)]


async def outcome_of(connection: AsyncConnection, game_id: str, number: int) -> Mapping[str, Any]:
    """What came of a round; empty before its close."""
    query = sa.select(rounds.c.outcome).where(rounds.c.game_id == game_id, rounds.c.round == number)
    return await connection.scalar(query) or {}


async def totals_before(
    connection: AsyncConnection, game_id: str, number: int
) -> Mapping[str, Any]:
    """Everybody's points after the last round before this one that counts."""
    return await _before(connection, rounds.c.totals, game_id, number) or {}


async def hash_before(connection: AsyncConnection, game_id: str, number: int) -> str | None:
    """The hash of the certificate before that of this round."""
    found: str | None = await _before(connection, rounds.c.hash, game_id, number)
    return found


async def _before(
    connection: AsyncConnection, column: sa.Column[Any], game_id: str, number: int
) -> Any:
    query = (
        sa.select(column)
        .where(
            rounds.c.game_id == game_id,
            rounds.c.round < number,
            rounds.c.void.is_(False),
            rounds.c.closed_at.is_not(None),
        )
        .order_by(rounds.c.round.desc())
        .limit(1)
    )
    return await connection.scalar(query)


async def add_round(connection: AsyncConnection, **values: Any) -> None:
    """Writes a new round."""
    await connection.execute(rounds.insert().values(paused_ms=0, void=False, judged={}, **values))


async def set_round(connection: AsyncConnection, game_id: str, number: int, **values: Any) -> None:
    """Changes columns of a round."""
    await connection.execute(
        rounds.update().where(rounds.c.game_id == game_id, rounds.c.round == number).values(values)
    )
