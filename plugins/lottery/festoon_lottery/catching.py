"""Bringing a round's log up to what the host's winners say.

The host decides last: a selection that the hook answered may be refused, or lost with the process.
So nothing is written of an award before it stands among the host's winners, and each one brings
along what it takes to write it: its place, and who was passed over before it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from festoon_lottery import entrants, ledger, rounds
from festoon_lottery.book import Book
from festoon_lottery.orders import Order, order
from festoon_lottery.proof.document import Kind
from festoon_lottery.proof.encoding import Plain
from festoon_lottery.rounds import Round
from festoon_lottery.tables import claims
from host import AppContext, Winner

BY_HAND = "taken back by the organizer"


async def caught_up(ctx: AppContext, of: Round) -> Book:
    """Where the draws of a fixed round stand, its log brought up to date and told."""
    everyone = await ctx.winners(revoked=True)
    mine = [winner for winner in everyone if winner.metadata.get("round") == of.number]
    async with ctx.database().read() as connection:
        # In this order: a log that is read later holds all that was found in it before.
        awarded, ended = await _news(connection, of, mine)
        book = Book.read(of, await ledger.links(connection, of.id))
        people = await entrants.people(connection, of.id) if awarded else []
        reasons = await _reasons(connection, [winner.id for winner in mine if winner.deleted_at])
    if awarded or ended:
        names = {of.order_of(winner.prize_id) for winner in awarded}
        found = {name: await order(ctx, of, name) for name in sorted(names)}
        async with ctx.database().write() as connection:
            held = await rounds.held(connection, of.id)
            book = Book.read(held, await ledger.links(connection, of.id))
            # Somebody else may have written meanwhile.
            awarded, ended = await _news(connection, of, mine)
            writer = _Writer(ctx, connection, book, found, people, reasons)
            await writer.write(awarded, ended)
    await ledger.tell(ctx, of)
    return book


async def _news(
    connection: AsyncConnection, of: Round, mine: Sequence[Winner]
) -> tuple[list[Winner], list[Winner]]:
    """Wins that the log does not tell of yet, by place, and ended ones whose end it does not."""
    awarded = await ledger.told_of(connection, of.id, Kind.AWARDED)
    ended = await ledger.told_of(connection, of.id, Kind.TAKEN_BACK)
    fresh = [one for one in mine if one.id not in awarded and _is_drawn(one)]
    fresh.sort(key=lambda one: (of.order_of(one.prize_id), one.metadata["place"]))
    known = awarded | {one.id for one in fresh}
    return fresh, [one for one in mine if one.deleted_at and one.id in known - ended]


async def _reasons(connection: AsyncConnection, winner_ids: Sequence[str]) -> dict[str, str]:
    query = sa.select(claims.c.winner_id, claims.c.reason).where(
        claims.c.winner_id.in_(winner_ids), claims.c.reason.is_not(None)
    )
    found = await connection.execute(query)
    return {row.winner_id: row.reason for row in found}


@dataclass
class _Writer:
    """Writes what is missing, in an order in which it can be checked."""

    ctx: AppContext
    connection: AsyncConnection
    book: Book
    orders: Mapping[str, Order]
    people: Sequence[tuple[str, int]]
    reasons: Mapping[str, str]

    async def write(self, awarded: Sequence[Winner], ended: Sequence[Winner]) -> None:
        waiting = list(ended)
        for winner in awarded:
            if not self._stands(winner):
                # Given by hand, with metadata that look like a draw's: no draw has named them.
                self.ctx.log.warning("winner %s is not the one that was drawn", winner.id)
                waiting = [one for one in waiting if one.id != winner.id]
                continue
            if self.book.units.get(winner.prize_id, 0) < 1:
                waiting = await self._free(winner, waiting)
            for place, entry, reason in _passed_over(winner):
                said = {"place": place, "entry": entry, "reason": reason}
                await self._append(winner, Kind.PASSED_OVER, winner.created_at, said, once=False)
            won = {"place": winner.metadata["place"], "entry": winner.metadata["entry"]}
            await self._append(winner, Kind.AWARDED, winner.created_at, won)
        for winner in waiting:
            await self._end(winner)

    async def _free(self, winner: Winner, waiting: Sequence[Winner]) -> list[Winner]:
        """A unit of a prize comes free before the next one gets it."""
        left = []
        for one in waiting:
            if one.prize_id == winner.prize_id and self._holds(one):
                await self._end(one)
            else:
                left.append(one)
        if self.book.units.get(winner.prize_id, 0) < 1:
            added: dict[str, Plain] = {"units": 1}
            await self._append(winner, Kind.PRIZE_ADDED, winner.created_at, added, once=False)
        return left

    async def _end(self, winner: Winner) -> None:
        data = winner.metadata
        said = {
            "place": data["place"],
            "entry": data["entry"],
            "reason": self.reasons.get(winner.id, BY_HAND),
        }
        await self._append(winner, Kind.TAKEN_BACK, winner.deleted_at or self.ctx.now(), said)

    async def _append(
        self,
        winner: Winner,
        kind: Kind,
        at: datetime,
        said: Mapping[str, Any],
        *,
        once: bool = True,
    ) -> None:
        data = {"prize": winner.prize_id, **said}
        about = winner.id if once else None
        link = await ledger.append(
            self.connection, self.book.of.id, self.book.head, at, kind, data, about
        )
        self.book.note(link)

    def _holds(self, winner: Winner) -> bool:
        name = self.book.of.order_of(winner.prize_id)
        return (name, winner.metadata["place"]) in self.book.holders

    def _stands(self, winner: Winner) -> bool:
        """Whether the order has this person at the place that is next, after those passed over."""
        name = self.book.of.order_of(winner.prize_id)
        order, place = self.orders[name], self.book.next_place(winner.prize_id)
        steps = [(at, entry) for at, entry, _ in _passed_over(winner)]
        steps.append((winner.metadata["place"], winner.metadata["entry"]))
        for at, entry in steps:
            if at != place or place >= len(order.places) or order.places[place] != entry:
                return False
            place += 1
        return self.people[steps[-1][1]][0] == winner.participant_id


def _is_drawn(winner: Winner) -> bool:
    return all(type(winner.metadata.get(name)) is int for name in ("place", "entry"))


def _passed_over(winner: Winner) -> list[tuple[int, int, str]]:
    """`(place, entry, reason)` of those whom a draw left out before this win."""
    told = winner.metadata.get("over")
    if not isinstance(told, list):
        return []
    found = []
    for one in told:
        match one:
            case [int() as place, int() as entry, str() as reason]:
                found.append((place, entry, reason))
    return found
