"""Who knows whom they give to: a phone says when it showed the name, paper when it is printed.

How many know is told to organizers and to their big screen, never who gives to whom.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from festoon_lottery.roster import phoneless
from festoon_lottery.santa import book
from festoon_lottery.santa.book import EVENT, Member, Santa, State
from festoon_lottery.santa.tables import people
from host import AppContext, Audience, iso

KNOWN = "known"
"""The kind of the passing event that says how many know; the log has no such entry."""


@dataclass(frozen=True)
class Note:
    """A note for somebody without a phone: whom it is for, and whom they give to."""

    giver: str
    receiver: str


async def shown(ctx: AppContext, participant_id: str) -> None:
    """A giver's phone showed them their name."""
    of = await book.finish(ctx)
    who = await book.members(ctx, of)
    mine = [one for one in who if one.participant_id == participant_id]
    await _note(ctx, of, [one.position for one in mine if one.receiver is not None])


async def printed(ctx: AppContext) -> None:
    """Notes were printed for everybody who has no phone."""
    of = await book.finish(ctx)
    who = await book.members(ctx, of)
    paper = await on_paper(ctx, of, who)
    await _note(ctx, of, [one.position for one in paper])


async def on_paper(ctx: AppContext, of: Santa, who: Sequence[Member]) -> list[Member]:
    """The givers who have no phone to be told on; nobody before they are assigned."""
    if of.state not in (State.DRAWN, State.REVEALED):
        return []
    silent = await phoneless(ctx)
    return [one for one in who if one.participant_id in silent and one.receiver is not None]


async def notes(ctx: AppContext) -> list[Note]:
    """What is to be printed, by the givers' names. Who was forgotten gets none."""
    of = await book.finish(ctx)
    who = await book.members(ctx, of)
    found = [
        Note(one.name, who[one.receiver].name or "")
        for one in await on_paper(ctx, of, who)
        if one.name and one.receiver is not None
    ]
    return sorted(found, key=lambda one: one.giver.casefold())


async def _note(ctx: AppContext, of: Santa, positions: Collection[int]) -> None:
    if not positions:
        return
    async with ctx.database().write() as connection:
        changed = await connection.execute(
            people.update()
            .where(
                people.c.santa_id == of.id,
                people.c.position.in_(positions),
                people.c.known_at.is_(None),
            )
            .values(known_at=iso(ctx.now()))
        )
    if changed.rowcount:
        told = {"round": of.number, "kind": KNOWN}
        await ctx.publish(EVENT, told, durable=False, audience=Audience.ORGANIZERS)
