"""Holiday Lottery: everyone gets tickets, and the drum decides."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress

from starlette.routing import BaseRoute

from festoon_lottery import choosing, due, entrants, entry, messages, roster, rounds
from festoon_lottery.catching import caught_up
from festoon_lottery.clearing import clear
from festoon_lottery.documents import documents
from festoon_lottery.entry.pages import entry_pages
from festoon_lottery.opening import opened, renewed
from festoon_lottery.pages import PLAY, SCREEN, panel
from festoon_lottery.revealing import reveal, reveal_if_done
from festoon_lottery.roster.pages import roster_pages
from festoon_lottery.santa import book as santas
from festoon_lottery.santa.pages import SANTA, is_on, santa_pages
from festoon_lottery.santa.pages import SCREEN as SANTA_SCREEN
from festoon_lottery.surfaces import surfaces
from festoon_lottery.tickets import forget, tickets_of
from host import (
    AppContext,
    ClientMessage,
    Conflict,
    Job,
    JsonObject,
    Panel,
    Participant,
    Person,
    Place,
    Prize,
    Refusal,
    Registration,
    Room,
    RoomStatus,
    Selection,
    Winner,
    hookimpl,
)


@hookimpl
async def select_winner(
    ctx: AppContext,
    room: Room,
    prize: Prize,
    entrants: Sequence[Participant],
    count: int,
    seed: bytes,
) -> Selection | Refusal:
    """The next in the order that was fixed when entries closed; the first press closes them."""
    return await choosing.select(ctx, room, prize, entrants, count)


@hookimpl
async def registration_form(ctx: AppContext) -> JsonObject:
    """What the organizer wants to know of guests, besides the name."""
    return entry.form(ctx)


@hookimpl
async def register_participant(
    ctx: AppContext, person: Person, form: JsonObject
) -> Registration | Refusal:
    """Lets in whose answers will do."""
    return await entry.register(ctx, person, form)


@hookimpl
def routes() -> Sequence[BaseRoute]:
    """Pages for everybody, papers for the organizer, documents for whoever checks."""
    return [
        *surfaces(),
        *roster_pages(),
        *santa_pages(),
        *entry_pages(),
        *documents(),
    ]


@hookimpl
async def app_selected(ctx: AppContext, room: Room) -> None:
    """Opens the first round where the room is open already."""
    await opened(ctx, room)


@hookimpl
async def room_status_changed(ctx: AppContext, room: Room, previous: RoomStatus) -> None:
    """Opens the first round with the room, and reveals the last one at its end."""
    found = await opened(ctx, room)
    if room.status is RoomStatus.COMPLETED and found is not None:
        with suppress(Conflict):
            await reveal(ctx, found)


@hookimpl
async def settings_changed(ctx: AppContext, room: Room) -> None:
    """Begins anew under other rules, as long as entries are open."""
    await renewed(ctx, room)


@hookimpl
async def winner_selected(ctx: AppContext, room: Room, winner: Winner) -> None:
    """Writes a draw into the log, once for all its winners; the last prize reveals the seed."""
    number = winner.metadata.get("round")
    if winner.metadata.get("last") is True and type(number) is int:
        with suppress(Conflict):
            found = await rounds.numbered(ctx, number)
            if found is not None and found.fixed:
                await caught_up(ctx, found)
                await reveal_if_done(ctx, found)


@hookimpl
async def client_message(ctx: AppContext, room: Room, message: ClientMessage) -> JsonObject:
    """What the organizer does with a round, and the claim desk."""
    return await messages.answer(ctx, room, message)


@hookimpl
async def job_due(ctx: AppContext, room: Room, job: Job) -> None:
    """Entries close, or prizes are drawn, at the time that was announced."""
    await due.do(ctx, room, job)


@hookimpl
async def panels(ctx: AppContext, room: Room, place: Place) -> Sequence[Panel]:
    """The lottery's own page for guests and screen, and a panel for the organizer."""
    santa = is_on(ctx.settings)
    if place is Place.ORGANIZER:
        if santa:
            url = f"/apps/{ctx.app_id}/rooms/{room.id}/{SANTA}"
            return [Panel(place, "Secret Santa", url=url)]
        return [Panel(place, "The drum", html=await panel(ctx, room))]
    if place is Place.SCREEN:
        page = SANTA_SCREEN if santa else SCREEN
    else:
        page = SANTA if santa else PLAY
    return [Panel(place, room.name, url=f"/apps/{ctx.app_id}/rooms/{room.id}/{page}")]


@hookimpl
async def export_person(ctx: AppContext, user_id: str) -> JsonObject:
    """The person's tickets, entries and answers in every room, and what guest lists say of them."""
    return {
        "tickets": await tickets_of(ctx.database(), user_id),
        "entries": await entrants.of_user(ctx.database(), user_id),
        "guestLists": await roster.export(ctx.database(), user_id),
        "answers": await entry.export(ctx.database(), user_id),
        "secretSantas": await santas.export(ctx.database(), user_id),
    }


@hookimpl
async def erase_person(ctx: AppContext, user_id: str) -> None:
    """Forgets who the person was; numbers stay taken, hashes stay, and proofs stay valid."""
    await forget(ctx.database(), user_id)
    async with ctx.database().write() as connection:
        await entrants.forget(connection, user_id)
        await roster.forget(connection, user_id)
        await entry.forget(connection, user_id)
        await santas.forget(connection, user_id)


@hookimpl
async def room_deleted(ctx: AppContext, room_id: str) -> None:
    """Takes away all that is kept of the room: nobody comes there again."""
    async with ctx.database().write() as connection:
        await clear(connection, room_id)
