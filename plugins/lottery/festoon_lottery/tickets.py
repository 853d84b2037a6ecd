"""How many tickets a guest holds, and which numbers they carry.

Everyone gets the number of tickets that the room's settings say. A participant's metadata may
lower that for one person (`{"tickets": 1}`, or 0 for someone who only watches); it can never
raise it, because people send their own metadata when they join. Only what the lottery itself says
of somebody does, from the guest list or by an answer at the door: `{"lottery:tickets": 5}`, which
the host lets nobody send.

Numbers are handed out from 1 on, when a guest first opens the page or at the latest before a
draw, and kept: nobody's number changes because someone else leaves or comes.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from festoon_lottery.tables import drums, tickets
from host import AsyncDatabase, Participant

GRANTED = "lottery:tickets"
"""The name in a participant's metadata under which the lottery says how many tickets they have."""
Numbers = tuple[range, ...]
"""The ticket numbers of one guest, rising."""


def entitled(participant: Participant, settings: Mapping[str, Any]) -> int:
    """How many tickets a participant holds, 0 or more."""
    most = _number(participant.metadata.get(GRANTED))
    if most is None:
        most = int(settings["ticketsPerGuest"])
    wished = _number(participant.metadata.get("tickets"))
    return most if wished is None else max(0, min(wished, most))


def _number(value: Any) -> int | None:
    # A bool is an int to Python, but no number of tickets to anyone.
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def number_at(numbers: Numbers, place: int) -> int:
    """The ticket number at a place, counted from 0 through all of a guest's numbers."""
    for run in numbers:
        if place < len(run):
            return run[place]
        place -= len(run)
    raise IndexError("the guest holds fewer tickets")


def first_numbers(numbers: Numbers, count: int) -> list[int]:
    """The `count` lowest numbers of a guest: those that are in the drum."""
    return [number_at(numbers, place) for place in range(count)]


async def hand_out(
    database: AsyncDatabase,
    room_id: str,
    guests: Sequence[Participant],
    settings: Mapping[str, Any],
) -> dict[str, Numbers]:
    """The numbers of these guests by participant id; those who lack some are given them first."""
    return await hand_out_due(
        database, room_id, [(guest, entitled(guest, settings)) for guest in guests]
    )


async def hand_out_due(
    database: AsyncDatabase, room_id: str, wanted: Sequence[tuple[Participant, int]]
) -> dict[str, Numbers]:
    """As `hand_out`, where it is settled how many each has to hold."""
    guests = [guest for guest, _ in wanted]
    async with database.read() as connection:
        held = await _held(connection, room_id, guests)
    if all(_count(held[guest.id]) >= due for guest, due in wanted):
        return held
    async with database.write() as connection:
        last = await _lock(connection, room_id)
        held = await _held(connection, room_id, guests)
        rows = []
        for guest, due in wanted:
            missing = due - _count(held[guest.id])
            if missing <= 0:
                continue
            rows.append(_row(room_id, guest, last + 1, missing))
            held[guest.id] += (range(last + 1, last + 1 + missing),)
            last += missing
        if rows:
            await connection.execute(tickets.insert(), rows)
        await connection.execute(
            drums.update().where(drums.c.room_id == room_id).values(handed_out=last)
        )
    return held


def _row(room_id: str, guest: Participant, first: int, count: int) -> dict[str, Any]:
    return {
        "room_id": room_id,
        "first": first,
        "count": count,
        "participant_id": guest.id,
        "user_id": guest.user_id,
    }


async def tickets_of(database: AsyncDatabase, user_id: str) -> list[dict[str, Any]]:
    """All ticket numbers that the lottery keeps for a user."""
    query = (
        sa.select(tickets.c.room_id, tickets.c.first, tickets.c.count)
        .where(tickets.c.user_id == user_id)
        .order_by(tickets.c.room_id, tickets.c.first)
    )
    async with database.read() as connection:
        return [
            {"roomId": room_id, "first": first, "count": count}
            for room_id, first, count in await connection.execute(query)
        ]


async def forget(database: AsyncDatabase, user_id: str) -> None:
    """Unties a user from their numbers. The numbers stay taken."""
    async with database.write() as connection:
        await connection.execute(
            tickets.update().where(tickets.c.user_id == user_id).values(user_id=None)
        )


def _count(numbers: Numbers) -> int:
    return sum(len(run) for run in numbers)


async def _lock(connection: AsyncConnection, room_id: str) -> int:
    """Makes the room's drum if it has none, locks it, and answers the highest number given."""
    await connection.execute(
        sa.text(
            "INSERT INTO lottery_drums (room_id, handed_out) VALUES (:room, 0)"
            " ON CONFLICT (room_id) DO NOTHING"
        ),
        {"room": room_id},
    )
    query = sa.select(drums.c.handed_out).where(drums.c.room_id == room_id).with_for_update()
    return int(await connection.scalar(query) or 0)


async def _held(
    connection: AsyncConnection, room_id: str, guests: Iterable[Participant]
) -> dict[str, Numbers]:
    ids = [guest.id for guest in guests]
    query = (
        sa.select(tickets.c.participant_id, tickets.c.first, tickets.c.count)
        .where(tickets.c.room_id == room_id)
        .order_by(tickets.c.first)
    )
    if len(ids) == 1:
        query = query.where(tickets.c.participant_id == ids[0])
    found: defaultdict[str, Numbers] = defaultdict(tuple)
    for participant_id, first, count in await connection.execute(query):
        found[participant_id] += (range(first, first + count),)
    return {participant_id: found[participant_id] for participant_id in ids}
