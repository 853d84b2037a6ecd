"""Who wins: the next places of the fixed order, and a reason for everybody who is left out."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from festoon_lottery import entrants, ledger, opening, rounds
from festoon_lottery.book import Book
from festoon_lottery.catching import caught_up
from festoon_lottery.claims import vacancies
from festoon_lottery.closing import close
from festoon_lottery.orders import Order, order, waits_for
from festoon_lottery.proof.document import Kind
from festoon_lottery.proof.encoding import Plain
from festoon_lottery.rounds import Round, State
from festoon_lottery.tickets import hand_out_due, number_at
from host import (
    AppContext,
    Conflict,
    JsonObject,
    Participant,
    Pick,
    Prize,
    Refusal,
    Role,
    Room,
    Selection,
    Winner,
)

SECONDS = 3.0
"""A draw has five: what takes longer is done as a job, and the next press finds it done."""
MOST_AT_ONCE = 20_000
"""Entries of more guests are closed as a job: it would take a draw longer than it has."""
PREPARE = "prepare"
COUNTING = (
    "Entries are closed, and there are so many that counting them takes a moment. "
    "Press Draw again in a few seconds."
)
LEFT, WON = "not in the room any more", "has won already"


async def select(
    ctx: AppContext, room: Room, prize: Prize, here: Sequence[Participant], count: int
) -> Selection | Refusal:
    """Draws; the first press closes entries. `here` are the host's entrants, in their order."""
    if room.counts.participants > MOST_AT_ONCE and not await _is_fixed(ctx):
        return await _later(ctx, prize)
    try:
        async with asyncio.timeout(SECONDS):
            of, book = await ready(ctx, room, prize)
            found = await order(ctx, of, of.order_of(prize.id))
    except TimeoutError:
        return await _later(ctx, prize)
    except Conflict as refusal:
        return Refusal(refusal.message)
    return await _chosen(ctx, _Draw(of, book, found, prize, count), here)


async def _is_fixed(ctx: AppContext) -> bool:
    latest = await rounds.current(ctx)
    return latest is not None and latest.state is State.CLOSED


async def _later(ctx: AppContext, prize: Prize) -> Refusal:
    """Has a job do what a draw has no time for; another press does not begin it anew."""
    await ctx.schedule(PREPARE, {"prize": prize.id}, at=ctx.now(), key=PREPARE)
    return Refusal(COUNTING)


async def ready(ctx: AppContext, room: Room, prize: Prize) -> tuple[Round, Book]:
    """The round that a prize is drawn in, closed, with its order made and the prize in its log."""
    of, book = await _round_for(ctx, room, prize)
    if (reason := waits_for(of)) is not None:
        raise Conflict(reason)
    await order(ctx, of, of.order_of(prize.id))
    if of.state is State.CLOSED and book.units.get(prize.id, 0) < prize.quantity_remaining:
        book = await _added(ctx, of, prize)
    return of, book


async def _round_for(ctx: AppContext, room: Room, prize: Prize) -> tuple[Round, Book]:
    """The round in which a unit of a prize is free.

    That is the latest, closed now if it is open. Where that is over a new one begins, unless
    the unit was taken back from who won it in an earlier one: then their next in order gets it.
    """
    found = await rounds.everything(ctx)
    for of in found:
        if of.fixed:
            book = await caught_up(ctx, of)
            if of.state is State.CLOSED or book.free(prize.id) > 0:
                return of, book
    latest = await opening.opened(ctx, room)
    if latest is None or latest.state is State.REVEALED:
        latest = await opening.open_after(ctx, latest)
    of = await close(ctx, latest)
    return of, await caught_up(ctx, of)


async def _added(ctx: AppContext, of: Round, prize: Prize) -> Book:
    """Writes down units that came to a prize after entries closed, before they are drawn."""
    async with ctx.database().write() as connection:
        held = await rounds.held(connection, of.id)
        book = Book.read(held, await ledger.links(connection, of.id))
        more = prize.quantity_remaining - book.units.get(prize.id, 0)
        if held.state is State.CLOSED and more > 0:
            data: dict[str, Plain] = {"prize": prize.id, "units": more}
            link = await ledger.append(
                connection, of.id, book.head, ctx.now(), Kind.PRIZE_ADDED, data
            )
            book.note(link)
    await ledger.tell(ctx, of)
    return book


