"""For whom a question is kept open once somebody is right: whose answer may be on its way."""

from __future__ import annotations

from dataclasses import dataclass

from festoon_quiz.games import Game, Round
from festoon_quiz.outcome import limits_of
from festoon_quiz.rules.timing import Reaction, Waiting, wait_until
from festoon_quiz.view import View
from host import AppContext, ClientMessage


@dataclass(frozen=True)
class _Primed:
    message: ClientMessage
    player: str


class Waiters:
    """The sockets of this process that hold the present question."""

    def __init__(self) -> None:
        self._round: tuple[str, int] | None = None
        self._primed: dict[str, _Primed] = {}
        self._answered: set[str] = set()

    def prime(self, message: ClientMessage, view: View, player: str) -> None:
        """This socket holds the question, and has it before it opens."""
        key = view.game.id, view.game.round
        if key != self._round:
            self._round, self._primed, self._answered = key, {}, set()
        if view.game.phase == "ready":
            self._primed[message.connection] = _Primed(message, player)

    def primed(self, message: ClientMessage, game: str, number: int) -> bool:
        """Whether this very socket had the question before it opened."""
        return self._round == (game, number) and message.connection in self._primed

    def answered(self, players: object) -> None:
        """For these nobody waits any more."""
        if isinstance(players, list | tuple):
            self._answered.update(players)

    def until(self, ctx: AppContext, game: Game, at: Round, leader: Reaction, players: int) -> int:
        """When no answer can come any more that was given before the leader's; ms since 1970.

        Of `players` those who are not on this process, or did not hold the question when it
        opened, count as if nothing was known of their paths: bounded all the same, by the
        published cap.
        """
        now, clock = int(ctx.now().timestamp() * 1000), ctx.clock()
        opened = clock - (now - (at.opens_at or now) - at.paused_ms) / 1000
        waiting = []
        here: set[str] = set()
        if self._round == (game.id, game.round):
            here = {one.player for one in self._primed.values()} | self._answered
            for one in self._primed.values():
                if one.player not in self._answered:
                    heard = one.message.heard(at.open_seq) if at.open_seq is not None else None
                    waiting.append(Waiting(heard or opened, one.message.path))
        if players > len(here):
            waiting.append(Waiting(opened, None))
        until = wait_until(leader, waiting, limits_of(game.settings))
        return now + max(0, round((until - clock) * 1000))
