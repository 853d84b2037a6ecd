"""The guest list as it is kept, and the way of its people into the room.

A row is written first and brought into the room after: whatever happens in between, `finish`
goes on from there, and the room knows each person by the row's id, so nobody comes in twice.
"""

from __future__ import annotations

import secrets
from collections.abc import Collection, Iterable, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from festoon_lottery.roster.lines import Line
from festoon_lottery.roster.plan import Listed
from festoon_lottery.tables import metadata, unless_there
from festoon_lottery.tickets import GRANTED
from host import AppContext, AsyncDatabase, JsonObject, Participant, PersonDraft, iso

roster = sa.Table(
    "lottery_roster",
    metadata,
    # By which the room knows the person; made by chance.
    sa.Column("id", sa.String(32), primary_key=True),
    sa.Column("room_id", sa.String(64), nullable=False),
    # Of name and note: the same line again is the same person.
    sa.Column("key", sa.String(64), nullable=False),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("note", sa.Text, nullable=False),
    # None: as many as everybody.
    sa.Column("tickets", sa.Integer),
    # What was added by one press.
    sa.Column("batch", sa.String(32), nullable=False),
    sa.Column("place", sa.Integer, nullable=False),
    sa.Column("added_at", sa.String(40), nullable=False),
    # None until they are in the room, and once they are out of it again.
    sa.Column("participant_id", sa.String(64)),
    sa.Column("user_id", sa.String(64)),
    # Why the room did not take them.
    sa.Column("refused", sa.Text),
    sa.Column("is_out", sa.Boolean, nullable=False),
    sa.UniqueConstraint("room_id", "key", name="uq_lottery_roster_key"),
    sa.Index("ix_lottery_roster_user_id", "user_id"),
)

AT_ONCE = 200
_PENDING = sa.and_(
    sa.not_(roster.c.is_out), roster.c.participant_id.is_(None), roster.c.refused.is_(None)
)
_LEAVING = sa.and_(roster.c.is_out, roster.c.participant_id.is_not(None))


async def listed(ctx: AppContext) -> list[Listed]:
    """Everybody who was ever on the room's list, in the order of adding."""
    query = sa.select(roster).where(roster.c.room_id == ctx.room_id)
    async with ctx.database().read() as connection:
        rows = await connection.execute(query.order_by(roster.c.added_at, roster.c.place))
        return [
            Listed(
                id=row.id,
                key=row.key,
                name=row.name,
                note=row.note,
                tickets=row.tickets,
                batch=row.batch,
                participant_id=row.participant_id,
                refused=row.refused,
                out=row.is_out,
            )
            for row in rows
        ]


async def phoneless(ctx: AppContext) -> frozenset[str]:
    """Participant ids of those who are in the room by the list: nobody holds a phone for them.

    A prize that they win is claimed by their name.
    """
    query = sa.select(roster.c.participant_id).where(
        roster.c.room_id == ctx.room_id,
        roster.c.participant_id.is_not(None),
        sa.not_(roster.c.is_out),
    )
    async with ctx.database().read() as connection:
        return frozenset((await connection.execute(query)).scalars())


async def add(ctx: AppContext, lines: Sequence[Line]) -> None:
    """Puts people on the list who are not on it, and brings them into the room.

    Who was taken out or refused before comes back, with what the line says now.
    """
    batch, now = secrets.token_hex(16), iso(ctx.now())
    rows = [
        {
            "id": secrets.token_hex(16),
            "room_id": ctx.room_id,
            "key": line.key,
            "name": line.name,
            "note": line.note,
            "tickets": line.tickets,
            "batch": batch,
            "place": place,
            "added_at": now,
            "is_out": False,
        }
        for place, line in enumerate(lines)
    ]
    again = (
        roster.update()
        .where(
            roster.c.room_id == ctx.room_id,
            roster.c.key == sa.bindparam("which"),
            roster.c.participant_id.is_(None),
            sa.or_(roster.c.is_out, roster.c.refused.is_not(None)),
        )
        .values(
            is_out=False,
            refused=None,
            tickets=sa.bindparam("held"),
            batch=batch,
            place=sa.bindparam("at"),
            added_at=now,
        )
    )
    returning = [{"which": row["key"], "held": row["tickets"], "at": row["place"]} for row in rows]
    async with ctx.database().write() as connection:
        for first in range(0, len(rows), AT_ONCE):
            await connection.execute(again, returning[first : first + AT_ONCE])
            insert = unless_there(connection, roster)
            await connection.execute(insert, rows[first : first + AT_ONCE])
    await finish(ctx)


