"""What can be done with a game, and when: from phase to phase.

    lobby → (ready → open → closed → revealed → board)* → podium

Each move runs in the transaction that holds the game's row, so that it is done wholly or not at
all, and once: it is refused where the game has moved on from the step that the caller saw.
"""

from __future__ import annotations

import secrets
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from festoon_quiz import games, players
from festoon_quiz.asking import asked, question_of, seed, shown
from festoon_quiz.closing import close_round, judge_again
from festoon_quiz.games import (
    BOARD,
    CLOSED,
    LOBBY,
    OPEN,
    PODIUM,
    READY,
    REVEALED,
    Game,
    Round,
)
from festoon_quiz.rules.seal import KEY_BYTES, key_text, seal
from festoon_quiz.rules.timing import Limits
from host import Conflict, ValidationFailed

GRACE_MS = Limits().cap
"""How long an answer that was given in time may be under way: as long as is ever credited."""
READY_MS, JUDGED_MS, SHOWN_MS, BOARD_MS = 3_000, 1_500, 6_000, 6_000
"""In automatic mode: until a question opens, is revealed, makes way for the board or the next."""
SHORTEST, LONGEST = 1, 600
"""Seconds by which a question may be made longer at once."""


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


class Moved(Exception):
    """The game is not where the caller saw it."""


Handler = Callable[[Move], Awaitable[Game]]


async def _start(move: Move) -> Game:
    move.must(LOBBY, words="This game has begun already.")
    questions = move.settings.get("questions") or []
    if not questions:
        raise Conflict("There are no questions yet. Write some, then start.")
    kept = {name: value for name, value in move.settings.items() if name != "questions"}
    content = {"settings": kept, "questions": [dict(one) for one in questions]}
    auto = bool(move.settings.get("automatic", False)) or move.game.auto
    return await _ask(move, 0, content, auto=auto)


async def _ask(
    move: Move, position: int, content: Mapping[str, Any] | None = None, **values: Any
) -> Game:
    """Sends the question at a place ahead, sealed; past the last one it is over."""
    game = move.game
    content = content or game.content
    if position >= len(content["questions"]):
        return await _end(move)
    number = game.round + 1
    key = secrets.token_bytes(KEY_BYTES)
    question = asked(content, position, seed(game.id, number))
    await games.add_round(
        move.connection,
        game_id=game.id,
        round=number,
        position=position,
        sealed=seal(shown(question, str(number)), key),
        key=key_text(key),
    )
    auto = values.get("auto", game.auto)
    return await move.change(
        phase=READY,
        paused=False,
        round=number,
        content=content,
        left_ms=None,
        **_due("open" if auto else None, move.now + READY_MS),
        **values,
    )


def _due(what: str | None, at: int) -> dict[str, Any]:
    return {"due": what, "due_at": None if what is None else at}


async def _end(move: Move) -> Game:
    return await move.change(
        phase=PODIUM, paused=False, ended_at=move.now, left_ms=None, **_due(None, 0)
    )


async def _open(move: Move) -> Game:
    move.must(READY, words="There is no question waiting to be opened.")
    at = move.asked()
    seconds = question_of(move.game, at).seconds
    closes = move.now + seconds * 1000
    await _set(move, opens_at=move.now, closes_at=closes)
    return await move.change(
        phase=OPEN, paused=False, left_ms=None, **_due("close", closes + GRACE_MS)
    )


async def _close(move: Move) -> Game:
    move.must(OPEN, words="No question is open.")
    at, game = move.asked(), move.game
    question = question_of(game, at)
    # Locked first: whoever writes answers down now is waited for, and whoever comes later sees it.
    auto = game.auto and question.kind != "buzzer"
    closed = await move.change(
        phase=CLOSED,
        paused=False,
        left_ms=None,
        **_due("reveal" if auto else None, move.now + JUDGED_MS),
    )
    await close_round(move.connection, game, at, move.now)
    return closed


async def _reveal(move: Move) -> Game:
    move.must(CLOSED, words="Close the question first; then it can be revealed.")
    what = None
    if move.game.auto:
        what = "board" if move.game.settings.get("leaderboard", "each") == "each" else "next"
    return await move.change(
        phase=REVEALED, paused=False, left_ms=None, **_due(what, move.now + SHOWN_MS)
    )


async def _board(move: Move) -> Game:
    move.must(REVEALED, words="The leaderboard comes after the answer was revealed.")
    what = "next" if move.game.auto else None
    return await move.change(
        phase=BOARD, paused=False, left_ms=None, **_due(what, move.now + BOARD_MS)
    )


async def _next(move: Move) -> Game:
    move.must(REVEALED, BOARD, words="Reveal the answer first; then comes the next question.")
    return await _ask(move, move.asked().position + 1)


async def _skip(move: Move) -> Game:
    move.must(READY, OPEN, CLOSED, words="There is no question to be skipped.")
    at = move.asked()
    await _set(move, void=True, closed_at=move.now)
    return await _ask(move, at.position + 1)


