"""Revealing a round's seed: from then on anybody can draw again."""

from __future__ import annotations

from festoon_lottery import ledger, rounds
from festoon_lottery.book import Book
from festoon_lottery.catching import caught_up
from festoon_lottery.orders import made, order, waits_for
from festoon_lottery.proof.document import Kind
from festoon_lottery.proof.encoding import Plain
from festoon_lottery.proof.order import order_digest
from festoon_lottery.rounds import Round, State
from host import AppContext, Conflict


async def reveal(ctx: AppContext, of: Round) -> Round:
    """Ends a closed round: its seed is told to everyone. One that is revealed stays as it is.

    Raises `Conflict` where it is not closed, or its chance is not there yet.
    """
    if of.state is State.REVEALED:
        await ledger.tell(ctx, of)
        return of
    if of.state is not State.CLOSED:
        raise Conflict("Entries are still open: close them first.")
    if (reason := waits_for(of)) is not None:
        raise Conflict(reason)
    while True:
        await caught_up(ctx, of)
        digests = {
            name: order_digest((await order(ctx, of, name)).places).hex()
            for name in await made(ctx, of)
        }
        async with ctx.database().write() as connection:
            held = await rounds.held(connection, of.id)
            now = Book.read(held, await ledger.links(connection, of.id))
            if held.state is State.REVEALED:
                break
            # A draw that is decided at this moment is told of later: its order is made already.
            if set(now.used()) <= set(digests):
                data: dict[str, Plain] = {"seed": str(held.seed), "orders": digests}
                if held.audience is not None:
                    data["audience"] = list(held.audience)
                await ledger.append(connection, of.id, now.head, ctx.now(), Kind.REVEALED, data)
                await rounds.change(connection, of.id, state=State.REVEALED.value)
                held = await rounds.held(connection, of.id)
                break
    await ledger.tell(ctx, of)
    return held


async def reveal_if_done(ctx: AppContext, of: Round) -> Round:
    """Reveals a closed round whose prizes are all given."""
    if of.state is not State.CLOSED:
        return of
    book = await caught_up(ctx, of)
    if not book.used():
        return of
    if any(prize.quantity_remaining > 0 for prize in await ctx.prizes()):
        return of
    return await reveal(ctx, of)