async def take_out(ctx: AppContext, *, ident: str = "", batch: str = "") -> int:
    """Takes out one person, or all who were added by one press; how many.

    Who is out by now, and who is nobody, is left as it is.
    """
    which = roster.c.id == ident if ident else roster.c.batch == batch
    async with ctx.database().write() as connection:
        found = await connection.execute(
            roster.update()
            .where(roster.c.room_id == ctx.room_id, which, sa.not_(roster.c.is_out))
            .values(is_out=True, refused=None)
        )
    await finish(ctx)
    return found.rowcount


async def finish(ctx: AppContext) -> None:
    """Brings into the room who is on the list, and out of it who is not any more.

    Nothing is left to do where `add` and `take_out` came to their end. Raises what
    `ctx.add_participants` raises for the room as a whole.
    """
    query = sa.select(roster.c.id).where(roster.c.room_id == ctx.room_id, _LEAVING)
    async with ctx.database().read() as connection:
        leaving = list((await connection.execute(query)).scalars())
    if leaving:
        await ctx.take_out_participants(leaving)
        await _forget_parts(ctx, leaving)
    query = (
        sa.select(roster.c.id, roster.c.name, roster.c.tickets)
        .where(roster.c.room_id == ctx.room_id, _PENDING)
        .order_by(roster.c.added_at, roster.c.place)
    )
    async with ctx.database().read() as connection:
        pending = (await connection.execute(query)).all()
    for first in range(0, len(pending), AT_ONCE):
        some = pending[first : first + AT_ONCE]
        answers = await ctx.add_participants(
            [
                PersonDraft(row.id, row.name, {} if row.tickets is None else {GRANTED: row.tickets})
                for row in some
            ]
        )
        await _note(ctx, zip([row.id for row in some], answers, strict=True))


async def _note(ctx: AppContext, entered: Iterable[tuple[str, Any]]) -> None:
    given = [
        {
            "which": ident,
            "part": answer.id if isinstance(answer, Participant) else None,
            "person": answer.user_id if isinstance(answer, Participant) else None,
            "why": None if isinstance(answer, Participant) else answer.reason,
        }
        for ident, answer in entered
    ]
    values: dict[str, Any] = {name: sa.bindparam(key) for name, key in _NOTED.items()}
    async with ctx.database().write() as connection:
        await connection.execute(
            roster.update().where(roster.c.id == sa.bindparam("which")).values(values), given
        )


_NOTED = {"participant_id": "part", "user_id": "person", "refused": "why"}


async def _forget_parts(ctx: AppContext, idents: Collection[str]) -> None:
    async with ctx.database().write() as connection:
        await connection.execute(
            roster.update().where(roster.c.id == sa.bindparam("which")).values(participant_id=None),
            [{"which": ident} for ident in idents],
        )


async def export(database: AsyncDatabase, user_id: str) -> list[JsonObject]:
    """What the lists of all rooms say of a person."""
    query = sa.select(roster).where(roster.c.user_id == user_id).order_by(roster.c.room_id)
    async with database.read() as connection:
        return [
            {
                "roomId": row.room_id,
                "name": row.name,
                "note": row.note,
                "tickets": row.tickets,
                "addedAt": row.added_at,
            }
            for row in await connection.execute(query)
        ]


async def forget(connection: AsyncConnection, user_id: str) -> None:
    """Takes a person off every list."""
    await connection.execute(roster.delete().where(roster.c.user_id == user_id))
