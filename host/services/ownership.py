"""Who answers for a room: handing it over, and that there is always somebody."""

from __future__ import annotations

from host.access import Act, Actor
from host.contract import Participant, Role, Room, wire
from host.errors import Conflict, NotFound
from host.services.audit import record
from host.services.core import Core
from host.services.entry import enter
from host.services.telling import emit_room
from host.services.writer import RoomTransaction
from host.store import participants as store
from host.store import rooms


class Ownership:
    """The owner is an organizer whom no other organizer can put out of the room."""

    def __init__(self, core: Core) -> None:
        self._core = core

    async def hand_over(self, actor: Actor, room_id: str, participant_id: str) -> Room:
        """Makes a participant the owner, and an organizer; who was it stays organizer.

        By the owner or an admin. Raises `NotFound` for somebody who is not in the room.
        """
        await enter(self._core, actor, room_id, Act.HAND_OVER)

        async def write(tx: RoomTransaction) -> Room:
            # Who owned it a moment ago may have handed it over since.
            if not (actor.is_admin or (actor.user and actor.user.id == tx.room.organizer.id)):
                raise Conflict("The room is somebody else’s by now.")
            heir = await store.get(tx.conn, room_id, participant_id)
            if heir is None:
                raise NotFound("There is no such participant in this room.")
            if heir.user_id != tx.room.organizer.id:
                await _give(tx, actor, heir)
            return tx.room

        return await self._core.writer.write(room_id, write)


async def provide_for(
    tx: RoomTransaction, actor: Actor, going: Participant, *, how: str, by_self: bool
) -> None:
    """Before an organizer stops being one: another is left, and the room has an owner.

    An owner who goes leaves the room to whoever has been organizer here the longest. `how` ends
    "The last organizer cannot …". Raises `Conflict`: for the last organizer, and with
    `details.reason` OWNER when somebody but an admin would put out the owner.
    """
    if going.role is not Role.ORGANIZER:
        return
    others = [
        one
        for one in await store.everyone(tx.conn, tx.room.id, Role.ORGANIZER)
        if one.id != going.id
    ]
    if not others:
        raise Conflict(f"The last organizer cannot {how}. Make someone else organizer first.")
    if going.user_id != tx.room.organizer.id:
        return
    if not (by_self or actor.is_admin):
        raise Conflict(
            f"{going.user.name} answers for this room. They can hand it over first.",
            details={"reason": "OWNER"},
        )
    await _give(tx, actor, others[0])


async def _give(tx: RoomTransaction, actor: Actor, heir: Participant) -> None:
    before = tx.room.organizer
    await rooms.update(tx.conn, tx.room.id, tx.now, owner_id=heir.user_id)
    await tx.reload()
    if heir.role is not Role.ORGANIZER:
        await store.update(tx.conn, heir.id, tx.now, role=Role.ORGANIZER)
        risen = await store.get(tx.conn, tx.room.id, heir.id)
        tx.emit("participant:updated", wire(risen))
    emit_room(tx, "room:updated", tx.room)
    await record(
        tx,
        actor,
        "room:owner",
        subject_id=heir.id,
        before={"owner": before.id, "role": heir.role.value},
        after={"owner": heir.user_id, "role": Role.ORGANIZER.value},
    )
