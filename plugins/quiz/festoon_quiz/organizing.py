"""What those who lead see besides: the questions with what is right, the people, raised hands."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from festoon_quiz import players
from festoon_quiz.games import CLOSED, LOBBY, OPEN, READY
from festoon_quiz.hands import hands_of
from festoon_quiz.tables import answers
from festoon_quiz.view import View
from host import AppContext, JsonObject

PEOPLE = 500
"""Players that are listed one by one."""


async def host_part(ctx: AppContext, view: View) -> JsonObject:
    """The part of `quiz:look` that only those who lead are given."""
    game, at = view.game, view.round
    questions = game.questions or list(ctx.settings.get("questions", ()))
    position = -1 if at is None else at.position
    following = questions[position + 1] if position + 1 < len(questions) else None
    async with ctx.database().read() as connection:
        seats = await players.everyone(connection, game.room_id)
        given = sa.select(answers.c.player_id).where(
            answers.c.game_id == game.id, answers.c.round == game.round
        )
        done = set(await connection.scalars(given)) if at is not None else set()
        shown: JsonObject = {"hands": [], "first": []}
        if view.question is not None and view.question.kind == "buzzer" and game.phase == CLOSED:
            shown = await hands_of(connection, view)
    people: list[dict[str, Any]] = [
        {
            "player": seat.id,
            "name": seat.name,
            "team": seat.team,
            "points": view.totals.get(seat.id, {}).get("points", 0),
            "answered": seat.id in done,
        }
        for seat in seats[:PEOPLE]
    ]
    return {
        "question": questions[position] if 0 <= position < len(questions) else None,
        "next": following,
        "people": people,
        **shown,
        "auto": game.auto,
        "locked": game.locked,
        "undo": at is not None and (game.phase != READY or at.position > 0),
        "due": game.due if game.phase not in (LOBBY, OPEN) else None,
    }


async def tell_removed(ctx: AppContext, player_id: object) -> None:
    """Tells who was taken out of the game; their page says so at once."""
    if not isinstance(player_id, str):
        return
    async with ctx.database().read() as connection:
        user_id = await players.user_of(connection, player_id)
    if user_id is not None:
        await ctx.publish("quiz:removed", {}, durable=False, audience=f"user:{user_id}")
