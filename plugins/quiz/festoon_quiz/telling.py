"""What the room is told: the phase after each step, counts, raised hands."""

from __future__ import annotations

from festoon_quiz import games
from festoon_quiz.counting import Tally
from festoon_quiz.games import CLOSED, LOBBY, OPEN, Game
from festoon_quiz.hands import hands_of
from festoon_quiz.tables import rounds
from festoon_quiz.view import View, phase_data
from host import AppContext, Audience, JsonObject


async def tell(ctx: AppContext, view: View) -> None:
    """Tells the room of a step, and notes that it was told.

    A process that is killed in between leaves it to another, so a step may be told twice.
    """
    game, at = view.game, view.round
    seq = await ctx.publish("quiz:phase", phase_data(view))
    async with ctx.database().write() as connection:
        await games.note_told(connection, game.id, game.step)
        if game.phase == OPEN and at is not None and at.open_seq is None:
            await connection.execute(
                rounds.update()
                .where(
                    rounds.c.game_id == at.game_id,
                    rounds.c.round == at.round,
                    rounds.c.open_seq.is_(None),
                )
                .values(open_seq=seq)
            )
    if game.phase == CLOSED and view.question is not None and view.question.kind == "buzzer":
        async with ctx.database().read() as connection:
            hands = await hands_of(connection, view)
        data: JsonObject = {"game": game.id, "step": game.step, "question": str(game.round)}
        await ctx.publish("quiz:hand", data | hands, audience=Audience.ORGANIZERS)


async def tell_counts(ctx: AppContext, game: Game, found: Tally) -> None:
    """Tells how many there are; all of them, or the organizers, as the room wants it."""
    data: JsonObject = {"game": game.id, "step": game.step, **found.counts()}
    if game.phase == LOBBY:
        data["names"] = found.names
    everybody = game.phase == LOBBY or ctx.settings.get("counts", "all") == "all"
    audience = Audience.ALL if everybody else Audience.ORGANIZERS
    await ctx.publish("quiz:count", data, durable=False, audience=audience)
