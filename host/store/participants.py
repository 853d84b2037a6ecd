"""Participants: rows in, `Participant` out."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from host.contract import JsonObject, Participant, Person, Role
from host.store.paging import Page, PageRequest, fetch_page
from host.store.searching import has
from host.store.tables import participants, users

SELECT = sa.select(
    participants,
    users.c.name.label("user_name"),
    users.c.avatar.label("user_avatar"),
).join_from(participants, users, users.c.id == participants.c.user_id)
# Built once: putting a statement together costs as much as running it.
_OF_USER = SELECT.where(
    participants.c.room_id == sa.bindparam("room_id"),
    participants.c.user_id == sa.bindparam("user_id"),
)
_ANY = SELECT.where(
    participants.c.room_id == sa.bindparam("room_id"),
    participants.c.id == sa.bindparam("participant_id"),
)
_LIVING = _ANY.where(participants.c.deleted_at.is_(None))
_INSERT = participants.insert()
_OF_USERS = SELECT.with_only_columns(
    participants.c.id,
    participants.c.user_id,
    participants.c.room_id,
    participants.c.role,
    participants.c.metadata,
    participants.c.joined_at,
    participants.c.updated_at,
    participants.c.deleted_at,
    users.c.name,
    users.c.avatar,
).where(
    participants.c.room_id == sa.bindparam("room_id"),
    participants.c.user_id.in_(sa.bindparam("user_ids", expanding=True)),
    participants.c.deleted_at.is_(None),
)
_ROLES = {role.value: role for role in Role}
_ORDER = (participants.c.joined_at, participants.c.id)


@dataclass(frozen=True)
class Membership:
    """A participant as the room keeps it, whether living, gone or banned."""

    participant: Participant
    banned: bool
    removed: bool
    """Whether it was somebody else who ended their part, and they have not come back."""


def read(row: Any, prefix: str = "") -> Participant:
    """A row of `SELECT` as a contract value, its columns named with `prefix` in a wider one."""
    found = row._mapping
    return Participant(
        id=found[f"{prefix}id"],
        user_id=found[f"{prefix}user_id"],
        room_id=found[f"{prefix}room_id"],
        role=Role(found[f"{prefix}role"]),
        metadata=found[f"{prefix}metadata"],
        joined_at=found[f"{prefix}joined_at"],
        updated_at=found[f"{prefix}updated_at"],
        deleted_at=found[f"{prefix}deleted_at"],
        user=Person(
            found[f"{prefix}user_id"], found[f"{prefix}user_name"], found[f"{prefix}user_avatar"]
        ),
    )


async def get(
    connection: AsyncConnection, room_id: str, participant_id: str, *, deleted: bool = False
) -> Participant | None:
    """One participant of the room; those who left only when `deleted` is true."""
    given = {"room_id": room_id, "participant_id": participant_id}
    query = _ANY if deleted else _LIVING
    row = (await connection.execute(query, given)).one_or_none()
    return read(row) if row else None


async def membership(connection: AsyncConnection, room_id: str, user_id: str) -> Membership | None:
    """A user's row in the room, also when they left or were banned."""
    given = {"room_id": room_id, "user_id": user_id}
    row = (await connection.execute(_OF_USER, given)).one_or_none()
    return read_membership(row) if row else None


async def memberships(
    connection: AsyncConnection, room_id: str, user_ids: Collection[str]
) -> dict[str, Membership]:
    """The rows of these users in the room by user id, also of those who left or were banned."""
    query = SELECT.where(
        participants.c.room_id == room_id, participants.c.user_id.in_(list(user_ids))
    )
    rows = (await connection.execute(query)).all()
    return {row.user_id: read_membership(row) for row in rows}


async def standing(
    connection: AsyncConnection, room_id: str, participant_id: str
) -> Membership | None:
    """The row of a participant, also when they left or were banned."""
    query = SELECT.where(participants.c.room_id == room_id, participants.c.id == participant_id)
    row = (await connection.execute(query)).one_or_none()
    return read_membership(row) if row else None


def read_membership(row: Any, prefix: str = "") -> Membership:
    """The same with what the room keeps of it for itself."""
    found = row._mapping
    banned, removed = found[f"{prefix}banned_at"], found[f"{prefix}removed_at"]
    return Membership(read(row, prefix), banned is not None, removed is not None)


async def of_user(connection: AsyncConnection, room_id: str, user_id: str) -> Participant | None:
    """A user's living part in the room."""
    found = await membership(connection, room_id, user_id)
    return found.participant if found and found.participant.deleted_at is None else None


