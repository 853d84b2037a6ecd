"""The door of a room: locked or not, what names may be like, and who stands where before it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from host.access import Act, Actor
from host.auth.lookalikes import look
from host.contract import JsonObject, Room, RoomStatus
from host.errors import Conflict
from host.services.audit import difference, record
from host.services.core import Core
from host.services.entry import enter
from host.services.nicknames import NicknameRules, taken
from host.services.notices import tell_organizers
from host.services.writer import RoomTransaction
from host.store import doors, participants, rooms
from host.store.doors import Door
from host.store.participants import Membership

OVER = (RoomStatus.COMPLETED, RoomStatus.CANCELLED)


class Standing(StrEnum):
    """What somebody is to a room, at its door."""

    STRANGER = "stranger"
    IN = "in"
    LEFT = "left"
    """By themselves: they may return, also while the door is locked."""
    REMOVED = "removed"
    BANNED = "banned"


@dataclass(frozen=True)
class DoorView:
    """The door as staff see it. `banned` is how many are kept out."""

    locked: bool
    locked_at: datetime | None
    nicknames: JsonObject
    banned: int


@dataclass(frozen=True)
class Farewell:
    """For one who was taken out: of what, by whose room it is, and whether they may return."""

    room: str
    organizer: str
    banned: bool
    closed: bool


class Doors:
    """What the organizer decides about who comes in, and under which name."""

    def __init__(self, core: Core) -> None:
        self._core = core

    async def get(self, actor: Actor, room_id: str) -> DoorView:
        """The door, for staff."""
        await enter(self._core, actor, room_id, Act.SEE_DOOR)
        async with self._core.db.read() as conn:
            return _seen(await doors.get(conn, room_id), await doors.banned(conn, room_id))

    async def change(self, actor: Actor, room_id: str, fields: JsonObject) -> DoorView:
        """Changes `{locked?, nicknames?: {longest?, unique?, words?}}`; nicknames null: no rules.

        While the door is locked nobody new comes in, and nobody who was removed. Who is in
        stays, and who left by themselves may return: an empty battery must not end an evening.
        Rules for names hold from then on; whoever is in already keeps theirs.
        """
        await enter(self._core, actor, room_id, Act.CHANGE_DOOR)

        async def write(tx: RoomTransaction) -> DoorView:
            before = after = tx.door
            if "locked" in fields and fields["locked"] != (before.locked_at is not None):
                after = replace(after, locked_at=tx.now if fields["locked"] else None)
            if "nicknames" in fields:
                after = replace(after, rules=_ruled(before, fields["nicknames"]))
            if after != before:
                await self._put(tx, actor, before, after)
            return _seen(after, await doors.banned(tx.conn, room_id))

        return await self._core.writer.write(room_id, write)

    async def standing(self, actor: Actor, room_id: str) -> Standing:
        """What the actor is to a room that is there."""
        if actor.user is None:
            return Standing.STRANGER
        async with self._core.db.read() as conn:
            known = await participants.membership(conn, room_id, actor.user.id)
        return _standing(known)

    async def out_of(self, actor: Actor, room_id: str) -> Farewell | None:
        """What somebody is told who was taken out of a room; None for everybody else.

        They were in it, so they may be told its name and who answers for it, and no more.
        """
        standing = await self.standing(actor, room_id)
        if standing not in (Standing.REMOVED, Standing.BANNED):
            return None
        async with self._core.db.read() as conn:
            room = await rooms.get(conn, room_id)
            door = await doors.get(conn, room_id)
        if room is None:
            return None
        closed = door.locked_at is not None or room.status in OVER
        return Farewell(
            room.name, room.organizer.name, banned=standing is Standing.BANNED, closed=closed
        )

    async def keeps_out(self, actor: Actor, room: Room) -> bool:
        """Whether the door is locked before this person."""
        async with self._core.db.read() as conn:
            door = await doors.get(conn, room.id)
        if door.locked_at is None or hosts(actor, room):
            return False
        return await self.standing(actor, room.id) not in (Standing.IN, Standing.LEFT)

    async def need_name(self, actor: Actor, room_id: str, name: str) -> None:
        """Raises `Conflict` for a name that would not do, before anybody is made of that name."""
        async with self._core.db.read() as conn:
            door = await doors.get(conn, room_id)
            if door.rules is None:
                return
            rules = NicknameRules.of(door.rules)
            rules.need(name)
            user_id = actor.user.id if actor.user else ""
            if rules.unique and await doors.is_taken(conn, room_id, user_id, look(name)):
                raise taken()

    async def _put(self, tx: RoomTransaction, actor: Actor, before: Door, after: Door) -> None:
        await doors.put(tx.conn, tx.room.id, after)
        tx.door = after
        if after.rules is not None and before.rules is None:
            # While there were no rules nobody kept the keys.
            named = await doors.names(tx.conn, tx.room.id)
            await doors.put_keys(tx.conn, [(one, look(name)) for one, name in named])
        locked = after.locked_at is not None
        if locked != (before.locked_at is not None):
            await record(tx, actor, "door:lock" if locked else "door:unlock")
            await _tell(self._core, tx, actor, locked=locked)
        first, second = NicknameRules.of(before.rules), NicknameRules.of(after.rules)
        if differs := difference(first.as_json(), second.as_json()):
            await record(tx, actor, "door:nicknames", before=differs[0], after=differs[1])


def need_open(tx: RoomTransaction, actor: Actor, known: Membership | None) -> None:
    """Raises `Conflict` with `details.reason` LOCKED where the door is locked before somebody."""
    if tx.door.locked_at is None or hosts(actor, tx.room):
        return
    if _standing(known) is not Standing.LEFT:
        raise Conflict(
            "The door is closed just now. Ask the organizer to open it for you.",
            details={"reason": "LOCKED"},
        )


def hosts(actor: Actor, room: Room) -> bool:
    """Whether somebody may come in at any time: who answers for the room, or made it; admins."""
    if actor.is_admin:
        return True
    return actor.user is not None and actor.user.id in (room.organizer.id, room.created_by)


def _standing(known: Membership | None) -> Standing:
    if known is None:
        return Standing.STRANGER
    if known.banned:
        return Standing.BANNED
    if known.participant.deleted_at is None:
        return Standing.IN
    return Standing.REMOVED if known.removed else Standing.LEFT


def _ruled(before: Door, given: JsonObject | None) -> JsonObject | None:
    if given is None:
        return None
    return NicknameRules.of(before.rules).changed(given).kept()


def _seen(door: Door, banned: int) -> DoorView:
    rules = NicknameRules.of(door.rules)
    return DoorView(door.locked_at is not None, door.locked_at, rules.as_json(), banned)


async def _tell(core: Core, tx: RoomTransaction, actor: Actor, *, locked: bool) -> None:
    # To the organizers alone: to the hall nothing has changed, and a hall that is told asks.
    who = actor.user.name if actor.user else "An application"
    await tell_organizers(
        core,
        tx,
        "door:locked" if locked else "door:unlocked",
        f"{who} locked the door" if locked else f"{who} opened the door",
        "Nobody new can come in." if locked else "Whoever has the code can come in.",
        {"locked": locked},
        brought=False,
        by=actor.user.id if actor.user else None,
    )
