"""One room's game in one process: what it has read, what it writes in batches, its timers.

Everything here can be lost: what counts is in the database, and any process of the host goes on
from there.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from festoon_quiz import answering, counting, games, sitting, telling
from festoon_quiz.answering import Press
from festoon_quiz.batch import Batch
from festoon_quiz.counting import Counter, Tally
from festoon_quiz.deciding import Waiters
from festoon_quiz.games import LOBBY, OPEN, Game
from festoon_quiz.guessing import Guesses
from festoon_quiz.move import Move, Moved
from festoon_quiz.moves import AT_ANY_STEP, MOVES
from festoon_quiz.players import Comer
from festoon_quiz.sitting import Sitting
from festoon_quiz.view import View, read, whole
from host import AppContext, ClientMessage, Conflict, FestoonError, ValidationFailed

log = logging.getLogger("festoon.app.quiz")

DUE = "due"
"""The kind of the job, and its key: a room has one."""
POLL = 1.0
"""Seconds after which a process looks at the database for what others have left undone."""
TOLD_WITHIN = 2.0
"""Seconds that a process has to tell the room of its change, before another does it."""
QUIET = 900.0
"""Seconds without a message after which a room is let go."""
SEQ_TRIES, SEQ_PAUSE = 30, 0.03


class Live:
    """The game of a room, as this process knows it."""

    def __init__(self, room_id: str, ctx: AppContext) -> None:
        self.room_id = room_id
        self.ctx = ctx
        self.waiters = Waiters()
        self.guesses = Guesses()
        self._view: View | None = None
        self._views: Batch[None, View] = Batch(self._read_views)
        self._answers: Batch[Press, bool] = Batch(self._write_answers)
        self._comers: Batch[Comer, Sitting] = Batch(self._seat)
        self._ready: Batch[Mapping[str, Any], bool] = Batch(self._write_ready)
        self._tallies: Batch[None, Tally] = Batch(self._read_tallies)
        self._counter = Counter(self._tell_counts)
        self._woken = asyncio.Event()
        self._watcher: asyncio.Task[None] | None = None
        self._untold: tuple[str, int, float] | None = None

    @property
    def now(self) -> int:
        """Milliseconds since 1970, the host's clock."""
        return int(self.ctx.now().timestamp() * 1000)

    def watch(self) -> None:
        """Has what is due done, as long as somebody is here."""
        self._heard_at = asyncio.get_running_loop().time()
        if self._watcher is None or self._watcher.done():
            self._watcher = asyncio.create_task(self._watch())

    @property
    def resting(self) -> bool:
        """Whether nothing happens here any more."""
        return self._watcher is None or self._watcher.done()

    async def stop(self) -> None:
        """Ends the timers and lets what is being written be written."""
        if self._watcher is not None:
            self._watcher.cancel()
            await asyncio.wait([self._watcher])
        await self._counter.stop()
        for batch in (self._answers, self._ready, self._comers, self._views, self._tallies):
            await batch.stop()

    # What is read.

    async def view(self) -> View:
        """The game as it is in the database now, or was a moment after this was called."""
        return await self._views.add(None)

    async def _read_views(self, asked: Sequence[None]) -> Sequence[View]:
        async with self.ctx.database().read() as connection:
            stamp = await games.stamp(connection, self.room_id)
        if stamp is None:
            async with self.ctx.database().write() as connection:
                await games.make(connection, self.room_id, 1, self.now)
        known = self._view
        if known is None or stamp != (known.game.id, known.game.step):
            async with self.ctx.database().read() as connection:
                game = await games.current(connection, self.room_id)
                assert game is not None
                known = self._view = await read(connection, game, known)
            self._woken.set()
        return [known] * len(asked)

    async def tally(self) -> Tally:
        """How many there are, and who came last."""
        return await self._tallies.add(None)

    async def _read_tallies(self, asked: Sequence[None]) -> Sequence[Tally]:
        game = (await self.view()).game
        async with self.ctx.database().read() as connection:
            found = await counting.count(connection, game)
        return [found] * len(asked)

    async def sit(self, comer: Comer) -> Sitting:
        """The seat of a person, made where they have none."""
        return await self._comers.add(comer)

    def people_changed(self) -> None:
        """Names or teams are others now: what was read is read again."""
        self._view = None
        self._counter.change()

    async def _seat(self, comers: Sequence[Comer]) -> Sequence[Sitting]:
        game = (await self.view()).game
        found = await sitting.sit(self.ctx, game, comers, now=self.now)
        if game.phase == LOBBY:
            self._counter.change()
        return found

    # What is written.

    async def ready(self, message: ClientMessage, view: View, player: str) -> None:
        """A phone holds the question."""
        self.waiters.prime(message, view, player)
        row = {"game_id": view.game.id, "round": view.game.round, "player_id": player}
        await self._ready.add(row)

    async def _write_ready(self, rows: Sequence[Mapping[str, Any]]) -> Sequence[bool]:
        async with self.ctx.database().write() as connection:
            await sitting.note_ready(connection, [dict(row) for row in rows])
        self._counter.change()
        return [True] * len(rows)

    async def answer(self, message: ClientMessage, game: str, number: int, answer: Any) -> None:
        """Writes an answer down; returns when that is committed, and raises why it is not."""
        primed = self.waiters.primed(message, game, number)
        await self._answers.add(Press(message, game, number, answer, primed))

    async def _write_answers(self, presses: Sequence[Press]) -> Sequence[bool | FestoonError]:
        await self._seq_known()
        written = await answering.write(self.ctx, self.room_id, presses, self._totals)
        game, at = written.game, written.round
        if game is None or at is None or not written.players:
            return written.results
        self.waiters.answered(written.players)
        self._counter.change()
        if written.leader is not None:
            playing = (await self.tally()).players
            until = self.waiters.until(self.ctx, game, at, written.leader, playing)
            async with self.ctx.database().write() as connection:
                if await games.hurry(connection, game, until):
                    self._woken.set()
        return written.results

    async def _seq_known(self) -> None:
        """Waits for the number of the event that told the key, which follows its commit."""
        for _ in range(SEQ_TRIES):
            async with self.ctx.database().read() as connection:
                game = await games.current(connection, self.room_id)
                if game is None or game.phase != OPEN:
                    return
                at = await games.round_of(connection, game.id, game.round)
            if at is None or at.open_seq is not None:
                return
            await asyncio.sleep(SEQ_PAUSE)

    async def _totals(self, connection: AsyncConnection, game: Game) -> Mapping[str, Any]:
        known = self._view
        here = game.id, game.round
        if (
            known is not None
            and (known.game.id, known.game.round) == here
            and known.game.phase in games.ASKED_ROUND
        ):
            return known.totals
        return await games.totals_before(connection, game.id, game.round)

    # What is done.

    async def act(self, what: str, data: Mapping[str, Any], *, by_step: bool = True) -> View:
        """Makes a move and tells the room. Raises `Conflict` where the game has moved on."""
        handler = MOVES.get(what)
        if handler is None:
            text = f"One of {', '.join(MOVES)}."
            raise ValidationFailed("This cannot be done with a game.", {"what": [text]})
        try:
            await self._move(handler, data, by_step and what not in AT_ANY_STEP)
        except Moved:
            view = await self.view()
            raise Conflict(
                "The game has moved on meanwhile. This is where it is now.",
                details={"phase": whole(view)},
            ) from None
        except Conflict as refusal:
            refusal.details.setdefault("phase", whole(await self.view()))
            raise
        view = await self.view()
        await telling.tell(self.ctx, view)
        self._counter.change()
        self._woken.set()
        return view

    async def _move(self, handler: Any, data: Mapping[str, Any], by_step: bool) -> None:
        async with self.ctx.database().write() as connection:
            game = await games.current(connection, self.room_id, locked="update")
            if game is None or (
                by_step and (data.get("game"), data.get("step")) != (game.id, game.step)
            ):
                raise Moved
            at = await games.round_of(connection, game.id, game.round) if game.round else None
            move = Move(connection, game, at, self.now, data, self.ctx.settings)
            await self._schedule(connection, await handler(move))

    async def _schedule(self, connection: AsyncConnection, game: Game) -> None:
        """A job besides the timers: what is due is done though no process has heard of the game."""
        if game.due_at is None:
            await self.ctx.unschedule(DUE, connection=connection)
        else:
            at = datetime.fromtimestamp(game.due_at / 1000, UTC)
            await self.ctx.schedule(DUE, {}, at=at, key=DUE, connection=connection)

    # What happens by itself.

    async def _watch(self) -> None:
        loop = asyncio.get_running_loop()
        while loop.time() - self._heard_at < QUIET:
            wait = POLL
            self._woken.clear()
            try:
                wait = await self.check()
            except FestoonError as refusal:
                log.info("a game waits: %s", refusal.message)
            except Exception:
                log.warning("what is due in a game could not be done", exc_info=True)
            with suppress(TimeoutError):
                await asyncio.wait_for(self._woken.wait(), max(0.005, min(wait, POLL)))

    async def check(self) -> float:
        """Does what is due; the seconds until something is due again."""
        async with self.ctx.database().read() as connection:
            game = await games.current(connection, self.room_id)
        if game is None:
            return POLL
        if game.due is not None and game.due_at is not None:
            left = (game.due_at - self.now) / 1000
            if left > 0:
                await self._heal(game)
                return left
            if game.due == "close":
                # What has arrived in time counts, however long the database takes to write it.
                await self._answers.drain()
            with suppress(Conflict):
                await self.act(game.due, {"game": game.id, "step": game.step})
            return 0.0
        await self._heal(game)
        return POLL

    async def _heal(self, game: Game) -> None:
        """Tells of a step that nobody was told of: the process that made it is gone."""
        if game.told >= game.step:
            self._untold = None
            return
        now = asyncio.get_running_loop().time()
        if self._untold is None or self._untold[:2] != (game.id, game.step):
            self._untold = (game.id, game.step, now)
        elif now - self._untold[2] > TOLD_WITHIN:
            await telling.tell(self.ctx, await self.view())

    async def _tell_counts(self) -> bool:
        async with self.ctx.database().read() as connection:
            if await games.stamp(connection, self.room_id) is None:
                # The room was deleted, and nothing is to be made anew.
                return True
        view = await self.view()
        game = view.game
        async with self.ctx.database().write() as connection:
            if not await counting.claim(connection, game.id, self.now):
                return False
            found = await counting.count(connection, game)
            early = (
                game.settings.get("closeEarly", True)
                and game.phase == OPEN
                and not game.paused
                and found.answered >= found.players > 0
            )
            if early and await games.hurry(connection, game, self.now):
                self._woken.set()
        await telling.tell_counts(self.ctx, game, found)
        return True
