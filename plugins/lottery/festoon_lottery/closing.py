"""Closing a round: who takes part is fixed and told to everyone, and only then anything is drawn.

It takes two transactions. The first ends the entering; what is counted after it holds everybody
who got in. The second writes who that is. A process that dies in between leaves a round that is
CLOSING, and whoever touches it next goes on; if two do, the first to write has closed it.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from festoon_lottery import entrants, entry, ledger, opening, rounds
from festoon_lottery.beacon import PERIOD, there_at
from festoon_lottery.entrants import Row
from festoon_lottery.lookup import address
from festoon_lottery.proof.document import Kind, Level
from festoon_lottery.proof.encoding import Plain
from festoon_lottery.proof.fixed import SEED_BYTES, Closing, Entry, closing
from festoon_lottery.rounds import Round, State
from host import AppContext, Conflict, Participant, Prize, Role

NOBODY = "Nobody is in the drum yet. Let people in first."
NOBODY_CAME = "Nobody had entered when entries were to close."


async def close(ctx: AppContext, of: Round) -> Round:
    """Closes a round and tells the room; one that is closed is left as it is.

    Raises `Conflict` where nobody takes part: it then stays open, or the next opens where the
    announced time has passed.
    """
    if of.state is State.OPEN:
        async with ctx.database().write() as connection:
            of = await rounds.held(connection, of.id)
            if of.state is State.OPEN:
                await rounds.change(connection, of.id, state=State.CLOSING.value)
    if not of.fixed:
        of = await _fix(ctx, of)
    await ledger.tell(ctx, of)
    return of


async def _fix(ctx: AppContext, of: Round) -> Round:
    now = ctx.now()
    everyone = await ctx.participants(Role.PARTICIPANT)
    out = await entrants.earlier_winners(ctx, of) | await entry.kept_out(ctx, of, everyone)
    prizes = await ctx.prizes()
    async with ctx.database().read() as connection:
        known = await entrants.of_round(connection, of.id)

    def count() -> tuple[list[Row], Closing | None]:
        rows = _rows(of, everyone, known, out, now)
        made = [Entry(row["weight"], bytes.fromhex(row["identity"])) for row in rows]
        return rows, closing(made) if made else None

    # A hundred thousand hashes: everybody else goes on meanwhile.
    rows, closed = await asyncio.to_thread(count)
    if closed is None:
        await _nobody(ctx, of, now)
        raise Conflict(NOBODY)
    async with ctx.database().write() as connection:
        held = await rounds.held(connection, of.id)
        if held.state is State.CLOSING:
            await entrants.replace_all(connection, of.id, rows)
            before = await ledger.last(connection, of.id)
            said = _said(closed, prizes)
            await ledger.append(connection, of.id, before, now, Kind.CLOSED, said)
            seed = held.seed
            if of.level is Level.SIMPLE:
                seed = secrets.token_hex(SEED_BYTES)
            await rounds.change(
                connection,
                of.id,
                state=State.CLOSED.value,
                seed=seed,
                root=closed.root.hex(),
                count=closed.count,
                total=closed.total,
            )
            held = await rounds.held(connection, of.id)
            await ctx.unschedule(opening.CLOSE, connection=connection)
            if held.beacon is not None and address(ctx, held.beacon.round) is not None:
                await ctx.schedule(
                    opening.BEACON,
                    {"round": held.number},
                    at=there_at(held.beacon.round) + PERIOD,
                    key=f"{opening.BEACON} {held.number}",
                    connection=connection,
                )
    return held


def _rows(
    of: Round,
    everyone: Sequence[Participant],
    known: Mapping[str, Row],
    out: Collection[str],
    now: datetime,
) -> list[Row]:
    """The entries in the order of joining: who has entered, and who came in time."""
    ends = min(of.closes_at or now, now)
    found: list[Row] = []
    for person in everyone:
        tickets = entrants.tickets_in(of, person)
        if tickets < 1:
            continue
        row = known.get(person.id)
        if row is None:
            if person.id in out or person.joined_at > ends:
                continue
            row = entrants.fresh(of, person)
        found.append(row | {"weight": tickets, "position": len(found)})
    return found


def _said(closed: Closing, prizes: Sequence[Prize]) -> dict[str, Plain]:
    told: list[Plain] = [
        {"id": prize.id, "units": prize.quantity_remaining}
        for prize in prizes
        if prize.quantity_remaining > 0
    ]
    return {
        "root": closed.root.hex(),
        "count": closed.count,
        "total": closed.total,
        "prizes": told,
    }


async def _nobody(ctx: AppContext, of: Round, now: datetime) -> None:
    """Lets people enter again; in a round of their own where this one's time is over."""
    if of.closes_at is not None and of.closes_at <= now:
        await opening.void(ctx, of, NOBODY_CAME)
        await opening.open_after(ctx, of)
        return
    async with ctx.database().write() as connection:
        held = await rounds.held(connection, of.id)
        if held.state is State.CLOSING:
            await rounds.change(connection, of.id, state=State.OPEN.value)
