"""The code that a winner shows at the claim desk: a secret of that winner's phone.

It is made by chance and follows from nothing that others can see. The desk looks it up; whoever
types wrong ones has to wait, so that nobody finds one by trying.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from festoon_lottery.tables import metadata, unless_there
from host import AsyncDatabase, Conflict, NotFound

SIGNS = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
"""What a code is made of: nothing that is read for something else."""
LENGTH = 4
MOST_WRONG = 10
WINDOW = timedelta(minutes=10)
"""So many wrong codes are let pass in a room within that time."""

codes = sa.Table(
    "lottery_codes",
    metadata,
    sa.Column("winner_id", sa.String(64), primary_key=True),
    sa.Column("room_id", sa.String(64), nullable=False),
    sa.Column("code", sa.String(8), nullable=False),
    sa.UniqueConstraint("room_id", "code", name="uq_lottery_codes_code"),
)

desks = sa.Table(
    "lottery_desks",
    metadata,
    sa.Column("room_id", sa.String(64), primary_key=True),
    # Wrong codes since then; counted anew when the window is over.
    sa.Column("wrong", sa.Integer, nullable=False),
    sa.Column("since", sa.DateTime(timezone=True), nullable=False),
)


def written(code: str) -> str:
    """As it is shown: `K7·42`."""
    return f"{code[:2]}·{code[2:]}"


def typed(text: str) -> str:
    """What somebody typed, as it is kept: only signs of a code, in capitals."""
    return "".join(sign for sign in text.upper() if sign in SIGNS)[:8]


async def codes_of(
    database: AsyncDatabase, room_id: str, winner_ids: Sequence[str]
) -> dict[str, str]:
    """The codes of these wins; those that have none get one, which stays."""
    if not winner_ids:
        return {}
    async with database.read() as connection:
        found = await _kept(connection, winner_ids)
    while missing := [one for one in winner_ids if one not in found]:
        async with database.write() as connection:
            for winner_id in missing:
                # Two pages at once, or a code that the room has already: the next turn tells.
                row = {"winner_id": winner_id, "room_id": room_id, "code": _made()}
                await connection.execute(unless_there(connection, codes).values(row))
            found = await _kept(connection, winner_ids)
    return found


async def winner_of(database: AsyncDatabase, room_id: str, text: str, now: datetime) -> str:
    """The id of the win whose code was typed.

    Raises `NotFound` for a wrong code, and `Conflict` for every code after too many wrong ones.
    """
    code = typed(text)
    async with database.write() as connection:
        wrong, since = await _lock(connection, room_id, now)
        if now - since >= WINDOW:
            wrong, since = 0, now
        if wrong >= MOST_WRONG:
            minutes = -((since + WINDOW - now) // -timedelta(minutes=1))
            raise Conflict(
                f"Too many wrong codes were typed. Wait {minutes} min, or find the winner by name."
            )
        query = sa.select(codes.c.winner_id)
        query = query.where(codes.c.room_id == room_id, codes.c.code == code)
        found: str | None = await connection.scalar(query)
        if found is None:
            change = desks.update().where(desks.c.room_id == room_id)
            await connection.execute(change.values(wrong=wrong + 1, since=since))
    if found is None:
        raise NotFound("No winner here has this code. Look at the phone again, sign by sign.")
    return found


def _made() -> str:
    return "".join(secrets.choice(SIGNS) for _ in range(LENGTH))


async def _kept(connection: AsyncConnection, winner_ids: Sequence[str]) -> dict[str, str]:
    query = sa.select(codes.c.winner_id, codes.c.code).where(codes.c.winner_id.in_(winner_ids))
    return {row.winner_id: row.code for row in await connection.execute(query)}


async def _lock(connection: AsyncConnection, room_id: str, now: datetime) -> tuple[int, datetime]:
    row = {"room_id": room_id, "wrong": 0, "since": now}
    await connection.execute(unless_there(connection, desks).values(row))
    query = sa.select(desks.c.wrong, desks.c.since).where(desks.c.room_id == room_id)
    wrong, since = (await connection.execute(query.with_for_update())).one()
    # SQLite keeps no zone: what was written is UTC.
    return wrong, since if since.tzinfo else since.replace(tzinfo=now.tzinfo)
