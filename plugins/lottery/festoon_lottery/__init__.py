"""Holiday Lottery: everyone gets tickets, and the drum decides."""

from __future__ import annotations

from collections.abc import Sequence

from festoon_lottery.selection import entries, refusal, select
from starlette.routing import BaseRoute

from festoon_lottery import roster
from festoon_lottery.pages import PLAY, SCREEN, panel
from festoon_lottery.roster.pages import roster_pages
from festoon_lottery.surfaces import surfaces
from festoon_lottery.tickets import forget, hand_out, tickets_of
from host import (
    AppContext,
    JsonObject,
    Panel,
    Participant,
    Place,
    Prize,
    Refusal,
    Room,
    Selection,
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
    """Draws tickets from the drum; the seed and the entrants decide, and nothing else."""
    winners = await ctx.winners(revoked=True)
    found = entries(prize, entrants, winners, ctx.settings, count)
    if len(found) < count:
        return refusal(prize, len(found), count, ctx.settings)
    guests = [entry.guest for entry in found]
    numbers = await hand_out(ctx.database(), room.id, guests, ctx.settings)
    return select(found, numbers, count, seed)


@hookimpl
def routes() -> Sequence[BaseRoute]:
    """Pages for everybody, and papers for the organizer."""
    return [*surfaces(), *roster_pages()]


@hookimpl
async def panels(ctx: AppContext, room: Room, place: Place) -> Sequence[Panel]:
    """The lottery's own page for guests and screen, and a panel for the organizer."""
    if place is Place.ORGANIZER:
        return [Panel(place, "The drum", html=await panel(ctx, room))]
    page = SCREEN if place is Place.SCREEN else PLAY
    return [Panel(place, room.name, url=f"/apps/{ctx.app_id}/rooms/{room.id}/{page}")]


@hookimpl
async def export_person(ctx: AppContext, user_id: str) -> JsonObject:
    """The person's ticket numbers in every room, and what the guest lists say of them."""
    return {
        "tickets": await tickets_of(ctx.database(), user_id),
        "guestLists": await roster.export(ctx.database(), user_id),
    }


@hookimpl
async def erase_person(ctx: AppContext, user_id: str) -> None:
    """Unties the person from their numbers, which stay taken so that draws stay provable."""
    await forget(ctx.database(), user_id)
    async with ctx.database().write() as connection:
        await roster.forget(connection, user_id)
