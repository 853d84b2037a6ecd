"""What can be done with a game, and when: from phase to phase.

    lobby → (ready → open → closed → revealed → board)* → podium

Each move runs in the transaction that holds the game's row, so that it is done wholly or not at
all, and once: it is refused where the game has moved on from the step that the caller saw.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from typing import Any

from festoon_quiz import games
from festoon_quiz.asking import asked, question_of, seed, shown
from festoon_quiz.closing import close_round
from festoon_quiz.controls import CONTROLS
from festoon_quiz.games import BOARD, CLOSED, LOBBY, OPEN, PODIUM, READY, REVEALED, Game
from festoon_quiz.move import (
    BOARD_MS,
    GRACE_MS,
    JUDGED_MS,
    READY_MS,
    SHOWN_MS,
    Handler,
    Move,
    due,
)
from festoon_quiz.rules.seal import KEY_BYTES, key_text, seal
from host import Conflict


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
        **due("open" if auto else None, move.now + READY_MS),
        **values,
    )


async def _end(move: Move) -> Game:
    return await move.change(
        phase=PODIUM, paused=False, ended_at=move.now, left_ms=None, **due(None, 0)
    )


async def _open(move: Move) -> Game:
    move.must(READY, words="There is no question waiting to be opened.")
    at = move.asked()
    seconds = question_of(move.game, at).seconds
    closes = move.now + seconds * 1000
    await move.set_round(opens_at=move.now, closes_at=closes)
    return await move.change(
        phase=OPEN, paused=False, left_ms=None, **due("close", closes + GRACE_MS)
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
        **due("reveal" if auto else None, move.now + JUDGED_MS),
    )
    await close_round(move.connection, game, at, move.now)
    return closed


async def _reveal(move: Move) -> Game:
    move.must(CLOSED, words="Close the question first; then it can be revealed.")
    what = None
    if move.game.auto:
        what = "board" if move.game.settings.get("leaderboard", "each") == "each" else "next"
    return await move.change(
        phase=REVEALED, paused=False, left_ms=None, **due(what, move.now + SHOWN_MS)
    )


async def _board(move: Move) -> Game:
    move.must(REVEALED, words="The leaderboard comes after the answer was revealed.")
    what = "next" if move.game.auto else None
    return await move.change(
        phase=BOARD, paused=False, left_ms=None, **due(what, move.now + BOARD_MS)
    )


async def _next(move: Move) -> Game:
    move.must(REVEALED, BOARD, words="Reveal the answer first; then comes the next question.")
    return await _ask(move, move.asked().position + 1)


async def _skip(move: Move) -> Game:
    move.must(READY, OPEN, CLOSED, words="There is no question to be skipped.")
    at = move.asked()
    await move.set_round(void=True, closed_at=move.now)
    return await _ask(move, at.position + 1)


async def _undo(move: Move) -> Game:
    """Takes the last question back, points and all; it can be asked again.

    Where the next one waits already, the last one is the one before it.
    """
    if move.game.phase == LOBBY:
        raise Conflict("There is nothing to be undone yet.")
    at = move.asked()
    position = at.position
    await move.set_round(void=True)
    if move.game.phase == READY and position > 0:
        position -= 1
        await games.void_position(move.connection, move.game.id, position)
    return await _ask(move, position, ended_at=None)


async def _finish(move: Move) -> Game:
    move.must(READY, OPEN, CLOSED, REVEALED, BOARD, words="There is no game to be finished.")
    if move.game.phase in (READY, OPEN, CLOSED):
        await move.set_round(void=True, closed_at=move.now)
    return await _end(move)


async def _again(move: Move) -> Game:
    move.must(PODIUM, words="Finish this game first; then another can be played.")
    game = move.game
    await games.make(move.connection, game.room_id, game.number + 1, move.now)
    made = await games.current(move.connection, game.room_id)
    assert made is not None
    return made


MOVES: Mapping[str, Handler] = {
    **CONTROLS,
    "start": _start,
    "open": _open,
    "close": _close,
    "reveal": _reveal,
    "board": _board,
    "next": _next,
    "skip": _skip,
    "undo": _undo,
    "finish": _finish,
    "again": _again,
}
AT_ANY_STEP: Sequence[str] = ("auto", "lock", "kick")
"""What means the same whatever has happened meanwhile."""
