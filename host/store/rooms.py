"""Rooms: rows in, `Room` out."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from host.contract import AppRef, Participant, Person, Room, RoomCounts, RoomStatus
from host.store import doors
from host.store.doors import Door
from host.store.paging import Page, PageRequest
from host.store.participants import Membership, read_membership
from host.store.participants import read as read_participant
from host.store.searching import has
from host.store.tables import app_versions, participants, room_apps, rooms, users

_FROM = (
    rooms.join(
        room_apps,
        sa.and_(room_apps.c.room_id == rooms.c.id, room_apps.c.app_id == rooms.c.app_id),
    )
    .join(
        app_versions,
        sa.and_(
            app_versions.c.app_id == room_apps.c.app_id,
            app_versions.c.version == room_apps.c.manifest_version,
        ),
    )
    .join(users, users.c.id == rooms.c.owner_id)
)
_SELECT = sa.select(
    rooms,
    room_apps.c.settings,
    room_apps.c.manifest_version,
    app_versions.c.manifest,
    users.c.name.label("organizer_name"),
    users.c.avatar.label("organizer_avatar"),
).select_from(_FROM)

_LIVING = _SELECT.where(rooms.c.id == sa.bindparam("room_id"), rooms.c.deleted_at.is_(None))
_PERSON = users.alias("part_user")


def _with_part(*which: sa.ColumnElement[bool]) -> sa.Select[Any]:
    """One statement for what every call into a room begins with; built once, as the hottest."""
    return (
        _SELECT.add_columns(
            *(column.label(f"part_{column.name}") for column in participants.c),
            _PERSON.c.name.label("part_user_name"),
            _PERSON.c.avatar.label("part_user_avatar"),
        )
        .select_from(
            _FROM.outerjoin(
                participants,
                sa.and_(
                    participants.c.room_id == rooms.c.id,
                    participants.c.user_id == sa.bindparam("user_id"),
                    *which,
                ),
            ).outerjoin(_PERSON, _PERSON.c.id == participants.c.user_id)
        )
        .where(rooms.c.id == sa.bindparam("room_id"), rooms.c.deleted_at.is_(None))
    )


_ENTERED = _with_part(participants.c.deleted_at.is_(None))
_APPROACHED = _with_part()
_LOCK = sa.select(rooms.c.id).where(rooms.c.id == sa.bindparam("room_id")).with_for_update()
_ADVANCE = (
    rooms.update()
    .where(rooms.c.id == sa.bindparam("of_room"))
    .values(
        event_seq=sa.bindparam("to_seq"),
        participant_count=rooms.c.participant_count + sa.bindparam("participants"),
        prize_count=rooms.c.prize_count + sa.bindparam("prizes"),
        winner_count=rooms.c.winner_count + sa.bindparam("winners"),
        winner_revision=rooms.c.winner_revision + sa.bindparam("revisions"),
    )
)
_EVENT_SEQ = sa.select(rooms.c.event_seq).where(rooms.c.id == sa.bindparam("room_id"))


def _read(row: Any) -> Room:
    return Room(
        id=row.id,
        name=row.name,
        description=row.description,
        app_id=row.app_id,
        app_settings=row.settings,
        app_manifest_version=row.manifest_version,
        status=RoomStatus(row.status),
        is_public=row.is_public,
        join_code=row.join_code,
        created_by=row.created_by,
        created_at=row.created_at,
        updated_at=row.updated_at,
        deleted_at=row.deleted_at,
        app=AppRef(row.app_id, row.manifest, row.manifest_version),
        organizer=Person(row.owner_id, row.organizer_name, row.organizer_avatar),
        counts=RoomCounts(row.participant_count, row.prize_count, row.winner_count),
    )


@dataclass(frozen=True)
class LockedRoom:
    """A room whose row lock this transaction holds, with the counters that go with it."""

    room: Room
    event_seq: int
    winner_revision: int
    door: Door


@dataclass(frozen=True)
class RoomFilter:
    """Which rooms a list is about; None means any."""

    status: RoomStatus | None = None
    app_id: str | None = None
    is_public: bool | None = None
    created_by: str | None = None
    text: str | None = None


async def get(connection: AsyncConnection, room_id: str) -> Room | None:
    """A living room."""
    row = (await connection.execute(_LIVING, {"room_id": room_id})).one_or_none()
    return _read(row) if row else None


async def entered(
    connection: AsyncConnection, room_id: str, user_id: str
) -> tuple[Room, Participant | None] | None:
    """A living room and the user's own living part in it."""
    given = {"room_id": room_id, "user_id": user_id}
    row = (await connection.execute(_ENTERED, given)).one_or_none()
    if row is None:
        return None
    return _read(row), read_participant(row, "part_") if row.part_id else None