@dataclass(frozen=True)
class _Picked:
    """A winner: how many tickets they had, which of them was drawn, and what the win keeps."""

    guest: Participant
    tickets: int
    ticket: int
    kept: JsonObject


@dataclass(frozen=True)
class _Draw:
    of: Round
    book: Book
    order: Order
    prize: Prize
    count: int


async def how_many(ctx: AppContext, room: Room, prize: Prize) -> int:
    """How many units of a prize can be drawn now; raises what keeps it from being drawn at all."""
    of, book = await ready(ctx, room, prize)
    found = await order(ctx, of, of.order_of(prize.id))
    draw = _Draw(of, book, found, prize, prize.quantity_remaining)
    return len(await _walked(ctx, draw, await ctx.participants(Role.PARTICIPANT)))


async def _chosen(ctx: AppContext, draw: _Draw, here: Sequence[Participant]) -> Selection | Refusal:
    picked = await _walked(ctx, draw, here)
    if len(picked) < draw.count:
        return _too_few(draw, len(picked))
    return await _selection(ctx, draw, picked)


async def _walked(ctx: AppContext, draw: _Draw, here: Sequence[Participant]) -> list[_Picked]:
    """The next in order, at most so many as are drawn, each with who is passed over before."""
    of = draw.of
    async with ctx.database().read() as connection:
        people = await entrants.people(connection, of.id)
    winners = await ctx.winners(revoked=True)
    won = _out(of, [one for one in winners if one.deleted_at is None], draw.prize)
    instead = await vacancies(ctx, winners, draw.prize.id)
    present = {one.id: one for one in here}
    picked: list[_Picked] = []
    over: list[list[int | str]] = []
    place = draw.book.next_place(draw.prize.id)
    while len(picked) < draw.count and place < len(draw.order.places):
        entry = draw.order.places[place]
        person, tickets = people[entry]
        reason = WON if person in won else LEFT if person not in present else None
        if reason is not None:
            over.append([place, entry, reason])
        else:
            kept: JsonObject = {"round": of.number, "place": place, "entry": entry}
            if instead:
                kept["instead"] = instead.pop(0)
            if over:
                kept["over"] = over
                over = []
            guest = present[person]
            picked.append(_Picked(guest, tickets, draw.order.tickets[place], kept))
        place += 1
    if picked:
        picked[-1].kept["last"] = True
    return picked


async def _selection(ctx: AppContext, draw: _Draw, picked: Sequence[_Picked]) -> Selection:
    of, closed = draw.of, draw.of.closed
    assert closed is not None
    due = [(one.guest, one.tickets) for one in picked]
    numbers = await hand_out_due(ctx.database(), of.room_id, due)
    picks = []
    for one in picked:
        told = {
            "ticket": number_at(numbers[one.guest.id], one.ticket),
            "of": closed.total,
            "guests": closed.count,
        }
        picks.append(Pick(one.guest.id, one.kept | told))
    head = draw.book.head
    record = {
        "round": of.number,
        "root": closed.root.hex(),
        "log": head.hash.hex() if head else None,
    }
    return Selection(tuple(picks), record)


def _out(of: Round, winners: Sequence[Winner], prize: Prize) -> Collection[str]:
    """Who may not win this prize any more, by participant id."""
    if not of.one_each:
        return {one.participant_id for one in winners if one.prize_id == prize.id}
    if of.rules.get("earlierWinnersOut", True):
        return {one.participant_id for one in winners}
    return {one.participant_id for one in winners if one.metadata.get("round") == of.number}


def _too_few(draw: _Draw, found: int) -> Refusal:
    name = draw.prize.name
    if found == 0:
        reason = f"Nobody is left in the drum who can win “{name}”."
    else:
        guests = "1 guest" if found == 1 else f"{found} guests"
        reason = f"Only {guests} can still win “{name}”, and {draw.count} were to be drawn."
    late = "Who came after entries closed takes part in the next round: open another one."
    if draw.of.one_each:
        return Refusal(
            f"{reason} Everyone may win one prize here. {late} Or allow several prizes for one "
            "person in the lottery's settings before that."
        )
    return Refusal(f"{reason} {late}")