async def _undo(move: Move) -> Game:
    """Takes the last question back, points and all; it can be asked again.

    Where the next one waits already, the last one is the one before it.
    """
    if move.game.phase == LOBBY:
        raise Conflict("There is nothing to be undone yet.")
    at = move.asked()
    position = at.position
    await _set(move, void=True)
    if move.game.phase == READY and position > 0:
        position -= 1
        await games.void_position(move.connection, move.game.id, position)
    return await _ask(move, position, ended_at=None)


async def _pause(move: Move) -> Game:
    if move.game.paused:
        raise Conflict("The game is paused already.")
    move.must(READY, OPEN, CLOSED, REVEALED, BOARD, words="There is nothing to be paused.")
    until = move.game.due_at
    if move.game.phase == OPEN:
        until = move.asked().closes_at
    left = None if until is None else max(0, until - move.now)
    return await move.change(paused=True, left_ms=left, due_at=None)


async def _resume(move: Move) -> Game:
    game = move.game
    if not game.paused:
        raise Conflict("The game is not paused.")
    left = game.left_ms or 0
    due_at = move.now + left
    if game.phase == OPEN:
        at = move.asked()
        assert at.closes_at is not None
        closes = move.now + left
        paused = at.paused_ms + closes - at.closes_at
        await _set(move, closes_at=closes, paused_ms=paused)
        due_at = closes + GRACE_MS
    return await move.change(
        paused=False, left_ms=None, due_at=None if game.due is None else due_at
    )


async def _extend(move: Move) -> Game:
    move.must(OPEN, words="Only a question that is open can be given more time.")
    seconds = move.data.get("seconds")
    if isinstance(seconds, bool) or not isinstance(seconds, int):
        seconds = 0
    if not SHORTEST <= seconds <= LONGEST:
        text = f"A whole number from {SHORTEST} to {LONGEST}."
        raise ValidationFailed("By how many seconds?", {"seconds": [text]})
    at, game = move.asked(), move.game
    assert at.closes_at is not None
    # From now on where the time has run out, so that what was given is given.
    base = at.closes_at if game.paused else max(at.closes_at, move.now)
    closes = base + seconds * 1000
    await _set(move, closes_at=closes)
    if game.paused:
        return await move.change(left_ms=(game.left_ms or 0) + seconds * 1000)
    return await move.change(**_due("close", closes + GRACE_MS))


async def _judge(move: Move) -> Game:
    """The host's word on the one who raised a hand."""
    at, game = move.asked(), move.game
    move.must(CLOSED, words="Hands are judged when the question is closed.")
    if question_of(game, at).kind != "buzzer":
        raise Conflict("Only raised hands are judged; other answers are right or wrong.")
    player, right = move.data.get("player"), move.data.get("right")
    if not isinstance(player, str) or not isinstance(right, bool):
        fields = {"player": ["Whose hand it was."], "right": ["true or false"]}
        raise ValidationFailed("Who is it about, and was it right?", fields)
    judged = {**at.judged, player: right}
    await judge_again(move.connection, game, at, judged)
    return await move.change()


async def _finish(move: Move) -> Game:
    move.must(READY, OPEN, CLOSED, REVEALED, BOARD, words="There is no game to be finished.")
    if move.game.phase in (READY, OPEN, CLOSED):
        await _set(move, void=True, closed_at=move.now)
    return await _end(move)


async def _again(move: Move) -> Game:
    move.must(PODIUM, words="Finish this game first; then another can be played.")
    game = move.game
    await games.make(move.connection, game.room_id, game.number + 1, move.now)
    made = await games.current(move.connection, game.room_id)
    assert made is not None
    return made


async def _auto(move: Move) -> Game:
    on, game = _switch(move), move.game
    if game.paused or game.phase in (LOBBY, OPEN, PODIUM):
        return await move.change(auto=on)
    steps: dict[str, tuple[str, int]] = {
        READY: ("open", READY_MS),
        CLOSED: ("reveal", JUDGED_MS),
        REVEALED: ("board", SHOWN_MS),
        BOARD: ("next", BOARD_MS),
    }
    what, wait = steps[game.phase]
    return await move.change(auto=on, **_due(what if on else None, move.now + wait))


async def _lock(move: Move) -> Game:
    return await move.change(locked=_switch(move))


async def _kick(move: Move) -> Game:
    player = move.data.get("player")
    if not isinstance(player, str):
        raise ValidationFailed("Who is to go?", {"player": ["The id of a player."]})
    await players.remove(move.connection, move.game.room_id, player)
    return await move.change()


def _switch(move: Move) -> bool:
    on = move.data.get("on")
    if not isinstance(on, bool):
        raise ValidationFailed("On or off?", {"on": ["true or false"]})
    return on


async def _set(move: Move, **values: Any) -> None:
    at = move.asked()
    await games.set_round(move.connection, at.game_id, at.round, **values)


MOVES: Mapping[str, Handler] = {
    "start": _start,
    "open": _open,
    "close": _close,
    "reveal": _reveal,
    "board": _board,
    "next": _next,
    "skip": _skip,
    "undo": _undo,
    "pause": _pause,
    "resume": _resume,
    "extend": _extend,
    "judge": _judge,
    "finish": _finish,
    "again": _again,
    "auto": _auto,
    "lock": _lock,
    "kick": _kick,
}
AT_ANY_STEP: Sequence[str] = ("auto", "lock", "kick")
"""What means the same whatever has happened meanwhile."""
