"""Opening a round: the rules' hash and that of the seed are fixed before anybody enters."""

from __future__ import annotations

import secrets
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from festoon_lottery import beacon, ledger, rounds
from festoon_lottery.entry import admission
from festoon_lottery.entry.conditions import Conditions
from festoon_lottery.options import Options, moment
from festoon_lottery.proof.document import Beacon, Kind, Level
from festoon_lottery.proof.encoding import Plain
from festoon_lottery.proof.fixed import SEED_BYTES, commitment, rules_hash
from festoon_lottery.rounds import Round, State
from festoon_lottery.tables import rounds as rounds_table
from festoon_lottery.tables import unless_there
from host import AppContext, Room, RoomStatus

CLOSE, DRAW = "close", "draw"
"""The kinds of the jobs, and their keys: a room has one of each."""
BEACON = "beacon"
"""The kind of the job that asks the beacon: each round has one of its own."""
CHANGED = "The lottery's settings were changed before entries closed."


async def opened(ctx: AppContext, room: Room) -> Round | None:
    """The room's round; the first opens by itself once the room is open."""
    found = await rounds.current(ctx)
    if room.status is not RoomStatus.ACTIVE:
        return found
    if found is None or found.state is State.VOID:
        return await open_after(ctx, found)
    return found


async def open_after(ctx: AppContext, before: Round | None) -> Round:
    """Opens the round after `before`, or finds that somebody else just did."""
    number = before.number + 1 if before else 1
    async with ctx.database().write() as connection:
        await _insert(ctx, connection, before, number)
    found = await rounds.numbered(ctx, number)
    assert found is not None
    await ledger.tell(ctx, found)
    return found


async def renewed(ctx: AppContext, room: Room) -> Round | None:
    """Calls an open round off whose rules are not those of the settings any more.

    Entries have not closed and nobody knows an outcome; the round stays to be seen, and the next
    opens under the new rules. One that is closed keeps its rules.
    """
    found = await rounds.current(ctx)
    if found is None or room.status is not RoomStatus.ACTIVE:
        return found
    salt = await admission.salt_of(ctx, found) or admission.fresh_salt()
    entry = admission.announced(Conditions.of(ctx.settings), salt)
    options = Options.of(ctx.settings)
    if found.state is State.OPEN and _differs(found, options, entry, ctx.now()):
        await void(ctx, found, CHANGED)
    elif found.state not in (State.REVEALED, State.VOID):
        # Also once entries are closed: the time of the draw may still be moved.
        closes = None if found.fixed else found.closes_at
        async with ctx.database().write() as connection:
            await _schedule(ctx, connection, closes)
    return await opened(ctx, room)


async def void(ctx: AppContext, of: Round, reason: str) -> None:
    """Calls off a round whose entries have not closed, for a reason that everybody can read."""
    async with ctx.database().write() as connection:
        held = await rounds.held(connection, of.id)
        if held.fixed or held.state is State.VOID:
            return
        before = await ledger.last(connection, of.id)
        await ledger.append(connection, of.id, before, ctx.now(), Kind.VOIDED, {"reason": reason})
        await rounds.change(connection, of.id, state=State.VOID.value)
    await ledger.tell(ctx, of)


def _differs(of: Round, options: Options, entry: dict[str, Plain], now: datetime) -> bool:
    rules = options.rules(now) | entry
    if (closes := of.closes_at) is not None and closes <= now:
        # It is closing just now.
        rules["closesAt"] = of.rules["closesAt"]
    wanted = _beacon(options, rules)
    announced = (of.beacon.source, of.beacon.round) if of.beacon else None
    told = (wanted.source, wanted.round) if wanted else None
    return (of.level, dict(of.rules), announced) != (options.level, rules, told)


def _beacon(options: Options, rules: dict[str, Plain]) -> Beacon | None:
    """The beacon's first round well after closing; none where the time of that is not announced."""
    closes = moment(rules["closesAt"])
    if not options.beacon or closes is None or options.level is not Level.COMMITTED:
        return None
    return Beacon(beacon.SOURCE, beacon.round_after(closes))


async def _insert(
    ctx: AppContext, connection: AsyncConnection, before: Round | None, number: int
) -> None:
    now, options = ctx.now(), Options.of(ctx.settings)
    asked, salt = Conditions.of(ctx.settings), admission.fresh_salt()
    rules = options.rules(now) | admission.announced(asked, salt)
    announced = _beacon(options, rules)
    seed = secrets.token_bytes(SEED_BYTES) if options.level is Level.COMMITTED else None
    ident = secrets.token_hex(16)
    made = await connection.execute(
        unless_there(connection, rounds_table).values(
            id=ident,
            room_id=ctx.room_id,
            number=number,
            state=State.OPEN.value,
            level=options.level.value,
            rules=rules,
            seed=seed.hex() if seed else None,
            beacon_source=announced.source if announced else None,
            beacon_round=announced.round if announced else None,
            told=0,
        )
    )
    if made.rowcount != 1:
        return
    await admission.fix(connection, ident, asked, salt)
    earlier = await ledger.last(connection, before.id) if before else None
    data: dict[str, Plain] = {
        "level": options.level.value,
        "room": str(ctx.room_id),
        "rulesHash": rules_hash(rules).hex(),
        "commitment": commitment(seed).hex() if seed else None,
        "beacon": {"source": announced.source, "round": announced.round} if announced else None,
        "round": number,
        "previous": earlier.hash.hex() if earlier else None,
    }
    await ledger.append(connection, ident, None, now, Kind.OPENED, data)
    await _schedule(ctx, connection, moment(rules["closesAt"]))


async def _schedule(ctx: AppContext, connection: AsyncConnection, closes: datetime | None) -> None:
    """Has entries close, and prizes drawn, at the announced times; takes back what was before."""
    options = Options.of(ctx.settings)
    draws = options.draw_at if options.draws_itself else None
    for key, at in ((CLOSE, closes), (DRAW, draws)):
        if at is not None and at > ctx.now():
            await ctx.schedule(key, {}, at=at, key=key, connection=connection)
        else:
            await ctx.unschedule(key, connection=connection)
