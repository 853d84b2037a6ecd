"""The complete orders of a round: made once, after its closing was told, and kept."""

from __future__ import annotations

import asyncio
import struct
from array import array
from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from festoon_lottery import beacon, entrants, ledger
from festoon_lottery.proof.document import Level
from festoon_lottery.proof.fixed import Entry, rules_hash
from festoon_lottery.proof.order import draw_key
from festoon_lottery.rounds import Round
from festoon_lottery.sampling import Stream, leaving
from festoon_lottery.tables import orders, unless_there
from host import AppContext, Conflict


@dataclass(frozen=True)
class Order:
    """By place from 0: the entry that stands there, and which of its tickets was drawn."""

    places: Sequence[int]
    tickets: Sequence[int]


async def order(ctx: AppContext, of: Round, name: str) -> Order:
    """An order of a closed round. Raises `Conflict` where its chance is not there yet."""
    query = sa.select(orders.c.places, orders.c.tickets).where(
        orders.c.round_id == of.id, orders.c.name == name
    )
    async with ctx.database().read() as connection:
        row = (await connection.execute(query)).one_or_none()
    if row is not None:
        return Order(_unpacked(row.places), _unpacked(row.tickets))
    return await _make(ctx, of, name)


async def made(ctx: AppContext, of: Round) -> list[str]:
    """The names of the orders that there are."""
    query = sa.select(orders.c.name).where(orders.c.round_id == of.id).order_by(orders.c.name)
    async with ctx.database().read() as connection:
        return [str(name) for name in (await connection.execute(query)).scalars()]


def waits_for(of: Round) -> str | None:
    """What a closed round still waits for before anything is drawn, in words; or None."""
    if of.level is Level.AUDIENCE and of.audience is None:
        return "Ask the hall for numbers first, and enter them: they decide who wins."
    if of.beacon is not None and of.beacon.value is None:
        at = beacon.there_at(of.beacon.round)
        return (
            f"The draw waits for round {of.beacon.round} of {of.beacon.source}, which nobody "
            f"knows before {at:%H:%M:%S} UTC."
        )
    return None


async def _make(ctx: AppContext, of: Round, name: str) -> Order:
    if (reason := waits_for(of)) is not None or of.seed is None or of.closed is None:
        raise Conflict(reason or "Entries are not closed yet.")
    # Everybody knows who takes part before anybody can know who wins.
    await ledger.tell(ctx, of)
    async with ctx.database().read() as connection:
        listed = await entrants.fixed(connection, of.id)
    value = (of.beacon.value if of.beacon else None) or b""
    key = draw_key(bytes.fromhex(of.seed), rules_hash(of.rules), of.closed, value, of.room_id, name)
    drawn = await asyncio.to_thread(_draw, listed, key)
    async with ctx.database().write() as connection:
        await connection.execute(
            unless_there(connection, orders).values(
                round_id=of.id,
                name=name,
                places=_packed(drawn.places),
                tickets=_packed(drawn.tickets),
            )
        )
    return drawn


def _draw(listed: Sequence[Entry], key: bytes) -> Order:
    places, tickets = array("L"), array("L")
    for drawn in leaving([one.weight for one in listed], Stream(key, b"")):
        places.append(drawn.entrant)
        tickets.append(drawn.ticket)
    return Order(places, tickets)


def _packed(numbers: Sequence[int]) -> bytes:
    return struct.pack(f">{len(numbers)}I", *numbers)


def _unpacked(packed: bytes) -> Sequence[int]:
    return struct.unpack(f">{len(packed) // 4}I", packed)
