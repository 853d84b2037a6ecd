"""The door of a room: whether it is locked, what names may be like, who is kept out."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from host.contract import JsonObject, RoomStatus
from host.store.tables import participants, rooms, users

_OPEN = (RoomStatus.DRAFT, RoomStatus.ACTIVE)
_TAKEN = sa.exists().where(
    participants.c.room_id == sa.bindparam("room_id"),
    participants.c.name_key == sa.bindparam("key"),
    participants.c.user_id != sa.bindparam("user_id"),
    participants.c.deleted_at.is_(None),
)
# The name is held until the transaction ends: it must not change between the look and the write.
_NAME = (
    sa.select(users.c.name, _TAKEN.label("taken"))
    .where(users.c.id == sa.bindparam("user_id"))
    .with_for_update(read=True, of=users)
)


@dataclass(frozen=True)
class Door:
    """`locked_at` is None while anybody may come in; `rules` as they are kept, None for none."""

    locked_at: datetime | None = None
    rules: JsonObject | None = None


def read(row: Any) -> Door:
    """The door in a row that has the columns of rooms."""
    return Door(row.locked_at, row.nickname_rules)


async def get(connection: AsyncConnection, room_id: str) -> Door:
    """The door of a room that is there."""
    query = sa.select(rooms.c.locked_at, rooms.c.nickname_rules).where(rooms.c.id == room_id)
    return read((await connection.execute(query)).one())


async def put(connection: AsyncConnection, room_id: str, door: Door) -> None:
    """Changes the door; the room itself is as it was, so its `updated_at` is too."""
    await connection.execute(
        rooms.update()
        .where(rooms.c.id == room_id)
        .values(locked_at=door.locked_at, nickname_rules=door.rules)
    )


async def name_in(
    connection: AsyncConnection, room_id: str, user_id: str, key: str
) -> tuple[str, bool]:
    """A user's name as it is now, and whether somebody else in the room stands under `key`."""
    given = {"room_id": room_id, "user_id": user_id, "key": key}
    row = (await connection.execute(_NAME, given)).one()
    return row.name, bool(row.taken)


async def is_taken(connection: AsyncConnection, room_id: str, user_id: str, key: str) -> bool:
    """Whether somebody else in the room stands under `key`; it may change at once."""
    given = {"room_id": room_id, "user_id": user_id, "key": key}
    return bool((await connection.execute(sa.select(_TAKEN), given)).scalar_one())


async def held(connection: AsyncConnection, room_id: str, keys: Collection[str]) -> set[str]:
    """Which of these keys somebody in the room stands under."""
    if not keys:
        return set()
    query = sa.select(participants.c.name_key).where(
        participants.c.room_id == room_id,
        participants.c.name_key.in_(list(keys)),
        participants.c.deleted_at.is_(None),
    )
    return set((await connection.execute(query)).scalars())


async def ruled_rooms(
    connection: AsyncConnection, user_id: str, *, lock: bool
) -> Sequence[tuple[str, JsonObject]]:
    """Rooms with rules for names that a user is in and that are not over, with the rules.

    `lock` holds their rows until the transaction ends, always in the same order.
    """
    query = (
        sa.select(rooms.c.id, rooms.c.nickname_rules)
        .join(participants, participants.c.room_id == rooms.c.id)
        .where(
            participants.c.user_id == user_id,
            participants.c.deleted_at.is_(None),
            rooms.c.deleted_at.is_(None),
            rooms.c.nickname_rules.is_not(None),
            rooms.c.status.in_(_OPEN),
        )
        .order_by(rooms.c.id)
    )
    if lock:
        query = query.with_for_update(of=rooms)
    return [(row.id, row.nickname_rules) for row in (await connection.execute(query)).all()]


async def names(connection: AsyncConnection, room_id: str) -> Sequence[tuple[str, str]]:
    """Participant id and name of everybody who is in."""
    query = (
        sa.select(participants.c.id, users.c.name)
        .join(users, users.c.id == participants.c.user_id)
        .where(participants.c.room_id == room_id, participants.c.deleted_at.is_(None))
    )
    return [(row.id, row.name) for row in (await connection.execute(query)).all()]


async def put_keys(connection: AsyncConnection, keys: Sequence[tuple[str, str]]) -> None:
    """Writes the name keys of participants, each given as id and key."""
    if not keys:
        return
    statement = (
        participants.update()
        .where(participants.c.id == sa.bindparam("which"))
        .values(name_key=sa.bindparam("key"))
    )
    await connection.execute(statement, [{"which": one, "key": key} for one, key in keys])


async def put_key(connection: AsyncConnection, room_id: str, user_id: str, key: str | None) -> None:
    """Writes the name key of a user's part in a room."""
    await connection.execute(
        participants.update()
        .where(participants.c.room_id == room_id, participants.c.user_id == user_id)
        .values(name_key=key)
    )


async def forget_keys(connection: AsyncConnection, user_id: str) -> None:
    """Forgets what a user's name looked like, in every room."""
    await connection.execute(
        participants.update().where(participants.c.user_id == user_id).values(name_key=None)
    )


async def banned(connection: AsyncConnection, room_id: str) -> int:
    """How many are kept out of the room."""
    query = sa.select(sa.func.count()).where(
        participants.c.room_id == room_id, participants.c.banned_at.is_not(None)
    )
    return (await connection.execute(query)).scalar_one()
