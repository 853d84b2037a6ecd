"""What the one who leads changes of a game as it runs: its time, its pace, its people."""

from __future__ import annotations

from collections.abc import Mapping

from festoon_quiz import players
from festoon_quiz.asking import question_of
from festoon_quiz.closing import judge_again
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
from host import Conflict, ValidationFailed

SHORTEST, LONGEST = 1, 600
"""Seconds by which a question may be made longer at once."""


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
        await move.set_round(closes_at=closes, paused_ms=paused)
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
    await move.set_round(closes_at=closes)
    if game.paused:
        return await move.change(left_ms=(game.left_ms or 0) + seconds * 1000)
    return await move.change(**due("close", closes + GRACE_MS))


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


async def _auto(move: Move) -> Game:
    on, game = _switch(move), move.game
    if game.phase in (LOBBY, OPEN, PODIUM):
        return await move.change(auto=on)
    if game.paused:
        # What was to come by itself comes no more; it goes on by hand from where it was.
        return await move.change(auto=on, **(due(None, 0) if not on else {}))
    steps: dict[str, tuple[str, int]] = {
        READY: ("open", READY_MS),
        CLOSED: ("reveal", JUDGED_MS),
        REVEALED: ("board", SHOWN_MS),
        BOARD: ("next", BOARD_MS),
    }
    what, wait = steps[game.phase]
    return await move.change(auto=on, **due(what if on else None, move.now + wait))


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


CONTROLS: Mapping[str, Handler] = {
    "pause": _pause,
    "resume": _resume,
    "extend": _extend,
    "judge": _judge,
    "auto": _auto,
    "lock": _lock,
    "kick": _kick,
}