async def of_users(
    connection: AsyncConnection, room_id: str, user_ids: Collection[str]
) -> dict[str, Participant]:
    """The living parts of these users in the room, by user id."""
    given = {"room_id": room_id, "user_ids": list(user_ids)}
    rows = (await connection.execute(_OF_USERS, given)).all()
    # By place: a hall comes in at once, and names cost twice as much.
    return {
        row[1]: Participant(*row[:3], _ROLES[row[3]], *row[4:8], Person(row[1], row[8], row[9]))
        for row in rows
    }


async def page(
    connection: AsyncConnection,
    room_id: str,
    request: PageRequest,
    *,
    role: Role | None = None,
    deleted: bool = False,
    banned: bool = False,
    text: str | None = None,
) -> Page[Participant]:
    """The room's participants in the order of joining; `text` is a part of their name.

    `banned` asks for those who were banned, whether they were in at the time or not.
    """
    query = SELECT.where(participants.c.room_id == room_id)
    if role is not None:
        query = query.where(participants.c.role == role)
    if banned:
        query = query.where(participants.c.banned_at.is_not(None))
    elif not deleted:
        query = query.where(participants.c.deleted_at.is_(None))
    if text:
        query = query.where(has(users.c.name, text))
    return await fetch_page(connection, query, _ORDER, request, read)


async def everyone(
    connection: AsyncConnection, room_id: str, role: Role | None = None
) -> Sequence[Participant]:
    """All living participants (of a role) in the order of joining."""
    query = SELECT.where(participants.c.room_id == room_id, participants.c.deleted_at.is_(None))
    if role is not None:
        query = query.where(participants.c.role == role)
    rows = (await connection.execute(query.order_by(*_ORDER))).all()
    return [read(row) for row in rows]


async def still_entrants(
    connection: AsyncConnection, room_id: str, participant_ids: Sequence[str]
) -> set[str]:
    """Which of these are living participants with the role PARTICIPANT."""
    query = sa.select(participants.c.id).where(
        participants.c.room_id == room_id,
        participants.c.id.in_(participant_ids),
        participants.c.deleted_at.is_(None),
        participants.c.role == Role.PARTICIPANT,
    )
    return set((await connection.execute(query)).scalars())


async def organizer_ids(connection: AsyncConnection, room_id: str) -> Sequence[str]:
    """The user ids of a room's organizers."""
    query = sa.select(participants.c.user_id).where(
        participants.c.room_id == room_id,
        participants.c.role == Role.ORGANIZER,
        participants.c.deleted_at.is_(None),
    )
    return (await connection.execute(query)).scalars().all()


async def organizers(connection: AsyncConnection, room_id: str) -> int:
    """How many living organizers the room has."""
    query = sa.select(sa.func.count()).where(
        participants.c.room_id == room_id,
        participants.c.role == Role.ORGANIZER,
        participants.c.deleted_at.is_(None),
    )
    return (await connection.execute(query)).scalar_one()


async def insert(
    connection: AsyncConnection,
    *,
    participant_id: str,
    room_id: str,
    user_id: str,
    role: Role,
    metadata: JsonObject,
    now: datetime,
    name_key: str | None = None,
) -> None:
    """A person's first part in the room; the database refuses a second."""
    given = {
        "id": participant_id,
        "room_id": room_id,
        "user_id": user_id,
        "role": role,
        "metadata": metadata,
        "joined_at": now,
        "updated_at": now,
        "name_key": name_key,
    }
    await connection.execute(_INSERT, given)


async def insert_all(
    connection: AsyncConnection, people: Sequence[tuple[Participant, str | None]]
) -> None:
    """The first parts of several people, each with the key of their name if the room has rules."""
    given = [
        {
            "id": one.id,
            "room_id": one.room_id,
            "user_id": one.user_id,
            "role": one.role,
            "metadata": one.metadata,
            "joined_at": one.joined_at,
            "updated_at": one.updated_at,
            "name_key": key,
        }
        for one, key in people
    ]
    if given:
        await connection.execute(_INSERT, given)


async def end_all(
    connection: AsyncConnection, participant_ids: Collection[str], now: datetime
) -> None:
    """Ends the parts of several people, not by their own leave."""
    await connection.execute(
        participants.update()
        .where(participants.c.id.in_(list(participant_ids)))
        .values(updated_at=now, deleted_at=now, removed_at=now)
    )


async def update(
    connection: AsyncConnection, participant_id: str, now: datetime, **changes: Any
) -> None:
    """Changes columns of a participant."""
    await connection.execute(
        participants.update()
        .where(participants.c.id == participant_id)
        .values(updated_at=now, **changes)
    )
