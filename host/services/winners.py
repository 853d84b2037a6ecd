"""Winners: awards by hand, revocation, lists."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from host.access import Act, Actor
from host.contract import JsonObject, Participant, Prize, Room, RoomStatus, Winner, wire
from host.errors import Conflict, NotFound, PrizeExhausted, RoomNotActive
from host.services.audit import record
from host.services.core import Core
from host.services.entry import enter
from host.services.notices import show, tell_winners, untell_winner, won_notice
from host.services.telling import has_listeners, tell_room
from host.services.writer import RoomTransaction
from host.store import participants, prizes
from host.store import winners as store
from host.store.paging import Page, PageRequest

TOLD = "winner_selected"


class Winners:
    """Who won what. A revoked win keeps its record and gives its unit back."""

    def __init__(self, core: Core) -> None:
        self._core = core

    async def list(
        self,
        actor: Actor,
        room_id: str,
        page: PageRequest,
        *,
        prize_id: str | None = None,
        participant_id: str | None = None,
        deleted: bool = False,
    ) -> Page[Winner]:
        """Winners, oldest first."""
        entry = await enter(self._core, actor, room_id, Act.SEE_WINNERS)
        if deleted:
            entry.need(Act.SEE_DELETED)
        async with self._core.db.read() as conn:
            return await store.page(
                conn,
                room_id,
                page,
                prize_id=prize_id,
                participant_id=participant_id,
                deleted=deleted,
            )

    async def get(
        self, actor: Actor, room_id: str, winner_id: str, *, deleted: bool = False
    ) -> Winner:
        """One winner; with `deleted` also one whose win was revoked, for organizers."""
        entry = await enter(self._core, actor, room_id, Act.SEE_WINNERS)
        if deleted:
            entry.need(Act.SEE_DELETED)
        async with self._core.db.read() as conn:
            return _found(await store.get(conn, room_id, winner_id, deleted=deleted))

    async def award(
        self,
        actor: Actor,
        room_id: str,
        participant_id: str,
        prize_id: str,
        metadata: JsonObject | None = None,
    ) -> Winner:
        """Awards one unit by hand; all of it or nothing."""
        entry = await enter(self._core, actor, room_id, Act.AWARD)

        async def write(tx: RoomTransaction) -> Winner:
            person = await participants.get(tx.conn, room_id, participant_id)
            prize = await prizes.get(tx.conn, room_id, prize_id)
            if person is None:
                raise NotFound("There is no such participant in this room.")
            if prize is None:
                raise NotFound("There is no such prize in this room.")
            if tx.room.status in (RoomStatus.DRAFT, RoomStatus.CANCELLED):
                raise RoomNotActive(
                    "Prizes can be awarded once the room is open.",
                    details={"status": tx.room.status.value},
                )
            winner = await give(tx, person, prize, metadata or {}, draw_id=None)
            await tell_winners(self._core, tx, [winner])
            given = {"participantId": participant_id, "prizeId": prize_id}
            await record(tx, actor, "winner:award", subject_id=winner.id, after=given)
            return winner

        winner = await self._core.writer.write(room_id, write)
        announce(self._core, entry.room, [winner])
        congratulate(self._core, entry.room, [winner])
        return winner

    async def revoke(
        self,
        actor: Actor,
        room_id: str,
        winner_id: str,
        *,
        reason: str | None = None,
        admitted: bool = False,
    ) -> None:
        """Takes a win back; its unit can be won again. The `reason` goes into the audit log.

        `admitted`: that the actor may do so was looked at before.
        """
        if not admitted:
            await enter(self._core, actor, room_id, Act.REVOKE)

        async def write(tx: RoomTransaction) -> None:
            winner = _found(await store.get(tx.conn, room_id, winner_id))
            if not await store.revoke(tx.conn, winner_id, tx.now):
                raise NotFound("There is no such winner in this room.")
            await prizes.give_back(tx.conn, winner.prize_id)
            await untell_winner(tx, winner)
            tx.count(winners=-1)
            tx.emit("winner:removed", wire(replace(winner, deleted_at=tx.now)))
            taken = {"participantId": winner.participant_id, "prizeId": winner.prize_id}
            said = {"reason": reason} if reason is not None else None
            await record(tx, actor, "winner:revoke", subject_id=winner_id, before=taken, after=said)

        await self._core.writer.write(room_id, write)


async def give(
    tx: RoomTransaction,
    person: Participant,
    prize: Prize,
    metadata: JsonObject,
    *,
    draw_id: str | None,
) -> Winner:
    """Takes one unit of `prize` for `person`, with the event that tells of it.

    Raises `PrizeExhausted`, or `Conflict` when the person holds this prize already.
    """
    if person.id in await store.holders(tx.conn, prize.id):
        raise Conflict(f"{person.user.name} has already won this prize.")
    if not await prizes.take_units(tx.conn, prize.id, 1):
        raise PrizeExhausted(f"Every “{prize.name}” has been won.", details={"prizeId": prize.id})
    winner_id = tx.sources.new_id()
    await store.insert(
        tx.conn,
        winner_id=winner_id,
        room_id=tx.room.id,
        participant_id=person.id,
        prize_id=prize.id,
        draw_id=draw_id,
        metadata=metadata,
        now=tx.now,
    )
    tx.count(winners=1)
    winner = _found(await store.get(tx.conn, tx.room.id, winner_id))
    tx.emit("winner:selected", wire(winner))
    return winner


def announce(
    core: Core, room: Room, won: Sequence[Winner], *, on: Sequence[str] | None = None
) -> None:
    """Tells the room's applications of new winners, after the commit.

    `on` are the applications, where they were read before.
    """
    if on is None or has_listeners(core, TOLD, on):
        for winner in won:
            core.background.start(tell_room(core, TOLD, room, on=on, winner=winner))


def congratulate(core: Core, room: Room, won: Sequence[Winner]) -> None:
    """Shows winners, after the commit, the news that stands in their inbox."""
    if core.hub.anybody:
        told = [(one.participant.user_id, won_notice(room, one)) for one in won]
        core.background.start(show(core, told))


def _found(winner: Winner | None) -> Winner:
    if winner is None:
        raise NotFound("There is no such winner in this room.")
    return winner
