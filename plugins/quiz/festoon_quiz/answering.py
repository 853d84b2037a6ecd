"""Answers of a hall, written down together: acknowledged when they are committed, counted once."""

from __future__ import annotations

import math
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from festoon_quiz import games, players
from festoon_quiz.asking import question_of, read_answer, seconds_of
from festoon_quiz.games import OPEN, Game, Round
from festoon_quiz.outcome import Before, limits_of
from festoon_quiz.players import Seat
from festoon_quiz.rules.judging import judge
from festoon_quiz.rules.questions import Question
from festoon_quiz.rules.timing import Reaction, Receipt, credit
from festoon_quiz.tables import answers
from host import AppContext, ClientMessage, Conflict, FestoonError, Forbidden, ValidationFailed

REPLAYED = 0.4
"""Seconds after the opening from which a key that reaches a socket is one told again."""


@dataclass(frozen=True)
class Press:
    """One answer as it came in. `primed`: this very socket held the question before it opened."""

    message: ClientMessage
    game: str
    round: int
    answer: Any
    primed: bool

    @property
    def user_id(self) -> str:
        """Whose it is."""
        return self.message.user_id


@dataclass(frozen=True)
class Written:
    """What a batch came to: a result for each, and the first who may have won the round."""

    results: Sequence[bool | FestoonError]
    game: Game | None = None
    round: Round | None = None
    leader: Reaction | None = None
    players: Sequence[str] = ()
    """Those whose answers were written just now."""


async def write(
    ctx: AppContext,
    room_id: str,
    presses: Sequence[Press],
    totals: Callable[[AsyncConnection, Game], Awaitable[Mapping[str, Any]]],
) -> Written:
    """Writes a batch down in one transaction. `totals` gives what counted before the round."""
    async with ctx.database().write() as connection:
        # Shared: whoever closes the question waits for this, and this for whoever closes it.
        game = await games.current(connection, room_id, locked="share")
        at = await games.round_of(connection, game.id, game.round) if game else None
        if game is None or at is None:
            gone = Conflict("There is no question here to be answered.")
            return Written([gone] * len(presses))
        seats = await players.of_users(connection, room_id, {one.user_id for one in presses})
        asked = {one.round for one in presses}
        kept = await _kept(connection, game, asked, [seat.id for seat in seats.values()])
        paper = _Paper(ctx, game, at, Before(await totals(connection, game)))
        results: list[bool | FestoonError] = []
        rows: dict[str, dict[str, Any]] = {}
        for press in presses:
            seat = seats.get(press.user_id)
            results.append(_one(paper, press, seat, kept, rows))
        if rows:
            done = await _insert(connection, list(rows.values()))
            if len(done) < len(rows):
                # Somebody's other phone was quicker, on another process.
                kept = await _kept(connection, game, asked, list(rows))
                for index, press in enumerate(presses):
                    seat = seats.get(press.user_id)
                    if seat is not None and seat.id in rows and seat.id not in done:
                        results[index] = _same(paper, press, kept[press.round, seat.id])
                rows = {player: row for player, row in rows.items() if player in done}
    leader = paper.leader(rows)
    return Written(results, game, at, leader, list(rows))


def _one(
    paper: _Paper,
    press: Press,
    seat: Seat | None,
    kept: Mapping[tuple[int, str], Any],
    rows: dict[str, dict[str, Any]],
) -> bool | FestoonError:
    game = paper.game
    if seat is None or seat.removed:
        return Forbidden("You are not in this game.")
    if press.game != game.id:
        return Conflict("This game is over.")
    try:
        if (press.round, seat.id) in kept:
            return _same(paper, press, kept[press.round, seat.id])
        if press.round != game.round or game.phase != OPEN:
            return Conflict("This question is closed.")
        if game.paused:
            return Conflict("The game is paused. Answer when it goes on.")
        answer = read_answer(paper.question, press.answer)
        if seat.id in rows:
            return _same(paper, press, rows[seat.id]["answer"])
        rows[seat.id] = {
            "game_id": game.id,
            "round": game.round,
            "player_id": seat.id,
            "answer": answer,
            "receipt": paper.receipt(press, seat).to_json(),
            "at": paper.now,
        }
    except FestoonError as refusal:
        return refusal
    return True


def _same(paper: _Paper, press: Press, kept: Any) -> bool | FestoonError:
    """The same answer that comes again is received; another one is not."""
    question = paper.question
    if press.round == paper.game.round and read_answer(question, press.answer) != kept:
        return Conflict("You have answered this question already.")
    return True


class _Paper:
    """What all answers of a batch are held against."""

    def __init__(self, ctx: AppContext, game: Game, at: Round, before: Before) -> None:
        self.game, self.at, self.before = game, at, before
        self.question: Question = question_of(game, at)
        self.now = int(ctx.now().timestamp() * 1000)
        self._clock = ctx.clock()

    @property
    def opened(self) -> float:
        """When the question was opened, by the clock of this process, without its pauses."""
        past = self.now - (self.at.opens_at or self.now) - self.at.paused_ms
        return self._clock - past / 1000

    def receipt(self, press: Press, seat: Seat) -> Receipt:
        message, data, opened = press.message, press.message.data, self.opened
        heard = None
        if self.at.open_seq is not None:
            heard = message.heard(self.at.open_seq)
        if heard is not None:
            heard += self.at.paused_ms / 1000
            # Told again to a socket that came later: who reads on one and answers on another
            # would take no time at all.
            if not press.primed and heard > opened + REPLAYED:
                heard = None
        shown = _number(data, "shown")
        return Receipt.of(
            opened=opened,
            heard=heard,
            arrived=message.arrived,
            path=message.path,
            shown=None if shown is None else shown + self.at.paused_ms,
            pressed=_number(data, "pressed"),
            now=_number(data, "now"),
            answers=self.before.of(seat.id, "answers"),
            doubts=self.before.of(seat.id, "doubts"),
        )

    def leader(self, rows: Mapping[str, Mapping[str, Any]]) -> Reaction | None:
        """The quickest of these answers that may take the question alone."""
        question = self.question
        if question.kind != "buzzer" and question.mode != "first":
            return None
        limits = limits_of(self.game.settings)
        found = []
        for row in rows.values():
            if question.kind == "buzzer" or judge(question, row["answer"]).right:
                receipt = Receipt.from_json(row["receipt"])
                found.append(credit(receipt, round(seconds_of(self.at)), limits))
        fair = [one for one in found if not {"late", "inhuman"} & set(one.marks)]
        return min(fair, key=lambda one: one.high, default=None)


def _number(data: Mapping[str, Any], name: str) -> float | None:
    value = data.get(name)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise ValidationFailed("This is no time.", {name: ["Milliseconds of the page's clock."]})
    return float(value)


async def _kept(
    connection: AsyncConnection, game: Game, asked: set[int], seats: Sequence[str]
) -> dict[tuple[int, str], Any]:
    """Answers that these players have given in these rounds, by round and player."""
    query = sa.select(answers.c.round, answers.c.player_id, answers.c.answer).where(
        answers.c.game_id == game.id,
        answers.c.round.in_(asked),
        answers.c.player_id.in_(seats),
    )
    found = await connection.execute(query)
    return {(number, player): answer for number, player, answer in found}


async def _insert(connection: AsyncConnection, rows: list[dict[str, Any]]) -> set[str]:
    """Who of them was written; who has an answer already keeps that."""
    # The rows apart from the statement, which is then the same one for any number of them.
    statement = games.insert(connection, answers).on_conflict_do_nothing()
    written = await connection.scalars(statement.returning(answers.c.player_id), rows)
    return set(written.all())
