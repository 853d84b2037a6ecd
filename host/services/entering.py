"""People whom an application enters into a room: those who have no account and no phone.

Behind each stands a guest without a session, so nobody can sign in as them, and everything that
holds for guests holds for them: the counts, the log, the export and the erasure. The guest's id
is made of the application, the room and the application's own key, so the same person entered
twice, by two clicks or after a crash, is one.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import replace

from host.access import Actor
from host.auth.person import clean_name
from host.contract import (
    JsonObject,
    Participant,
    PersonDraft,
    Refusal,
    Role,
    Room,
    RoomStatus,
    User,
    wire,
)
from host.errors import Conflict, RoomNotActive, ValidationFailed
from host.ids import ALPHABET
from host.services.audit import record
from host.services.core import Core
from host.services.door import OVER, hosts
from host.services.nicknames import NameList
from host.services.telling import has_listeners, tell_room
from host.services.text import unstorable
from host.services.writer import RoomTransaction
from host.store import participants as store
from host.store import room_apps, rooms, users
from host.store.participants import Membership

MOST_PEOPLE = 5_000
"""So many are entered by one call."""
TOGETHER = 200
"""So many by one transaction: others in the room wait for no more than that."""
LONGEST_KEY = 120

Entered = Participant | Refusal


async def enter_people(
    core: Core, actor: Actor, room_id: str, people: Sequence[PersonDraft]
) -> list[Entered]:
    """Enters people for an application; each becomes a participant, or is refused with a reason.

    Raises `RoomNotActive` in a room that is over, `Conflict` with `details.reason` LOCKED while
    the door is locked before whoever acts, `ValidationFailed` for what makes no sense at all.
    """
    _check(people)
    entered: list[Entered] = []
    for first in range(0, len(people), TOGETHER):
        some = people[first : first + TOGETHER]

        async def write(
            tx: RoomTransaction, some: Sequence[PersonDraft] = some
        ) -> tuple[list[Entered], list[Participant]]:
            return await _enter(tx, actor, some)

        answers, new = await core.writer.write(room_id, write, answers_call=False)
        entered += answers
        await _tell(core, room_id, "participant_joined", new)
    return entered


async def take_out(core: Core, actor: Actor, room_id: str, keys: Sequence[str]) -> int:
    """Takes people out again whom the same application entered; how many were in.

    Nobody else can be taken out by this, and nobody who answers for the room.
    """
    taken_out = 0
    for first in range(0, len(keys), TOGETHER):
        ids = [_person_id(actor, room_id, key) for key in keys[first : first + TOGETHER]]

        async def write(tx: RoomTransaction, ids: Sequence[str] = ids) -> list[Participant]:
            return await _take_out(tx, actor, ids)

        gone = await core.writer.write(room_id, write, answers_call=False)
        taken_out += len(gone)
        await _tell(core, room_id, "participant_left", gone)
    return taken_out


def _check(people: Sequence[PersonDraft]) -> None:
    if len(people) > MOST_PEOPLE:
        raise ValidationFailed(f"At most {MOST_PEOPLE} people are entered at once.")
    if len({one.key for one in people}) < len(people):
        raise ValidationFailed("Two of these people have the same key.")
    for one in people:
        if not 0 < len(one.key) <= LONGEST_KEY:
            raise ValidationFailed(f"A key has 1 to {LONGEST_KEY} characters.")
        if why := unstorable([one.key, one.metadata]):
            raise ValidationFailed(f"What is to be kept of '{one.key[:40]}' {why}.")


def _person_id(actor: Actor, room_id: str, key: str) -> str:
    """26 characters, as every id has; nobody can be made twice for one key."""
    parts = [part.encode() for part in (actor.app_id or "", room_id, key)]
    framed = b"".join(len(part).to_bytes(4, "big") + part for part in parts)
    number = int.from_bytes(hashlib.sha256(b"festoon entered person" + framed).digest(), "big")
    return "".join(ALPHABET[(number >> 5 * place) & 31] for place in range(26)).lower()


async def _enter(
    tx: RoomTransaction, actor: Actor, people: Sequence[PersonDraft]
) -> tuple[list[Entered], list[Participant]]:
    _need_open(tx, actor)
    room_id = tx.room.id
    by_id = {_person_id(actor, room_id, one.key): one for one in people}
    known = await store.memberships(tx.conn, room_id, by_id)
    erased = await users.erased(tx.conn, by_id)
    names = await NameList.of(tx.conn, tx.door.rules, room_id, [one.name for one in people])
    # Sorted, so that their order in the room is that in which they were given.
    ids = iter(sorted(tx.sources.new_id() for _ in people))
    answers: list[Entered] = []
    fresh: list[tuple[User, Participant, str | None]] = []
    back: list[tuple[Participant, str | None]] = []
    for user_id, one in by_id.items():
        before = known.get(user_id)
        # Whoever was erased a moment ago may not have left the room yet.
        forgotten = user_id in erased
        if before is not None and before.participant.deleted_at is None and not forgotten:
            answers.append(before.participant)
            continue
        try:
            name, key = _admitted(names, one, before, forgotten=forgotten)
        except Conflict as refused:
            answers.append(Refusal(refused.message))
            continue
        if before is not None:
            part = replace(
                before.participant,
                role=Role.PARTICIPANT,
                metadata=one.metadata,
                joined_at=tx.now,
                updated_at=tx.now,
                deleted_at=None,
            )
            back.append((part, key))
        else:
            user = User(user_id, None, name, None, tx.now, tx.now)
            part = Participant(
                id=next(ids),
                user_id=user_id,
                room_id=room_id,
                role=Role.PARTICIPANT,
                metadata=one.metadata,
                joined_at=tx.now,
                updated_at=tx.now,
                deleted_at=None,
                user=user.person,
            )
            fresh.append((user, part, key))
        answers.append(part)
    await users.insert_guests(tx.conn, [user for user, _, _ in fresh])
    await store.insert_all(tx.conn, [(part, key) for _, part, key in fresh])
    for part, key in back:
        await store.update(
            tx.conn,
            part.id,
            tx.now,
            role=part.role,
            metadata=part.metadata,
            joined_at=tx.now,
            deleted_at=None,
            removed_at=None,
            name_key=key,
        )
    new = [part for _, part, _ in fresh] + [part for part, _ in back]
    await _write_down(tx, actor, new, "joined", "participant:enter")
    return answers, new


async def _take_out(tx: RoomTransaction, actor: Actor, ids: Sequence[str]) -> list[Participant]:
    if tx.room.status in OVER:
        raise RoomNotActive("This event is over: who took part stays in its records.")
    known = await store.memberships(tx.conn, tx.room.id, ids)
    living = [one.participant for one in known.values() if one.participant.deleted_at is None]
    gone = [
        replace(one, deleted_at=tx.now, updated_at=tx.now)
        for one in living
        if one.role is not Role.ORGANIZER
    ]
    await store.end_all(tx.conn, [one.id for one in gone], tx.now)
    await _write_down(tx, actor, gone, "left", "participant:take-out")
    return gone


async def _write_down(
    tx: RoomTransaction, actor: Actor, people: Sequence[Participant], what: str, act: str
) -> None:
    if not people:
        return
    for one in people:
        tx.emit(f"participant:{what}", wire(one))
    tx.count(participants=len(people) if what == "joined" else -len(people))
    await record(tx, actor, act, after={"people": len(people)})


def _admitted(
    names: NameList, one: PersonDraft, before: Membership | None, *, forgotten: bool
) -> tuple[str, str | None]:
    """The name as it is kept, and its key in the room if that has rules for names."""
    if forgotten:
        raise Conflict("This person asked to be forgotten.")
    if before is not None:
        if before.banned:
            raise Conflict("The organizer has banned this person from the room.")
        name = before.participant.user.name
    else:
        try:
            name = clean_name(one.name)
        except ValueError as wrong:
            raise Conflict(f"A name {wrong}.") from None
    return name, names.admit(name)


def _need_open(tx: RoomTransaction, actor: Actor) -> None:
    if tx.room.status not in (RoomStatus.DRAFT, RoomStatus.ACTIVE):
        raise RoomNotActive("This event is over: nobody can be entered any more.")
    if tx.door.locked_at is not None and not hosts(actor, tx.room):
        raise Conflict(
            "The door of this room is locked. Open it first, or ask the organizer to.",
            details={"reason": "LOCKED"},
        )


async def _tell(core: Core, room_id: str, hook: str, people: Sequence[Participant]) -> None:
    """Tells the room's applications of each, one after the other and beside the call."""
    if not people:
        return
    async with core.db.read() as conn:
        on = await room_apps.enabled(conn, room_id)
        room = await rooms.get(conn, room_id)
    if room is not None and has_listeners(core, hook, on):
        core.background.start(_tell_each(core, hook, room, on, people))


async def _tell_each(
    core: Core, hook: str, room: Room, on: Sequence[str], people: Sequence[Participant]
) -> None:
    for one in people:
        await tell_room(core, hook, room, on=on, participant=one)


def as_application(actor: Actor | None, app_id: str) -> Actor:
    """Who acts: the application, for the person who caused its hook if there is one."""
    return replace(actor or Actor(), app_id=app_id)


def own_names(metadata: JsonObject | None) -> None:
    """Raises `ValidationFailed` where people claim for themselves what only applications say."""
    if wrong := sorted(name for name in metadata or {} if ":" in name):
        raise ValidationFailed(
            "Names with a colon are those of applications.",
            {f"metadata/{name[:60]}": ["is for an application to say"] for name in wrong},
        )
