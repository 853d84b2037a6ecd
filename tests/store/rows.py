"""A room with people and a prize, written by the store's own functions."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncConnection

from host.contract import ReviewState, Role, User
from host.store import apps, participants, prizes, rooms, users, winners
from host.store.apps import Source
from host.store.users import Account

NOON = datetime(2026, 12, 31, 12, 0, tzinfo=UTC)


def at(seconds: float) -> datetime:
    """So many seconds after noon."""
    return NOON + timedelta(seconds=seconds)


@dataclass(frozen=True)
class Hall:
    """Ids of what `hall` wrote: a room `room`, its organizer, and one prize of two units."""

    room: str
    olga: str
    organizer: str
    prize: str


async def person(conn: AsyncConnection, name: str) -> str:
    """A user who is called and identified by `name`."""
    user = User(name, f"{name}@example.com", name, None, NOON, NOON)
    await users.insert(conn, Account(user))
    return name


async def application(conn: AsyncConnection, app_id: str, version: str = "1.0.0") -> None:
    """An application with a kept manifest."""
    await apps.keep(
        conn,
        app_id=app_id,
        version=version,
        manifest={"meta": {"name": app_id}},
        source=Source.IN_PROCESS,
        review_state=ReviewState.APPROVED,
        now=NOON,
    )


async def part(
    conn: AsyncConnection,
    room_id: str,
    user_id: str,
    role: Role = Role.PARTICIPANT,
    now: datetime = NOON,
) -> str:
    """A participant who is identified by `in-<user>`."""
    participant_id = f"in-{room_id}-{user_id}"
    await participants.insert(
        conn,
        participant_id=participant_id,
        room_id=room_id,
        user_id=user_id,
        role=role,
        metadata={},
        now=now,
    )
    return participant_id


async def prize(conn: AsyncConnection, room_id: str, name: str, quantity: int = 2) -> str:
    """A prize that is called and identified by `name`."""
    await prizes.insert(
        conn,
        prize_id=name,
        room_id=room_id,
        name=name,
        description=None,
        image_url=None,
        quantity=quantity,
        metadata={},
        now=NOON,
    )
    return name


async def win(conn: AsyncConnection, hall: Hall, winner_id: str, participant_id: str) -> None:
    """A win of the hall's prize, without taking its unit."""
    await winners.insert(
        conn,
        winner_id=winner_id,
        room_id=hall.room,
        participant_id=participant_id,
        prize_id=hall.prize,
        draw_id=None,
        metadata={},
        now=NOON,
    )


async def room(conn: AsyncConnection, room_id: str, created_by: str, *, app: str = "lot") -> str:
    """A private room of an application that is there already."""
    await rooms.insert(
        conn,
        room_id=room_id,
        name=f"Room {room_id}",
        description=None,
        app_id=app,
        settings={},
        manifest_version="1.0.0",
        is_public=False,
        join_code=f"CODE{room_id}"[:16],
        created_by=created_by,
        now=NOON,
    )
    return room_id


async def hall(conn: AsyncConnection) -> Hall:
    """Olga's room with the application `lot`, and a prize of two units."""
    olga = await person(conn, "olga")
    await application(conn, "lot")
    await room(conn, "hall", olga)
    organizer = await part(conn, "hall", olga, Role.ORGANIZER)
    return Hall("hall", olga, organizer, await prize(conn, "hall", "sled"))
