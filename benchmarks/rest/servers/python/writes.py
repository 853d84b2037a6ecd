"""The two calls that write, each in one transaction with its event."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime
from typing import Any

from fastapi import APIRouter  # type: ignore[import-not-found]
from sqlalchemy import exists, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import contains_eager, joinedload

from benchmarks.rest.servers.python.common import (
    Caller,
    Refused,
    RoomId,
    Session,
    already_in,
    new_id,
    no_room,
)
from benchmarks.rest.servers.python.reads import PEOPLE, role_in
from benchmarks.rest.servers.python.schemas import DrawAsked, Join, One
from benchmarks.rest.servers.python.schemas import Participant as ParticipantShape
from benchmarks.rest.servers.python.schemas import Winner as WinnerShape
from benchmarks.rest.servers.python.tables import (
    Draw,
    Event,
    Participant,
    Prize,
    Room,
    RoomApp,
    User,
    Winner,
)

router = APIRouter(prefix="/api/v1")


def _may_join(status: str, locked_at: datetime | None) -> None:
    if status != "ACTIVE":
        raise Refused(409, "ROOM_NOT_ACTIVE", "The room is not open.")
    if locked_at is not None:
        raise Refused(409, "CONFLICT", "The door is locked.")


@router.post("/rooms/{room_id}/participants", status_code=201, response_model=One[ParticipantShape])  # type: ignore[untyped-decorator]
async def join(room_id: RoomId, caller: Caller, session: Session, asked: Join) -> Any:
    """Joins the room."""
    person = await session.scalar(
        select(Participant).where(Participant.room_id == room_id, Participant.user_id == caller)
    )
    user = await session.get(User, caller)
    room = await session.get(Room, room_id)
    if user is None or user.deleted_at is not None:
        raise Refused(401, "UNAUTHORIZED", "Sign in first.")
    if room is None or room.deleted_at is not None:
        raise no_room()
    if not (room.is_public or asked.joinCode == room.join_code):
        raise no_room()
    if person is not None and person.banned_at is not None:
        raise Refused(403, "FORBIDDEN", "You may not return to this room.")
    if person is not None and person.deleted_at is None:
        raise already_in()
    _may_join(room.status, room.locked_at)
    now = datetime.now(UTC)
    if person is None:
        person = Participant(id=new_id(), room_id=room_id, user_id=caller, user=user)
        session.add(person)
    person.role, person.data = asked.role, asked.metadata
    person.joined_at = person.updated_at = now
    person.deleted_at = person.removed_at = None
    person.name_key = user.name.lower()
    try:
        await session.flush()
    except IntegrityError:
        raise already_in() from None
    # The room's row lock orders all who write to the room: held no longer than it must be.
    counted = await session.execute(
        update(Room)
        .where(Room.id == room_id)
        .values(event_seq=Room.event_seq + 1, participant_count=Room.participant_count + 1)
        .returning(Room.event_seq, Room.status, Room.locked_at),
        execution_options={"synchronize_session": False},
    )
    seq, status, locked_at = counted.one()
    _may_join(status, locked_at)
    shown = ParticipantShape.model_validate(person)
    session.add(_event(room_id, seq, "participant:joined", shown, now))
    await session.commit()
    return {"data": person}


@router.post("/rooms/{room_id}/draws", status_code=201, response_model=One[list[WinnerShape]])  # type: ignore[untyped-decorator]
async def draw(room_id: RoomId, caller: Caller, session: Session, asked: DrawAsked) -> Any:
    """Draws winners; everyone who can win has the same chance."""
    if await role_in(session, room_id, caller) not in ("ADMIN", "ORGANIZER", "MODERATOR"):
        raise Refused(403, "FORBIDDEN", "Only organizers and moderators draw.")
    room = await session.scalar(
        select(Room)
        .join(Room.main_app)
        .options(contains_eager(Room.main_app))
        .where(Room.id == room_id, Room.deleted_at.is_(None))
        .with_for_update(of=Room)
    )
    if room is None:
        raise no_room()
    if room.status != "ACTIVE":
        raise Refused(409, "ROOM_NOT_ACTIVE", "The room is not open.")
    prize = await _prize(session, room_id, asked.prizeId)
    if prize.quantity - prize.awarded < asked.count:
        raise Refused(409, "PRIZE_EXHAUSTED", "Too few of this prize are left.")
    entrants = await _entrants(session, room_id, prize.id)
    if len(entrants) < asked.count:
        raise Refused(409, "CONFLICT", "Too few can win this prize.")
    chosen = secrets.SystemRandom().sample(entrants, asked.count)
    now, main_app = datetime.now(UTC), room.main_app
    record = _draw(main_app, prize.id, caller, asked.count, entrants, now)
    session.add(record)
    await session.flush()
    people = await session.scalars(
        select(Participant).options(joinedload(Participant.user)).where(Participant.id.in_(chosen))
    )
    by_id = {person.id: person for person in people}
    winners = [
        Winner(
            id=new_id(),
            room_id=room_id,
            participant=by_id[one],
            prize=prize,
            participant_id=one,
            prize_id=prize.id,
            draw_id=record.id,
            data={},
            created_at=now,
            deleted_at=None,
        )
        for one in chosen
    ]
    prize.awarded += asked.count
    prize.updated_at = now
    room.event_seq += asked.count
    room.winner_count += asked.count
    room.winner_revision += 1
    first = room.event_seq - asked.count + 1
    session.add_all(winners)
    for seq, winner in enumerate(winners, first):
        shown = WinnerShape.model_validate(winner)
        session.add(_event(room_id, seq, "winner:selected", shown, now))
    await session.commit()
    return {"data": winners}


async def _prize(session: AsyncSession, room_id: str, prize_id: str | None) -> Prize:
    living = select(Prize).where(Prize.room_id == room_id, Prize.deleted_at.is_(None))
    if prize_id is not None:
        prize = await session.scalar(living.where(Prize.id == prize_id))
    else:
        left = living.where(Prize.awarded < Prize.quantity)
        prize = await session.scalar(left.order_by(Prize.created_at, Prize.id).limit(1))
    if prize is None:
        raise Refused(404, "NOT_FOUND", "There is no such prize in this room.")
    return prize


async def _entrants(session: AsyncSession, room_id: str, prize_id: str) -> list[str]:
    held = exists().where(
        Winner.participant_id == Participant.id,
        Winner.prize_id == prize_id,
        Winner.deleted_at.is_(None),
    )
    found = await session.scalars(
        PEOPLE.with_only_columns(Participant.id).where(
            Participant.room_id == room_id, Participant.role == "PARTICIPANT", ~held
        )
    )
    return list(found)


def _draw(
    app: RoomApp, prize_id: str, caller: str, count: int, entrants: list[str], now: datetime
) -> Draw:
    return Draw(
        id=new_id(),
        room_id=app.room_id,
        prize_id=prize_id,
        app_id="platform",
        manifest_version=app.manifest_version,
        fallback=False,
        seed=secrets.token_hex(32),
        count=count,
        entrants=entrants,
        record={},
        drawn_by=caller,
        created_at=now,
    )


def _event(
    room_id: str, seq: int, name: str, shown: ParticipantShape | WinnerShape, now: datetime
) -> Event:
    data = shown.model_dump(mode="json", by_alias=True)
    return Event(room_id=room_id, seq=seq, event=name, data=data, audience="all", at=now)
