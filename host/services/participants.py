"""Who takes part in a room: joining, roles, leaving."""

from __future__ import annotations

from host.access import Act, Actor, need_permission
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
from host.errors import Conflict, NotFound, RoomNotActive
from host.ids import normalize_join_code
from host.services.audit import record
from host.services.core import Core
from host.services.delegation import decide
from host.services.door import hosts, need_open
from host.services.entering import own_names
from host.services.entry import enter
from host.services.leaving import Leaving, kept_out
from host.services.nicknames import admitted
from host.services.ownership import provide_for
from host.services.rush import Newcomer, Rush
from host.services.telling import has_listeners, tell_room
from host.services.text import unstorable
from host.services.versions import Tags, need_match
from host.services.writer import RoomTransaction
from host.store import participants as store
from host.store import rooms
from host.store.arriving import Approached
from host.store.paging import Page, PageRequest


class Participants(Leaving):
    """One row for a person and a room, for ever; living or gone."""

    def __init__(self, core: Core, rush: Rush) -> None:
        super().__init__(core)
        self._rush = rush

    async def list(
        self,
        actor: Actor,
        room_id: str,
        page: PageRequest,
        *,
        role: Role | None = None,
        deleted: bool = False,
        banned: bool = False,
        text: str | None = None,
    ) -> Page[Participant]:
        """Participants in the order of joining; `text` is a part of their names.

        With `deleted` also those who left, for organizers; `banned` asks, for staff, for those
        who may not return instead.
        """
        entry = await enter(self._core, actor, room_id, Act.SEE_PARTICIPANTS)
        if deleted:
            entry.need(Act.SEE_DELETED)
        if banned:
            entry.need(Act.SEE_DOOR)
        async with self._core.db.read() as conn:
            return await store.page(
                conn, room_id, page, role=role, deleted=deleted, banned=banned, text=text
            )

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
        room, _, _ = await self._approach(actor, room_id, join_code)
        return room

    async def _approach(
        self, actor: Actor, room_id: str, join_code: str | None
    ) -> tuple[Room, store.Membership | None, Approached | None]:
        """As `welcome`, with the actor's row in the room, living or gone; and what more is known
        where a rush is expected.
        """
        user = actor.need_user()
        need_permission(actor, Permission.PARTICIPANTS_WRITE)
        nearby: Approached | None = None
        if self._core.lane_for(actor):
            nearby = await self._rush.approach(actor, room_id)
            found = (nearby.room, nearby.membership) if nearby else None
        else:
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
            raise kept_out()
        if not (room.is_public or invited or inside or actor.is_admin):
            raise NotFound("There is no such room.")
        return room, known, nearby

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
        message); for a locked door and for a name that does not do with `details.reason`.
        """
        room, known, nearby = await self._approach(actor, room_id, join_code)
        user = actor.need_user()
        own_names(metadata)
        self._may_join(actor, room, known)
        decision = await decide(
            self._core,
            actor,
            room,
            "register_participant",
            _what_is_wrong,
            answerers=nearby.answerers if nearby else None,
            person=Person(user.id, user.name, user.avatar),
            form=metadata or {},
        )
        if isinstance(decision.value, Refusal):
            raise Conflict(decision.value.reason)
        registration: Registration = decision.value
        said = (metadata or {}) if registration.keeps_form else {}
        kept = {**said, **registration.metadata}

        async def write(tx: RoomTransaction) -> Participant:
            current = await store.membership(tx.conn, room_id, user.id)
            self._may_join(actor, tx.room, current)
            need_open(tx, actor, current)
            key = await admitted(tx.conn, tx.door.rules, room_id, user.id, user.name)
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
                    name_key=key,
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
                    removed_at=None,
                    name_key=key,
                )
            tx.count(participants=1)
            joined = _found(await store.get(tx.conn, room_id, participant_id))
            tx.emit("participant:joined", wire(joined))
            return joined

        joined: Participant | None = None
        if nearby is not None and known is None and not unstorable(kept):
            joined = await self._rush.join(Newcomer(room_id, nearby.person, role, kept))
        if joined is None:
            joined = await self._core.writer.write(room_id, write)
        if nearby is None or has_listeners(self._core, "participant_joined", nearby.enabled):
            self._tell("participant_joined", room, joined)
        return joined

    def _may_join(self, actor: Actor, room: Room, known: store.Membership | None) -> None:
        if known is not None and known.banned:
            raise kept_out()
        if known is not None and known.participant.deleted_at is None:
            raise Conflict(
                "You are already in this room.", details={"participantId": known.participant.id}
            )
        if room.status is not RoomStatus.ACTIVE and not hosts(actor, room):
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
            if role is not Role.ORGANIZER:
                by_self = actor.user is not None and actor.user.id == before.user_id
                await provide_for(tx, actor, before, how="be demoted", by_self=by_self)
            metadata = fields.get("metadata", before.metadata)
            if (role, metadata) == (before.role, before.metadata):
                return before
            await store.update(tx.conn, participant_id, tx.now, role=role, metadata=metadata)
            after = _found(await store.get(tx.conn, room_id, participant_id))
            tx.emit("participant:updated", wire(after))
            if role is not before.role:
                await record(
                    tx,
                    actor,
                    "participant:role",
                    subject_id=participant_id,
                    before={"role": before.role.value},
                    after={"role": role.value},
                )
            if metadata != before.metadata:
                # What people said of themselves is not for the log: which of it is enough.
                keys = [
                    k
                    for k in {**before.metadata, **metadata}
                    if before.metadata.get(k) != metadata.get(k)
                ]
                await record(
                    tx,
                    actor,
                    "participant:metadata",
                    subject_id=participant_id,
                    after={"changed": keys},
                )
            return after

        return await self._core.writer.write(room_id, write)

    def _tell(self, hook: str, room: Room, participant: Participant) -> None:
        self._core.background.start(tell_room(self._core, hook, room, participant=participant))


def _what_is_wrong(answer: object) -> str | None:
    if isinstance(answer, Registration) and (why := unstorable(answer.metadata)):
        return f"The metadata that it would keep {why}."
    return None


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
