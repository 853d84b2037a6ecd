"""What is due by the clock: entries close, prizes are drawn, and the beacon is asked.

A job may come twice, or on two processes at once after one of them stood still. Each step is
therefore one that can be done again: a closed round stays closed, and a prize is drawn once,
because the host writes all its winners in one transaction or none.
"""

from __future__ import annotations

from contextlib import suppress

from festoon_lottery import lookup, opening, rounds, steps
from festoon_lottery.choosing import PREPARE, how_many, ready
from festoon_lottery.closing import close
from festoon_lottery.options import Options
from festoon_lottery.revealing import reveal
from festoon_lottery.rounds import Brought, State
from host import AppContext, Conflict, Job, Prize, Room, RoomStatus


async def do(ctx: AppContext, room: Room, job: Job) -> None:
    """Does what a job is about; raises where it has to be tried again."""
    if room.status is not RoomStatus.ACTIVE:
        ctx.log.info("nothing is due in room %s: it is %s", room.id, room.status)
        return
    if job.kind == opening.CLOSE:
        await _close(ctx)
    elif job.kind == opening.DRAW:
        await _draw(ctx, room)
    elif job.kind == PREPARE:
        await _prepare(ctx, room, job.data["prize"])
    elif job.kind == opening.BEACON:
        await _beacon(ctx, job.data["round"])


async def _close(ctx: AppContext) -> None:
    of = await rounds.current(ctx)
    if of is None or of.fixed or of.closes_at is None or of.closes_at > ctx.now():
        return
    # Nobody came: the round stays open for whoever comes, or the next one is.
    with suppress(Conflict):
        await steps.prepare(ctx, await close(ctx, of))


async def _draw(ctx: AppContext, room: Room) -> None:
    """Draws every prize that this round has not drawn, each with all its units."""
    options = Options.of(ctx.settings)
    if not options.draws_itself or options.draw_at is None or options.draw_at > ctx.now():
        return
    of = await opening.opened(ctx, room)
    if of is None or of.state is State.REVEALED:
        return
    if not of.fixed:
        try:
            of = await close(ctx, of)
        except Conflict as refusal:
            ctx.log.info("nothing is drawn in room %s: %s", room.id, refusal.message)
            return
    of = await steps.prepare(ctx, of)
    for prize in await ctx.prizes():
        await _draw_prize(ctx, room, of.number, prize)
    with suppress(Conflict):
        await reveal(ctx, of)


async def _draw_prize(ctx: AppContext, room: Room, number: int, prize: Prize) -> None:
    winners = await ctx.winners(revoked=True)
    if any(one.prize_id == prize.id and one.metadata.get("round") == number for one in winners):
        return
    if prize.quantity_remaining < 1:
        return
    if (count := await how_many(ctx, room, prize)) > 0:
        await ctx.draw(prize.id, count)


async def _prepare(ctx: AppContext, room: Room, prize_id: str) -> None:
    prize = next((one for one in await ctx.prizes() if one.id == prize_id), None)
    if prize is not None and prize.quantity_remaining > 0:
        with suppress(Conflict):
            await ready(ctx, room, prize)


async def _beacon(ctx: AppContext, number: int) -> None:
    """Asks the beacon; raises where it has no answer yet, so that it is asked again."""
    of = await rounds.numbered(ctx, number)
    if of is None or of.beacon is None:
        return
    if of.beacon_by not in (Brought.FETCHED, Brought.DIFFERS):
        url = lookup.address(ctx, of.beacon.round)
        if url is None:
            return
        value = await lookup.fetch(ctx.reach, url, of.beacon.round)
        of = await steps.beacon_answered(ctx, of, value)
    await ctx.publish(f"{ctx.app_id}:beacon", {"round": of.number}, durable=False)
    options = Options.of(ctx.settings)
    due = options.draws_itself and options.draw_at is not None and options.draw_at <= ctx.now()
    if due and of.state is State.CLOSED:
        # It had to wait for this, and its next try may be minutes away.
        await ctx.schedule(opening.DRAW, {}, at=ctx.now(), key=opening.DRAW)
