"""One thing to be done with a game, in the transaction that holds the game's row."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from festoon_quiz import games
from festoon_quiz.games import Game, Round
from festoon_quiz.rules.timing import Limits
from host import Conflict

GRACE_MS = Limits().cap
"""How long an answer that was given in time may be under way: as long as is ever credited."""
READY_MS, JUDGED_MS, SHOWN_MS, BOARD_MS = 3_000, 1_500, 6_000, 6_000
"""In automatic mode: until a question opens, is revealed, makes way for the board or the next."""


@dataclass(frozen=True)
class Move:
    """One thing to be done, with all that it is done to. `data` is what the caller sent."""

    connection: AsyncConnection
    game: Game
    round: Round | None
    now: int
    data: Mapping[str, Any]
    settings: Mapping[str, Any]
    """The room's, as they are now; a game goes by its own since it was started."""

    async def change(self, **values: Any) -> Game:
        """One step on."""
        changed = await games.change(self.connection, self.game, **values)
        if changed is None:
            raise Moved
        return changed

    def must(self, *phases: str, words: str) -> None:
        """Refuses what the present phase does not allow."""
        if self.game.phase not in phases:
            raise Conflict(words)

    def asked(self) -> Round:
        """The round there is."""
        if self.round is None:
            raise Conflict("No question was asked yet.")
        return self.round

    async def set_round(self, **values: Any) -> None:
        """Changes columns of the round there is."""
        at = self.asked()
        await games.set_round(self.connection, at.game_id, at.round, **values)


class Moved(Exception):
    """The game is not where the caller saw it."""


Handler = Callable[[Move], Awaitable[Game]]


def due(what: str | None, at: int) -> dict[str, Any]:
    """The columns of what is to happen by itself; nothing where `what` is None."""
    return {"due": what, "due_at": None if what is None else at}
