"""What came out, for papers and pages: who won what, who was called and did not get it, and why."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from festoon_lottery.evening import shown_name
from festoon_lottery.options import moment
from festoon_lottery.proof.document import Kind
from festoon_lottery.rounds import Round
from festoon_lottery.tables import claims, entries, log
from host import AppContext, Prize, Winner

GONE = "Somebody whose data was erased"
LEFT_OUT = (Kind.PASSED_OVER.value, Kind.TAKEN_BACK.value)


@dataclass(frozen=True)
class PassedOver:
    """Somebody who was called and did not get the prize, with the public reason."""

    name: str
    prize_id: str
    prize: str
    reason: str
    at: datetime


@dataclass(frozen=True)
class Claim:
    """What the desk knows of a win: when it was handed over, if it was."""

    claimed_at: datetime | None
    reason: str | None


async def passed_over(
    ctx: AppContext, of: Round | None, prizes: Sequence[Prize], style: str = "full"
) -> list[PassedOver]:
    """Everyone left out of a round's draws, in the order of the log."""
    if of is None:
        return []
    name_of = {prize.id: prize.name for prize in prizes}
    query = (
        sa.select(log.c.at, log.c.data)
        .where(log.c.round_id == of.id, log.c.kind.in_(LEFT_OUT))
        .order_by(log.c.n)
    )
    async with ctx.database().read() as connection:
        found = [(at, data) for at, data in await connection.execute(query)]
        places = {data["entry"] for _, data in found}
        people = sa.select(entries.c.position, entries.c.name).where(
            entries.c.round_id == of.id, entries.c.position.in_(places)
        )
        names = {row.position: row.name for row in await connection.execute(people)}
    return [
        PassedOver(
            name=shown_name(names.get(data["entry"]) or GONE, style),
            prize_id=data["prize"],
            prize=name_of.get(data["prize"], "a prize that was taken away"),
            reason=data["reason"],
            at=datetime.fromisoformat(at),
        )
        for at, data in found
    ]


async def called_off(ctx: AppContext, rounds: Sequence[Round]) -> dict[int, str]:
    """The reasons of rounds that were called off, by their numbers."""
    number_of = {one.id: one.number for one in rounds}
    query = sa.select(log.c.round_id, log.c.data).where(
        log.c.round_id.in_(number_of), log.c.kind == Kind.VOIDED.value
    )
    async with ctx.database().read() as connection:
        found = await connection.execute(query)
        return {number_of[round_id]: data["reason"] for round_id, data in found}


async def claims_of(ctx: AppContext) -> dict[str, Claim]:
    """What the desk knows of each win in the room, by winner id."""
    query = sa.select(claims).where(claims.c.room_id == ctx.room_id)
    async with ctx.database().read() as connection:
        return {
            row.winner_id: Claim(moment(row.claimed_at), row.reason)
            for row in await connection.execute(query)
        }


def ticket_of(winner: Winner) -> int | None:
    """The number that was drawn; None for a prize given by hand."""
    return whole(winner.metadata, "ticket")


def whole(metadata: Mapping[str, Any], key: str) -> int | None:
    """A whole number out of metadata, which whoever awards by hand may fill with anything."""
    value = metadata.get(key)
    return value if isinstance(value, int) and not isinstance(value, bool) else None
