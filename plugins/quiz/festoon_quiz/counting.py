"""How many play, are ready and have answered: told to the room four times a second at most.

The figures are the database's, so they are the same whichever process counts. One process at a
time may tell, by a conditional update; the others wait and look again.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from festoon_quiz.games import LOBBY, Game, insert
from festoon_quiz.tables import answers, counts, players, ready
from host import JsonObject

EVERY_MS = 250
NEWEST = 40

log = logging.getLogger("festoon.app.quiz")


@dataclass(frozen=True)
class Tally:
    """Of a round: who plays at all, whose phone holds the question, who has answered.

    `names` are those who came last, the last one first; only in the lobby.
    """

    players: int
    ready: int
    answered: int
    names: list[str]

    def counts(self) -> JsonObject:
        """The three figures."""
        return {"players": self.players, "ready": self.ready, "answered": self.answered}


async def count(connection: AsyncConnection, game: Game) -> Tally:
    """Counts the present round of a game."""
    here = (
        players.c.room_id == game.room_id,
        players.c.removed.is_(False),
        players.c.away.is_(False),
    )
    playing = sa.select(sa.func.count()).where(*here).scalar_subquery()
    query = sa.select(playing, _of_those_here(ready, game), _of_those_here(answers, game))
    figures = (await connection.execute(query)).one()
    newest: list[str] = []
    if game.phase == LOBBY:
        last = sa.select(players.c.name).where(*here)
        order = (players.c.created_at.desc(), players.c.id.desc())
        newest = list(await connection.scalars(last.order_by(*order).limit(NEWEST)))
    return Tally(figures[0], figures[1], figures[2], newest)


def _of_those_here(table: sa.Table, game: Game) -> sa.ColumnElement[int]:
    """How many rows of the present round are of players who are here.

    Who has answered and gone must not stand in for one who thinks. The few who have gone are
    taken off rather than everybody joined: a round's rows are minutes old, so that the database
    knows no figures of them, and plans a join of thousands as if there were one.
    """
    of_round = (table.c.game_id == game.id, table.c.round == game.round)
    everybody = sa.select(sa.func.count()).where(*of_round).scalar_subquery()
    gone = (
        sa.select(sa.func.count())
        .where(players.c.room_id == game.room_id)
        .where(sa.or_(players.c.removed, players.c.away))
        .where(sa.exists().where(*of_round, table.c.player_id == players.c.id))
        .scalar_subquery()
    )
    return everybody - gone


async def claim(connection: AsyncConnection, game_id: str, now: int) -> bool:
    """Whether this process may tell now; then nobody else may for a quarter of a second."""
    row = {"game_id": game_id, "told_at": 0}
    await connection.execute(insert(connection, counts).values(row).on_conflict_do_nothing())
    done = await connection.execute(
        counts.update()
        .where(counts.c.game_id == game_id, counts.c.told_at <= now - EVERY_MS)
        .values(told_at=now)
    )
    return done.rowcount == 1


class Counter:
    """Has `tell` called soon after something changed, until it says that it has told."""

    def __init__(self, tell: Callable[[], Awaitable[bool]]) -> None:
        self._tell = tell
        self._changed = False
        self._task: asyncio.Task[None] | None = None

    def change(self) -> None:
        """Something has changed."""
        self._changed = True
        if self._task is None:
            self._task = asyncio.create_task(self._run())

    async def stop(self) -> None:
        """Tells no more."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait([self._task])

    async def _run(self) -> None:
        try:
            while self._changed:
                self._changed = False
                if not await self._tell():
                    self._changed = True
                await asyncio.sleep(EVERY_MS / 1000)
        except Exception:
            # Counts are a courtesy: the next change tells them again.
            log.warning("the counts of a game could not be told", exc_info=True)
        finally:
            self._task = None
