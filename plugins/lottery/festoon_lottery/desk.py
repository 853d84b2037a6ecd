"""The claim desk: who came for a prize, and calling the next for one whose winner is not here."""

from __future__ import annotations

from contextlib import suppress

from festoon_lottery.catching import caught_up
from festoon_lottery.claims import Claim, claims, keep, may_call
from festoon_lottery.revealing import reveal_if_done
from festoon_lottery.rounds import everything
from host import AppContext, Conflict, NotFound, ValidationFailed, Winner, iso

ABSENT = "absent"
MOST = 200


async def claimed(ctx: AppContext, winner_id: str) -> Claim:
    """Notes that a winner has their prize; noting it again changes nothing."""
    winner = await _winner(ctx, winner_id)
    if winner.deleted_at is not None:
        raise Conflict(f"“{winner.prize.name}” was taken back from {winner.participant.user.name}.")
    kept = (await claims(ctx)).get(winner_id)
    if kept is None or kept.claimed_at is None:
        await keep(ctx, winner_id, claimed_at=iso(ctx.now()))
        await ctx.publish(f"{ctx.app_id}:claimed", {"winnerId": winner_id})
    return (await claims(ctx))[winner_id]


async def absent(ctx: AppContext, winner_id: str, reason: str = ABSENT) -> Winner | None:
    """Takes a win back, for a reason that everybody can read, and draws the next in order.

    Asked twice it does so once, and asked again after a crash it goes on where that ended.
    Answers the next winner, None where nobody is left. Raises `Conflict` for a prize that was
    handed out, and for what the draw refuses.
    """
    reason = _reason(reason)
    winner = await _winner(ctx, winner_id)
    kept = (await claims(ctx)).get(winner_id)
    if kept is not None and kept.claimed_at is not None:
        raise Conflict(f"{winner.participant.user.name} has “{winner.prize.name}” already.")
    if winner.deleted_at is None:
        # Before it is taken back: what the log says of it must not depend on this process.
        await keep(ctx, winner_id, reason=reason)
        with suppress(NotFound):
            await ctx.take_back(winner_id, reason=reason)
    found = await _next(ctx, winner)
    for of in await everything(ctx):
        if of.fixed:
            await caught_up(ctx, of)
            await reveal_if_done(ctx, of)
    return found


async def _next(ctx: AppContext, gone: Winner) -> Winner | None:
    """Who gets what was taken back: drawn now, unless somebody was."""
    if (after := await _instead_of(ctx, gone)) is not None:
        return after
    if not await may_call(ctx, gone.id):
        raise Conflict("The next one is being called at this moment.")
    try:
        # Whoever called before may have done so between the two looks.
        if (after := await _instead_of(ctx, gone)) is not None:
            return after
        return (await ctx.draw(gone.prize_id, 1))[0]
    finally:
        await keep(ctx, gone.id, called_at=None)


async def _instead_of(ctx: AppContext, gone: Winner) -> Winner | None:
    everyone = await ctx.winners(revoked=True)
    return next((one for one in everyone if one.metadata.get("instead") == gone.id), None)


async def _winner(ctx: AppContext, winner_id: str) -> Winner:
    for one in await ctx.winners(revoked=True):
        if one.id == winner_id:
            return one
    raise NotFound("There is no such winner in this room.")


def _reason(text: object) -> str:
    found = " ".join(text.split()) if isinstance(text, str) else ""
    if not 0 < len(found) <= MOST:
        raise ValidationFailed(
            "Say why the prize is taken back: everybody can read it.",
            {"reason": [f"A text of 1 to {MOST} characters."]},
        )
    return found
