"""What an organizer does with a round, by a button, a message or a form."""

from __future__ import annotations

from collections.abc import Sequence

from festoon_lottery import beacon, ledger, opening, rounds
from festoon_lottery.closing import close as close_round
from festoon_lottery.orders import order, waits_for
from festoon_lottery.proof.document import Level
from festoon_lottery.proof.encoding import LARGEST
from festoon_lottery.proof.order import WHOLE
from festoon_lottery.proof.run import audience_seed
from festoon_lottery.revealing import reveal as reveal_round
from festoon_lottery.rounds import Brought, Round, State
from host import AppContext, Conflict, Room, ValidationFailed

MOST_NUMBERS = 100


async def close(ctx: AppContext, room: Room) -> Round:
    """Closes entries. Raises `Conflict` where the room is not open or nobody takes part."""
    of = await close_round(ctx, await _round(ctx, room))
    return await prepare(ctx, of)


async def prepare(ctx: AppContext, of: Round) -> Round:
    """Makes the order of a closed round, where its chance is there."""
    if of.state is State.CLOSED and of.one_each and waits_for(of) is None:
        await order(ctx, of, WHOLE)
    return of


async def reveal(ctx: AppContext, room: Room) -> Round:
    """Tells the seed. Raises `Conflict` where entries are open, or chance is still awaited."""
    return await reveal_round(ctx, await _round(ctx, room))


async def open_next(ctx: AppContext, room: Room) -> Round:
    """Ends the latest round and opens another. Raises `Conflict` where entries are open."""
    of = await _round(ctx, room)
    if of.state is State.CLOSED:
        of = await reveal_round(ctx, of)
    if of.state is not State.REVEALED:
        raise Conflict("Entries are open already.")
    return await opening.open_after(ctx, of)


async def audience(ctx: AppContext, room: Room, numbers: Sequence[int]) -> Round:
    """Takes the numbers that the hall called, in their order; once, after entries closed."""
    _check(numbers)
    of = await _round(ctx, room)
    if of.level is not Level.AUDIENCE or of.state is not State.CLOSED:
        raise Conflict("Numbers of the hall decide only here once entries are closed.")
    async with ctx.database().write() as connection:
        held = await rounds.held(connection, of.id)
        if held.audience is not None and list(held.audience) != list(numbers):
            raise Conflict("The hall's numbers are entered already.")
        seed = audience_seed(numbers).hex()
        await rounds.change(connection, of.id, audience=list(numbers), seed=seed)
        of = await rounds.held(connection, of.id)
    return await prepare(ctx, of)


async def beacon_value(ctx: AppContext, room: Room, value: str) -> Round:
    """Takes the beacon's value, 64 hexadecimal digits, as its page shows it.

    Whoever checks the proof looks it up there. Raises `Conflict` before its time.
    """
    found = _hexadecimal(value)
    of = await _round(ctx, room)
    if of.beacon is None or of.state is not State.CLOSED:
        raise Conflict("No beacon is awaited here.")
    if ctx.now() < beacon.there_at(of.beacon.round):
        raise Conflict(waits_for(of) or "The beacon's value is not there yet.")
    async with ctx.database().write() as connection:
        held = await rounds.held(connection, of.id)
        known = held.beacon.value if held.beacon else None
        if known not in (None, found):
            raise Conflict("The beacon's value is entered already.")
        if known is None:
            changes = {"beacon_value": found.hex(), "beacon_by": Brought.TYPED.value}
            await rounds.change(connection, of.id, **changes)
        of = await rounds.held(connection, of.id)
    return await prepare(ctx, of)


async def beacon_answered(ctx: AppContext, of: Round, value: bytes) -> Round:
    """Takes what the beacon itself said, or compares with it what was typed in before."""
    async with ctx.database().write() as connection:
        held = await rounds.held(connection, of.id)
        known = held.beacon.value if held.beacon else None
        by = Brought.FETCHED if known in (None, value) else Brought.DIFFERS
        changes = {"beacon_value": (known or value).hex(), "beacon_by": by.value}
        await rounds.change(connection, of.id, **changes)
        of = await rounds.held(connection, of.id)
    return await prepare(ctx, of)


async def _round(ctx: AppContext, room: Room) -> Round:
    found = await opening.opened(ctx, room)
    if found is None:
        raise Conflict("Open the room first: a round begins with it.")
    if found.fixed:
        await ledger.tell(ctx, found)
    return found


def _check(numbers: object) -> None:
    fits = (
        isinstance(numbers, list | tuple)
        and 0 < len(numbers) <= MOST_NUMBERS
        and all(type(one) is int and 0 <= one <= LARGEST for one in numbers)
    )
    if not fits:
        text = f"Whole numbers from 0 on, at least one and at most {MOST_NUMBERS}."
        raise ValidationFailed("These are not the numbers of a hall.", {"numbers": [text]})


def _hexadecimal(value: object) -> bytes:
    text = value.strip().lower() if isinstance(value, str) else ""
    try:
        found = bytes.fromhex(text)
    except ValueError:
        found = b""
    if len(found) != 32 or found.hex() != text:
        text = "The randomness of the round: 64 digits from 0 to 9 and a to f."
        raise ValidationFailed("This is not a value of the beacon.", {"value": [text]})
    return found
