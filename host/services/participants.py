"""Who takes part in a room: joining, roles, leaving."""

from __future__ import annotations

from dataclasses import replace

from host.access import Act, Actor, need_permission, role_of
from host.contract import (
    JsonObject,
    Participant,
    Permission,
    Person,
    Refusal,
    Registration,
    Role,
    Room,
    RoomStatus,
    wire,
)
from host.errors import Conflict, Forbidden, NotFound, RoomNotActive
from host.ids import normalize_join_code
from host.services.core import Core
from host.services.delegation import decide
from host.services.entry import enter
from host.services.telling import tell_room
from host.services.text import unstorable
from host.services.versions import Tags, need_match
from host.services.writer import RoomTransaction
from host.store import participants as store
from host.store import rooms
from host.store.paging import Page, PageRequest


class Participants:
    """One row for a person and a room, for ever; living or gone."""

    def __init__(self, core: Core) -> None:
        self._core = core

    async def list(
        self,
        actor: Actor,
        room_id: str,
        page: PageRequest,
        *,
        role: Role | None = None,
        deleted: bool = False,
    ) -> Page[Participant]:
        """Participants in the order of joining."""
        entry = await enter(self._core, actor, room_id, Act.SEE_PARTICIPANTS)
        if deleted:
            entry.need(Act.SEE_DELETED)
        async with self._core.db.read() as conn:
            return await store.page(conn, room_id, page, role=role, deleted=deleted)

    async def get(
        self,
        actor: Actor,
        room_id: str,
        participant_id: str,
        *,
        deleted: bool = False,
        act: Act = Act.SEE_PARTICIPANTS,
    ) -> Participant:
        """One participant; with `deleted` also one who left, for organizers.

        `act` is what they are looked for: to change somebody does not take the right to see all.
        """
        entry = await enter(self._core, actor, room_id, act)
        if deleted:
            entry.need(Act.SEE_DELETED)
        async with self._core.db.read() as conn:
            return _found(await store.get(conn, room_id, participant_id, deleted=deleted))

    async def welcome(self, actor: Actor, room_id: str, join_code: str | None) -> Room:
        """The room, if the actor may ask to join it: it is public, or they have its code.

        Raises `Unauthorized`, or `NotFound` where the room is private and the code is not its
        own, or `Forbidden` with `details.reason` BANNED.
        """
        room, _ = await self._approach(actor, room_id, join_code)
        return room

    async def _approach(
        self, actor: Actor, room_id: str, join_code: str | None
    ) -> tuple[Room, store.Membership | None]:
        """As `welcome`, with the actor's row in the room, living or gone."""
        user = actor.need_user()
        need_permission(actor, Permission.PARTICIPANTS_WRITE)
        async with self._core.db.read() as conn:
            found = await rooms.approached(conn, room_id, user.id)
        if found is None:
            raise NotFound("There is no such room.")
        room, known = found
        invited = join_code is not None and normalize_join_code(join_code) == room.join_code
        inside = known is not None and known.participant.deleted_at is None
        if not (room.is_public or invited or inside or known or actor.is_admin):
            raise NotFound("There is no such room.")
        if known is not None and known.banned:
            raise Forbidden("The organizer has banned you.", details={"reason": "BANNED"})
        if not (room.is_public or invited or inside or actor.is_admin):
            raise NotFound("There is no such room.")
        return room, known

    async def join(
        self,
        actor: Actor,
        room_id: str,
        *,
        role: Role = Role.PARTICIPANT,
        metadata: JsonObject | None = None,
        join_code: str | None = None,
    ) -> Participant:
        """Joins the room as PARTICIPANT or VIEWER, by the decision of whoever registers here.

        Raises `RoomNotActive`, or `Conflict` when already in or refused (the reason is the
        message).
        """
        room, known = await self._approach(actor, room_id, join_code)
        user = actor.need_user()
        self._may_join(actor, room, known)
        decision = await decide(
            self._core,
            actor,
            room,
            "register_participant",
            _what_is_wrong,
            person=Person(user.id, user.name, user.avatar),
            form=metadata or {},
        )
        if isinstance(decision.value, Refusal):
            raise Conflict(decision.value.reason)
        registration: Registration = decision.value
        kept = {**(metadata or {}), **registration.metadata}

        async def write(tx: RoomTransaction) -> Participant:
            current = await store.membership(tx.conn, room_id, user.id)
            self._may_join(actor, tx.room, current)
            if current is None:
                participant_id = tx.sources.new_id()
                await store.insert(
                    tx.conn,
                    participant_id=participant_id,
                    room_id=room_id,
                    user_id=user.id,
                    role=role,
                    metadata=kept,
                    now=tx.now,
                )
            else:
                participant_id = current.participant.id
                await store.update(
                    tx.conn,
                    participant_id,
                    tx.now,
                    role=role,
                    metadata=kept,
                    joined_at=tx.now,
                    deleted_at=None,
                )
            tx.count(participants=1)
            joined = _found(await store.get(tx.conn, room_id, participant_id))
            tx.emit("participant:joined", wire(joined))
            return joined

        joined = await self._core.writer.write(room_id, write)
        self._tell("participant_joined", room, joined)
        return joined

    def _may_join(self, actor: Actor, room: Room, known: store.Membership | None) -> None:
        if known is not None and known.banned:
            raise Forbidden("The organizer has banned you.", details={"reason": "BANNED"})
        if known is not None and known.participant.deleted_at is None:
            raise Conflict(
                "You are already in this room.", details={"participantId": known.participant.id}
            )
        owner = actor.is_admin or (actor.user is not None and actor.user.id == room.organizer.id)
        if room.status is not RoomStatus.ACTIVE and not owner:
            raise RoomNotActive(_why_closed(room.status), details={"status": room.status.value})

    async def change(
        self,
        actor: Actor,
        room_id: str,
        participant_id: str,
        fields: JsonObject,
        if_match: Tags = None,
    ) -> Participant:
        """Changes `{role?, metadata?}`; a room never loses its last organizer."""
        entry = await enter(self._core, actor, room_id, Act.CHANGE_METADATA)
        if "role" in fields:
            entry.need(Act.CHANGE_ROLES)

        async def write(tx: RoomTransaction) -> Participant:
            before = _found(await store.get(tx.conn, room_id, participant_id))
            need_match(if_match, before.updated_at)
            role = Role(fields.get("role", before.role))
            if before.role is Role.ORGANIZER and role is not Role.ORGANIZER:
                await _keep_an_organizer(tx, "be demoted")
            metadata = fields.get("metadata", before.metadata)
            if (role, metadata) == (before.role, before.metadata):
                return before
            await store.update(tx.conn, participant_id, tx.now, role=role, metadata=metadata)
            after = _found(await store.get(tx.conn, room_id, participant_id))
            tx.emit("participant:updated", wire(after))
            if role is not before.role:
                await tx.audit(
                    "participant:role",
                    actor.user.id if actor.user else None,
                    app_id=actor.app_id,
                    subject_id=participant_id,
                    before={"role": before.role.value},
                    after={"role": role.value},
                    request_id=actor.request_id,
                )
            return after

        return await self._core.writer.write(room_id, write)

    async def leave(self, actor: Actor, room_id: str) -> None:
        """Takes the actor's own leave."""
        user = actor.need_user()
        entry = await enter(self._core, actor, room_id, Act.LEAVE)
        if entry.participant is None:
            raise NotFound("You do not take part in this room.")
        await self._end(actor, room_id, entry.participant.id, user.id)

    async def remove(
        self, actor: Actor, room_id: str, participant_id: str, if_match: Tags = None
    ) -> None:
        """Removes someone; an organizer only by an organizer."""
        entry = await enter(self._core, actor, room_id, Act.REMOVE_PARTICIPANTS)
        async with self._core.db.read() as conn:
            target = _found(await store.get(conn, room_id, participant_id))
        mine = role_of(actor, entry.participant)
        if target.role is Role.ORGANIZER and mine is Role.MODERATOR:
            raise Forbidden("A moderator cannot remove an organizer.")
        await self._end(actor, room_id, participant_id, target.user_id, if_match)

    async def _end(
        self,
        actor: Actor,
        room_id: str,
        participant_id: str,
        user_id: str,
        if_match: Tags = None,
    ) -> None:
        async def write(tx: RoomTransaction) -> Participant:
            before = _found(await store.get(tx.conn, room_id, participant_id))
            need_match(if_match, before.updated_at)
            if before.role is Role.ORGANIZER:
                await _keep_an_organizer(tx, "leave")
            await store.update(tx.conn, participant_id, tx.now, deleted_at=tx.now)
            tx.count(participants=-1)
            gone = replace(before, deleted_at=tx.now, updated_at=tx.now)
            tx.emit("participant:left", wire(gone))
            if actor.user is None or actor.user.id != user_id:
                await tx.audit(
                    "participant:remove",
                    actor.user.id if actor.user else None,
                    app_id=actor.app_id,
                    subject_id=participant_id,
                    request_id=actor.request_id,
                )
            return gone

        gone = await self._core.writer.write(room_id, write)
        await self._core.hub.revoke(room_id, user_id)
        async with self._core.db.read() as conn:
            room = await rooms.get(conn, room_id)
        if room is not None:
            self._tell("participant_left", room, gone)

    def _tell(self, hook: str, room: Room, participant: Participant) -> None:
        self._core.background.start(tell_room(self._core, hook, room, participant=participant))


def _what_is_wrong(answer: object) -> str | None:
    if isinstance(answer, Registration) and (why := unstorable(answer.metadata)):
        return f"The metadata that it would keep {why}."
    return None


async def _keep_an_organizer(tx: RoomTransaction, what: str) -> None:
    if await store.organizers(tx.conn, tx.room.id) <= 1:
        raise Conflict(f"The last organizer cannot {what}. Make someone else organizer first.")


def _found(participant: Participant | None) -> Participant:
    if participant is None:
        raise NotFound("There is no such participant in this room.")
    return participant


def _why_closed(status: RoomStatus) -> str:
    return {
        RoomStatus.DRAFT: "The room is not open yet. Wait for the organizer to open it.",
        RoomStatus.COMPLETED: "This event is over.",
        RoomStatus.CANCELLED: "This event was cancelled.",
    }.get(status, "The room is not open.")
