"""The log of a round in the database, and telling the room of it.

What is written is told afterwards; a process that dies in between leaves that to whoever touches
the round next, so the room may hear of something twice, and never not at all.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from festoon_lottery.proof.chain import Link, linked
from festoon_lottery.proof.document import Kind
from festoon_lottery.proof.encoding import Plain
from festoon_lottery.rounds import Round
from festoon_lottery.tables import log
from festoon_lottery.tables import rounds as rounds_table
from host import AppContext, iso

BY_NAME = frozenset({Kind.OPENED, Kind.CLOSED, Kind.REVEALED, Kind.VOIDED})
"""These are events of their own; of the others the room is told the last one's hash."""


async def links(connection: AsyncConnection, round_id: str) -> list[Link]:
    """The whole log, from its opening on."""
    query = sa.select(log).where(log.c.round_id == round_id).order_by(log.c.n)
    return [
        Link(row.n, row.at, row.kind, row.data, bytes.fromhex(row.hash))
        for row in await connection.execute(query)
    ]


async def told_of(connection: AsyncConnection, round_id: str, kind: Kind) -> set[str]:
    """The host's winners that entries of one kind are about."""
    query = sa.select(log.c.winner_id).where(
        log.c.round_id == round_id, log.c.kind == kind.value, log.c.winner_id.is_not(None)
    )
    return {str(one) for one in (await connection.execute(query)).scalars()}


async def append(
    connection: AsyncConnection,
    round_id: str,
    before: Link | None,
    at: datetime,
    kind: Kind,
    data: Mapping[str, Plain],
    winner_id: str | None = None,
) -> Link:
    """Writes the entry after `before`, the log's last; the round must be held.

    Clocks of several hosts differ, and the log never goes back in time: an entry is at least as
    late as the one before it.
    """
    moment = max(iso(at), before.at) if before else iso(at)
    link = linked(before, moment, kind.value, data)
    await connection.execute(
        log.insert().values(
            round_id=round_id,
            n=link.number,
            at=link.at,
            kind=link.kind,
            data=dict(link.data),
            hash=link.hash.hex(),
            winner_id=winner_id,
        )
    )
    return link


async def last(connection: AsyncConnection, round_id: str) -> Link | None:
    """The log's last entry."""
    query = sa.select(log).where(log.c.round_id == round_id).order_by(log.c.n.desc()).limit(1)
    row = (await connection.execute(query)).one_or_none()
    return Link(row.n, row.at, row.kind, row.data, bytes.fromhex(row.hash)) if row else None


async def tell(ctx: AppContext, of: Round) -> None:
    """Tells the room of what the log holds and nobody was told of yet.

    `lottery:opened`, `lottery:closed`, `lottery:revealed` and `lottery:voided` bring the entry,
    `lottery:log` the number and hash of the last one: phones keep the hashes for their receipts.
    """
    async with ctx.database().read() as connection:
        query = sa.select(rounds_table.c.told).where(rounds_table.c.id == of.id)
        told = int(await connection.scalar(query) or 0)
        query = sa.select(log).where(log.c.round_id == of.id, log.c.n >= told).order_by(log.c.n)
        news = [
            Link(row.n, row.at, row.kind, row.data, bytes.fromhex(row.hash))
            for row in await connection.execute(query)
        ]
    for link in news:
        if link.kind in BY_NAME:
            await ctx.publish(f"{ctx.app_id}:{link.kind}", {"round": of.number, **link.wire()})
    if not news:
        return
    head = news[-1]
    if head.kind not in BY_NAME:
        said = {"round": of.number, "n": head.number, "hash": head.hash.hex()}
        await ctx.publish(f"{ctx.app_id}:log", said)
    async with ctx.database().write() as connection:
        at_least = rounds_table.c.told < head.number + 1
        change = rounds_table.update().where(rounds_table.c.id == of.id, at_least)
        await connection.execute(change.values(told=head.number + 1))
