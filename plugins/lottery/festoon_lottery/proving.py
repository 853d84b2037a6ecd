"""What a round proves: the document for everybody, and the receipt for each."""

from __future__ import annotations

from festoon_lottery import entrants, entry, ledger, rounds
from festoon_lottery.closing import close
from festoon_lottery.entrants import Row
from festoon_lottery.proof.document import Proof
from festoon_lottery.rounds import Round, State
from host import AppContext, Conflict, JsonObject, NotFound, Participant, Role


async def proof(ctx: AppContext, number: int | None = None) -> JsonObject:
    """The proof of a round, by default the latest: all that there is of it until now.

    Before the reveal `seed` is None; before closing there are no entries. Raises `NotFound` where
    there is no such round.
    """
    of = await (rounds.current(ctx) if number is None else rounds.numbered(ctx, number))
    if of is None:
        raise NotFound("There is no such draw here, or not yet.")
    revealed = of.state is State.REVEALED
    async with ctx.database().read() as connection:
        log = await ledger.links(connection, of.id)
        listed = await entrants.fixed(connection, of.id) if of.fixed else []
    found = Proof(
        level=of.level,
        room=of.room_id,
        rules=of.rules,
        entries=listed,
        log=log,
        seed=bytes.fromhex(of.seed) if revealed and of.seed else None,
        beacon=of.beacon,
    )
    return dict(found.document())


async def receipt(ctx: AppContext, participant: Participant) -> JsonObject | None:
    """What ties a participant to their entry in the latest round; None where they have none.

    Where the round is open they enter it by asking. Once it is not, None means that they came
    after entries closed and take part in the next round, or have no ticket.
    """
    of = await rounds.current(ctx)
    if of is None or of.state is State.VOID:
        return None
    return await _open(ctx, of, participant) or await _kept(ctx, of, participant)


async def _open(ctx: AppContext, of: Round, participant: Participant) -> JsonObject | None:
    """The receipt of an open round; None where it is closed, and then for certain."""
    if of.state is State.OPEN and not _over(ctx, of):
        if participant.role is not Role.PARTICIPANT or entrants.tickets_in(of, participant) < 1:
            return None
        async with ctx.database().read() as connection:
            row = await entrants.of_person(connection, of.id, participant.id)
        if row is None:
            if participant.id in await entrants.earlier_winners(ctx, of):
                return None
            if await entry.kept_out(ctx, of, [participant]):
                return None
            row = await _enter(ctx, of, participant)
        if row is not None:
            return await _receipt(ctx, of, row)
    if not of.fixed:
        # Entries close at this moment: who is in is known when that is done.
        try:
            await close(ctx, of)
        except Conflict:
            return None
    return None


async def _enter(ctx: AppContext, of: Round, participant: Participant) -> Row | None:
    async with ctx.database().write() as connection:
        # Who closes waits for this, or this finds that it was closed.
        held = await rounds.held(connection, of.id, shared=True)
        if held.state is not State.OPEN:
            return None
        await entrants.add(connection, [entrants.fresh(of, participant)])
        return await entrants.of_person(connection, of.id, participant.id)


async def _kept(ctx: AppContext, of: Round, participant: Participant) -> JsonObject | None:
    async with ctx.database().read() as connection:
        row = await entrants.of_person(connection, of.id, participant.id)
    if row is None or row["position"] is None or row["salt"] is None:
        return None
    return await _receipt(ctx, of, row)


async def _receipt(ctx: AppContext, of: Round, row: Row) -> JsonObject:
    async with ctx.database().read() as connection:
        log = await ledger.links(connection, of.id)
    return {
        "salt": row["salt"],
        "participant": row["participant_id"],
        "name": row["name"],
        "weight": row["weight"],
        "round": of.number,
        "entry": row["position"],
        "identity": row["identity"],
        "seen": [link.hash.hex() for link in log],
    }


def _over(ctx: AppContext, of: Round) -> bool:
    return of.closes_at is not None and of.closes_at <= ctx.now()
