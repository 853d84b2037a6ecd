"""Rounds: one opening, closing, draws and reveal. A room has one at a time, and keeps them all."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from festoon_lottery.options import moment
from festoon_lottery.proof.document import Beacon, Level
from festoon_lottery.proof.fixed import Closing
from festoon_lottery.proof.order import WHOLE
from festoon_lottery.tables import rounds
from host import AppContext


class State(StrEnum):
    """How far a round is."""

    OPEN = "OPEN"
    """Whoever comes takes part."""
    CLOSING = "CLOSING"
    """Nobody enters any more, and those who did are being counted."""
    CLOSED = "CLOSED"
    """Entries are fixed: prizes can be drawn."""
    REVEALED = "REVEALED"
    """The seed is told: anyone can check the draw."""
    VOID = "VOID"
    """Called off before entries closed; nothing was drawn."""


class Brought(StrEnum):
    """How the beacon's value came."""

    FETCHED = "fetched"
    """The beacon was asked for it, or for what had been typed in, and said the same."""
    TYPED = "typed"
    """Typed in by hand; the beacon has not answered since."""
    DIFFERS = "differs"
    """Typed in by hand, and the beacon says another."""


@dataclass(frozen=True)
class Round:
    """A round as it stands. `seed` (hexadecimal) is secret until the state is REVEALED."""

    id: str
    room_id: str
    number: int
    state: State
    level: Level
    rules: Mapping[str, Any]
    seed: str | None = field(repr=False)
    audience: Sequence[int] | None
    beacon: Beacon | None
    closed: Closing | None
    told: int
    beacon_by: Brought | None = None

    @property
    def one_each(self) -> bool:
        """Whether one order serves all prizes, because everybody may win one."""
        return self.rules.get("onePrizePerPerson") is True

    @property
    def closes_at(self) -> datetime | None:
        """When entries close by themselves; None where somebody closes them."""
        return moment(self.rules.get("closesAt"))

    @property
    def fixed(self) -> bool:
        """Whether it is settled who takes part."""
        return self.state in (State.CLOSED, State.REVEALED)

    def order_of(self, prize_id: str) -> str:
        """The name of the order that a prize is drawn from."""
        return WHOLE if self.one_each else prize_id


async def current(ctx: AppContext) -> Round | None:
    """The room's latest round; None where none was opened yet."""
    found = await everything(ctx)
    return found[0] if found else None


async def numbered(ctx: AppContext, number: int) -> Round | None:
    """The round with this number."""
    query = sa.select(rounds).where(rounds.c.room_id == ctx.room_id, rounds.c.number == number)
    async with ctx.database().read() as connection:
        row = (await connection.execute(query)).one_or_none()
    return _read(row) if row else None


async def everything(ctx: AppContext) -> list[Round]:
    """All rounds of the room, the latest first."""
    query = sa.select(rounds).where(rounds.c.room_id == ctx.room_id)
    async with ctx.database().read() as connection:
        found = await connection.execute(query.order_by(rounds.c.number.desc()))
        return [_read(row) for row in found]


async def held(connection: AsyncConnection, round_id: str, *, shared: bool = False) -> Round:
    """The round, which stays as it is until the transaction ends.

    `shared`: several may hold it like that at once, and nobody changes it meanwhile.
    """
    query = sa.select(rounds).where(rounds.c.id == round_id).with_for_update(read=shared)
    return _read((await connection.execute(query)).one())


async def change(connection: AsyncConnection, round_id: str, **values: Any) -> None:
    """Writes columns of a round that is held."""
    await connection.execute(rounds.update().where(rounds.c.id == round_id).values(**values))


def _read(row: Any) -> Round:
    beacon, value = None, row.beacon_value
    if row.beacon_source is not None:
        told = bytes.fromhex(value) if value is not None else None
        beacon = Beacon(row.beacon_source, row.beacon_round, told)
    closed = None
    if row.root is not None:
        closed = Closing(bytes.fromhex(row.root), row.count, row.total)
    return Round(
        id=row.id,
        room_id=row.room_id,
        number=row.number,
        state=State(row.state),
        level=Level(row.level),
        rules=row.rules,
        seed=row.seed,
        audience=row.audience,
        beacon=beacon,
        closed=closed,
        told=row.told,
        beacon_by=Brought(row.beacon_by) if row.beacon_by else None,
    )
