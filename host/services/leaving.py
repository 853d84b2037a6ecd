"""Ways out of a room: leaving, being removed, being banned; and the way back."""

from __future__ import annotations

from dataclasses import replace

from host.access import Act, Actor, role_of
from host.contract import Participant, Role, wire
from host.errors import Conflict, FestoonError, Forbidden, NotFound
from host.services.audit import record
from host.services.core import Core
from host.services.entry import Entry, enter
from host.services.ownership import provide_for
from host.services.telling import tell_room
from host.services.versions import Tags, need_match
from host.services.writer import RoomTransaction
from host.store import participants as store
from host.store import rooms


class Leaving:
    """The part of `Participants` that is about going."""

    def __init__(self, core: Core) -> None:
        self._core = core

    async def leave(self, actor: Actor, room_id: str) -> None:
        """Takes the actor's own leave."""
        actor.need_user()
        entry = await enter(self._core, actor, room_id, Act.LEAVE)
        if entry.participant is None:
            raise NotFound("You do not take part in this room.")
        await self._end(actor, room_id, entry.participant.id)

    async def remove(
        self, actor: Actor, room_id: str, participant_id: str, if_match: Tags = None
    ) -> None:
        """Removes someone, who may come back; an organizer only by an organizer."""
        entry = await enter(self._core, actor, room_id, Act.REMOVE_PARTICIPANTS)
        await self._end(actor, room_id, participant_id, entry, if_match)

    async def ban(self, actor: Actor, room_id: str, participant_id: str) -> Participant:
        """Removes someone for good; also one who has left. Twice changes nothing.

        An organizer only by an organizer, and nobody themselves.
        """
        entry = await enter(self._core, actor, room_id, Act.BAN)
        was_in = False

        async def write(tx: RoomTransaction) -> Participant:
            nonlocal was_in
            known = await store.standing(tx.conn, room_id, participant_id)
            if known is None:
                raise _unknown()
            there = known.participant
            _may_put_out(entry, there, "ban")
            if actor.user is not None and actor.user.id == there.user_id:
                raise Conflict("You cannot ban yourself. Leave the room instead.")
            if known.banned:
                return there
            was_in = there.deleted_at is None
            gone = await _out(tx, actor, there, "be banned") if was_in else there
            await store.update(tx.conn, participant_id, tx.now, banned_at=tx.now)
            await record(
                tx, actor, "participant:ban", subject_id=participant_id, before=_was(there)
            )
            return replace(gone, updated_at=tx.now)

        gone = await self._core.writer.write(room_id, write)
        if was_in:
            await self._gone(room_id, gone, kept_out())
        return gone

    async def known(self, actor: Actor, room_id: str, participant_id: str) -> None:
        """Raises `NotFound` where nobody was ever in the room under this id."""
        await enter(self._core, actor, room_id, Act.BAN)
        async with self._core.db.read() as conn:
            if await store.standing(conn, room_id, participant_id) is None:
                raise _unknown()

    async def unban(self, actor: Actor, room_id: str, participant_id: str) -> None:
        """Lets someone come back who was banned; they are not in by that."""
        await enter(self._core, actor, room_id, Act.BAN)

        async def write(tx: RoomTransaction) -> None:
            known = await store.standing(tx.conn, room_id, participant_id)
            if known is None or not known.banned:
                raise NotFound("Nobody is banned here under this id.")
            await store.update(tx.conn, participant_id, tx.now, banned_at=None, removed_at=None)
            await record(tx, actor, "participant:unban", subject_id=participant_id)

        await self._core.writer.write(room_id, write)

    async def _end(
        self,
        actor: Actor,
        room_id: str,
        participant_id: str,
        entry: Entry | None = None,
        if_match: Tags = None,
    ) -> None:
        async def write(tx: RoomTransaction) -> Participant:
            before = await store.get(tx.conn, room_id, participant_id)
            if before is None:
                raise _unknown()
            if entry is not None:
                _may_put_out(entry, before, "remove")
            need_match(if_match, before.updated_at)
            gone = await _out(tx, actor, before, "leave" if entry is None else "be removed")
            if not _by_self(actor, before):
                await record(
                    tx, actor, "participant:remove", subject_id=before.id, before=_was(before)
                )
            return gone

        gone = await self._core.writer.write(room_id, write)
        await self._gone(room_id, gone)

    async def _gone(self, room_id: str, gone: Participant, why: FestoonError | None = None) -> None:
        await self._core.hub.revoke(room_id, gone.user_id, why)
        async with self._core.db.read() as conn:
            room = await rooms.get(conn, room_id)
        if room is not None:
            self._core.background.start(
                tell_room(self._core, "participant_left", room, participant=gone)
            )


def kept_out() -> Forbidden:
    """What one hears who was banned."""
    return Forbidden("The organizer has banned you from this room.", details={"reason": "BANNED"})


async def _out(tx: RoomTransaction, actor: Actor, there: Participant, how: str) -> Participant:
    by_self = _by_self(actor, there)
    await provide_for(tx, actor, there, how=how, by_self=by_self)
    await store.update(
        tx.conn, there.id, tx.now, deleted_at=tx.now, removed_at=None if by_self else tx.now
    )
    tx.count(participants=-1)
    gone = replace(there, deleted_at=tx.now, updated_at=tx.now)
    tx.emit("participant:left", wire(gone))
    return gone


def _may_put_out(entry: Entry, there: Participant, verb: str) -> None:
    # As their role is now, not as it was when the question was asked.
    if there.role is Role.ORGANIZER and role_of(entry.actor, entry.participant) is Role.MODERATOR:
        raise Forbidden(f"A moderator cannot {verb} an organizer.")


def _by_self(actor: Actor, there: Participant) -> bool:
    return actor.user is not None and actor.user.id == there.user_id


def _was(there: Participant) -> dict[str, str]:
    return {"role": there.role.value}


def _unknown() -> NotFound:
    return NotFound("There is no such participant in this room.")