async def approached(
    connection: AsyncConnection, room_id: str, user_id: str
) -> tuple[Room, Membership | None] | None:
    """A living room and the user's row in it, also when they left or were banned."""
    given = {"room_id": room_id, "user_id": user_id}
    row = (await connection.execute(_APPROACHED, given)).one_or_none()
    if row is None:
        return None
    return _read(row), read_membership(row, "part_") if row.part_id else None


async def by_code(connection: AsyncConnection, join_code: str) -> Room | None:
    """The living room that a join code opens."""
    query = _SELECT.where(rooms.c.join_code == join_code, rooms.c.deleted_at.is_(None))
    row = (await connection.execute(query)).one_or_none()
    return _read(row) if row else None


async def lock(connection: AsyncConnection, room_id: str) -> LockedRoom | None:
    """A living room, its row locked until the transaction ends."""
    await connection.execute(_LOCK, {"room_id": room_id})
    row = (await connection.execute(_LIVING, {"room_id": room_id})).one_or_none()
    if row is None:
        return None
    return LockedRoom(_read(row), row.event_seq, row.winner_revision, doors.read(row))


async def event_seq(connection: AsyncConnection, room_id: str) -> int:
    """The seq of the room's newest durable event, 0 when there is none."""
    return (await connection.execute(_EVENT_SEQ, {"room_id": room_id})).scalar_one_or_none() or 0


async def winner_revision(connection: AsyncConnection, room_id: str) -> int:
    """How often winners of the room were added or revoked."""
    query = sa.select(rooms.c.winner_revision).where(rooms.c.id == room_id)
    return (await connection.execute(query)).scalar_one_or_none() or 0


async def insert(
    connection: AsyncConnection,
    *,
    room_id: str,
    name: str,
    description: str | None,
    app_id: str,
    settings: dict[str, Any],
    manifest_version: str,
    is_public: bool,
    join_code: str,
    created_by: str,
    now: datetime,
) -> None:
    """A new room in DRAFT with its main application switched on."""
    await connection.execute(
        rooms.insert().values(
            id=room_id,
            name=name,
            description=description,
            app_id=app_id,
            status=RoomStatus.DRAFT,
            is_public=is_public,
            join_code=join_code,
            created_by=created_by,
            owner_id=created_by,
            created_at=now,
            updated_at=now,
        )
    )
    await connection.execute(
        room_apps.insert().values(
            room_id=room_id,
            app_id=app_id,
            settings=settings,
            manifest_version=manifest_version,
            enabled=True,
            created_at=now,
            updated_at=now,
        )
    )


async def update(connection: AsyncConnection, room_id: str, now: datetime, **changes: Any) -> None:
    """Changes columns of a room."""
    await connection.execute(
        rooms.update().where(rooms.c.id == room_id).values(updated_at=now, **changes)
    )


async def advance(
    connection: AsyncConnection,
    room_id: str,
    *,
    event_seq: int,
    participants: int,
    prizes: int,
    winners: int,
    revisions: int,
) -> None:
    """Moves the room's counter to `event_seq` and its counts by the given differences."""
    given = {
        "of_room": room_id,
        "to_seq": event_seq,
        "participants": participants,
        "prizes": prizes,
        "winners": winners,
        "revisions": revisions,
    }
    await connection.execute(_ADVANCE, given)


async def find(
    connection: AsyncConnection,
    filters: RoomFilter,
    page: PageRequest,
    *,
    viewer_id: str | None,
    only_mine: bool = False,
    see_all: bool = False,
) -> Page[Room]:
    """Rooms, newest first: public ones, and those `viewer_id` is in (or all of them)."""
    mine = sa.exists().where(
        participants.c.room_id == rooms.c.id,
        participants.c.user_id == (viewer_id or ""),
        participants.c.deleted_at.is_(None),
    )
    wanted: list[sa.ColumnElement[bool]] = [rooms.c.deleted_at.is_(None)]
    if only_mine:
        wanted.append(mine)
    elif not see_all:
        wanted.append(sa.or_(rooms.c.is_public, mine) if viewer_id else rooms.c.is_public)
    if filters.status is not None:
        wanted.append(rooms.c.status == filters.status)
    if filters.app_id is not None:
        wanted.append(rooms.c.app_id == filters.app_id)
    if filters.is_public is not None:
        wanted.append(rooms.c.is_public == filters.is_public)
    if filters.created_by is not None:
        wanted.append(rooms.c.created_by == filters.created_by)
    if filters.text:
        wanted.append(has(rooms.c.name, filters.text))
    counted = sa.select(sa.func.count()).select_from(rooms).where(*wanted)
    total = (await connection.execute(counted)).scalar_one()
    query = (
        _SELECT.where(*wanted)
        .order_by(rooms.c.created_at.desc(), rooms.c.id.desc())
        .limit(page.limit)
        .offset((page.page - 1) * page.limit)
    )
    found = (await connection.execute(query)).all()
    return Page([_read(row) for row in found], page, total=total)
