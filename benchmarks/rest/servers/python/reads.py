"""The three calls that read."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query  # type: ignore[import-not-found]
from sqlalchemy import Select, exists, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import joinedload

from benchmarks.rest.servers.python.common import Caller, RoomId, Session, no_room
from benchmarks.rest.servers.python.schemas import INCLUDES, Many, Meta, One, Role, Status
from benchmarks.rest.servers.python.schemas import Participant as ParticipantShape
from benchmarks.rest.servers.python.schemas import Room as RoomShape
from benchmarks.rest.servers.python.schemas import WholeRoom as WholeRoomShape
from benchmarks.rest.servers.python.tables import Participant, Prize, Room, RoomApp, Winner

router = APIRouter(prefix="/api/v1")
FIRST = 50
WITH_APP = (joinedload(Room.organizer), joinedload(Room.main_app).joinedload(RoomApp.version))
PEOPLE = (
    select(Participant)
    .options(joinedload(Participant.user))
    .where(Participant.deleted_at.is_(None))
    .order_by(Participant.joined_at, Participant.id)
)
FUND = select(Prize).where(Prize.deleted_at.is_(None)).order_by(Prize.created_at, Prize.id)
WON = (
    select(Winner)
    .options(joinedload(Winner.participant).joinedload(Participant.user), joinedload(Winner.prize))
    .where(Winner.deleted_at.is_(None))
    .order_by(Winner.created_at, Winner.id)
)
LISTS: dict[str, tuple[Select[Any], Any]] = {
    "participants": (PEOPLE, Participant.room_id),
    "prizes": (FUND, Prize.room_id),
    "winners": (WON, Winner.room_id),
}
Page = Annotated[int, Query(ge=1, le=1_000_000)]


def as_room(row: Room) -> dict[str, Any]:
    """A room without the settings that only those see who may edit it."""
    manifest, version = row.main_app.version.manifest, row.main_app.manifest_version
    known = manifest.get("settings", {}).get("properties", {})
    settings = {
        name: value
        for name, value in row.main_app.settings.items()
        if not known.get(name, {}).get("writeOnly")
    }
    counts = (row.participant_count, row.prize_count, row.winner_count)
    return {
        **{name: getattr(row, name) for name in RoomShape.model_fields if hasattr(row, name)},
        "app_settings": settings,
        "app_manifest_version": version,
        "app": {"app_id": row.app_id, "manifest": manifest, "manifest_version": version},
        "counts": dict(zip(("participants", "prizes", "winners"), counts, strict=True)),
    }


async def role_in(session: AsyncSession, room_id: str, user_id: str) -> str | None:
    """The caller's role; None for who is not in the room."""
    return await session.scalar(
        select(Participant.role).where(
            Participant.room_id == room_id,
            Participant.user_id == user_id,
            Participant.deleted_at.is_(None),
        )
    )


@router.get(  # type: ignore[untyped-decorator]
    "/rooms/{room_id}", response_model=One[WholeRoomShape], response_model_exclude_unset=True
)
async def one_room(
    room_id: RoomId,
    caller: Caller,
    session: Session,
    include: Annotated[str, Query(pattern=INCLUDES)] = "",
) -> Any:
    """One room, with the first page of what is asked for."""
    living = select(Room).options(*WITH_APP).where(Room.id == room_id, Room.deleted_at.is_(None))
    row = await session.scalar(living)
    if row is None or not (row.is_public or await role_in(session, room_id, caller)):
        raise no_room()
    data = as_room(row)
    for name in filter(None, include.split(",")):
        query, of_room = LISTS[name]
        found = await session.scalars(query.where(of_room == room_id).limit(FIRST))
        data[name] = found.all()
    return {"data": data}


@router.get("/rooms", response_model=Many[RoomShape])  # type: ignore[untyped-decorator]
async def list_rooms(
    caller: Caller,
    session: Session,
    page: Page = 1,
    limit: Annotated[int, Query(ge=1, le=100)] = 20,
    status: Status | None = None,
    is_public: Annotated[bool | None, Query(alias="isPublic")] = None,
) -> Any:
    """Public rooms and those the caller is in, newest first."""
    mine = exists().where(
        Participant.room_id == Room.id,
        Participant.user_id == caller,
        Participant.deleted_at.is_(None),
    )
    where = [Room.deleted_at.is_(None), or_(Room.is_public, mine)]
    if status is not None:
        where.append(Room.status == status)
    if is_public is not None:
        where.append(Room.is_public == is_public)
    total = await session.scalar(select(func.count()).select_from(Room).where(*where)) or 0
    found = await session.scalars(
        select(Room)
        .options(*WITH_APP)
        .where(*where)
        .order_by(Room.created_at.desc(), Room.id.desc())
        .limit(limit)
        .offset((page - 1) * limit)
    )
    return {"data": [as_room(row) for row in found], "meta": _meta(page, limit, total)}


@router.get("/rooms/{room_id}/participants", response_model=Many[ParticipantShape])  # type: ignore[untyped-decorator]
async def list_participants(
    room_id: RoomId,
    caller: Caller,
    session: Session,
    page: Page = 1,
    limit: Annotated[int, Query(ge=1, le=100)] = 50,
    role: Role | None = None,
) -> Any:
    """Who takes part, in the order of joining."""
    door = select(Room.is_public, Room.participant_count).where(
        Room.id == room_id, Room.deleted_at.is_(None)
    )
    room = (await session.execute(door)).one_or_none()
    if room is None or not (room.is_public or await role_in(session, room_id, caller)):
        raise no_room()
    query, total = PEOPLE.where(Participant.room_id == room_id), room.participant_count
    if role is not None:
        query = query.where(Participant.role == role)
        counted = select(func.count()).select_from(query.order_by(None).subquery())
        total = await session.scalar(counted) or 0
    found = await session.scalars(query.limit(limit).offset((page - 1) * limit))
    return {"data": found.all(), "meta": _meta(page, limit, total)}


def _meta(page: int, limit: int, total: int) -> Meta:
    return Meta(page=page, limit=limit, total=total, total_pages=-(-total // limit))
