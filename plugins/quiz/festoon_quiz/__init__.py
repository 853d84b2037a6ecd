"""Who's First?, the quiz: a question for the whole hall at once, and the quickest is named fairly.

The hooks are here; `messages` answers what comes in over sockets, `moves` takes a game from phase
to phase, `rules` judges, and the database is where all of it meets.
"""

from __future__ import annotations

from collections.abc import Sequence

from starlette.routing import BaseRoute

from festoon_quiz import messages, players
from festoon_quiz.hall import Halls
from festoon_quiz.pages import LIVE, panels_of, surfaces
from festoon_quiz.person import erase, kept_of
from festoon_quiz.routes import exchanges
from festoon_quiz.rules.questions import problems
from festoon_quiz.sweeping import sweep
from host import (
    AppContext,
    ClientMessage,
    Job,
    JsonObject,
    Panel,
    Participant,
    Place,
    Refusal,
    Room,
    SettingsPanel,
    hookimpl,
    room_socket,
)

_halls = Halls()


@hookimpl
async def settings_panel(ctx: AppContext, room: Room) -> SettingsPanel:
    """The quiz's own page for its questions; the platform's form has the other settings."""
    url = f"/apps/{ctx.app_id}/rooms/{room.id}/edit"
    return SettingsPanel("Questions", url, settings=("questions",))


@hookimpl
async def check_settings(ctx: AppContext, room: Room, settings: JsonObject) -> Refusal | None:
    """Refuses questions that nobody could answer, all of them at once."""
    found = problems(settings)
    return Refusal(" ".join(found)) if found else None


@hookimpl
def routes() -> Sequence[BaseRoute]:
    """The pages and the socket that serves them all."""
    return [*surfaces(), *exchanges(), room_socket(LIVE, role=None, measured=True)]


@hookimpl
async def panels(ctx: AppContext, room: Room, place: Place) -> Sequence[Panel]:
    """The quiz's pages in the place of the platform's."""
    return panels_of(ctx, room, place)


@hookimpl
async def client_message(ctx: AppContext, room: Room, message: ClientMessage) -> JsonObject | None:
    """One action of a phone, the screen or the host's remote."""
    return await messages.answer(_halls.of(ctx).live(room, ctx), room, message)


@hookimpl
async def job_due(ctx: AppContext, room: Room, job: Job) -> None:
    """A question's time is over, or the next step of an automatic game has come."""
    await _halls.of(ctx).live(room, ctx).check()


@hookimpl
async def participant_left(ctx: AppContext, room: Room, participant: Participant) -> None:
    """Nobody waits for the answer of who is gone."""
    await _away(ctx, room, participant, away=True)


@hookimpl
async def participant_joined(ctx: AppContext, room: Room, participant: Participant) -> None:
    """Who comes back is waited for again."""
    await _away(ctx, room, participant, away=False)


async def _away(ctx: AppContext, room: Room, participant: Participant, *, away: bool) -> None:
    async with ctx.database().write() as connection:
        noted = await players.note_away(connection, room.id, [participant.user_id], away)
    if noted:
        _halls.of(ctx).live(room, ctx).people_changed()


@hookimpl
async def room_deleted(ctx: AppContext, room_id: str) -> None:
    """Takes away everything that was kept of the room, uploaded files too."""
    await _halls.of(ctx).drop(room_id)
    async with ctx.database().write() as connection:
        await sweep(connection, room_id)


@hookimpl
async def export_person(ctx: AppContext, user_id: str) -> JsonObject:
    """The person's seats and every answer given there, with what was measured."""
    async with ctx.database().read() as connection:
        return {"seats": await kept_of(connection, user_id)}


@hookimpl
async def erase_person(ctx: AppContext, user_id: str) -> None:
    """Takes the person's name away; points and receipts stay, so results stay provable."""
    async with ctx.database().write() as connection:
        await erase(connection, user_id)


@hookimpl
async def shutdown(ctx: AppContext) -> None:
    """Ends the timers of this process."""
    await _halls.stop(ctx)
