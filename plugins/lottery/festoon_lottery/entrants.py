"""Who takes part in a round: a row each, with the salt that ties a person to their hash."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from festoon_lottery.proof.fixed import SALT_BYTES, Entry, identity
from festoon_lottery.rounds import Round
from festoon_lottery.tables import entries, rounds, unless_there
from festoon_lottery.tickets import entitled
from host import AppContext, AsyncDatabase, Participant

Row = dict[str, Any]
AT_ONCE = 2_000
"""So many rows are written before others get a turn of the loop."""


def tickets_in(of: Round, participant: Participant) -> int:
    """How many tickets a participant has in a round, by its rules; 0 or more."""
    return entitled(participant, {"ticketsPerGuest": of.rules["ticketsPerGuest"]})


async def earlier_winners(ctx: AppContext, of: Round) -> set[str]:
    """Who may not enter because they won in an earlier round; participant ids."""
    if of.number == 1 or not (of.one_each and of.rules["earlierWinnersOut"]):
        return set()
    return {winner.participant_id for winner in await ctx.winners()}


def fresh(of: Round, participant: Participant) -> Row:
    """The row of somebody who enters now."""
    salt, name = secrets.token_bytes(SALT_BYTES), participant.user.name
    return {
        "round_id": of.id,
        "participant_id": participant.id,
        "user_id": participant.user_id,
        "salt": salt.hex(),
        "name": name,
        "identity": identity(salt, participant.id, name).hex(),
        "weight": tickets_in(of, participant),
        "position": None,
    }


async def of_person(connection: AsyncConnection, round_id: str, participant_id: str) -> Row | None:
    """A participant's row."""
    query = sa.select(entries).where(
        entries.c.round_id == round_id, entries.c.participant_id == participant_id
    )
    row = (await connection.execute(query)).mappings().one_or_none()
    return dict(row) if row else None


async def of_round(connection: AsyncConnection, round_id: str) -> dict[str, Row]:
    """All rows of a round by participant id; after closing in the order of the tree."""
    query = sa.select(entries).where(entries.c.round_id == round_id).order_by(entries.c.position)
    found = (await connection.execute(query)).mappings()
    return {row["participant_id"]: dict(row) for row in found}


async def add(connection: AsyncConnection, rows: Sequence[Row]) -> None:
    """Writes rows; who has one in that round keeps it."""
    insert = unless_there(connection, entries)
    for at in range(0, len(rows), AT_ONCE):
        await connection.execute(insert, rows[at : at + AT_ONCE])


async def replace_all(connection: AsyncConnection, round_id: str, rows: Sequence[Row]) -> None:
    """Puts these rows in the place of all that a round has; who was forgotten stays so."""
    query = sa.select(entries.c.participant_id).where(
        entries.c.round_id == round_id, entries.c.salt.is_(None)
    )
    forgotten = set((await connection.execute(query)).scalars())
    await connection.execute(entries.delete().where(entries.c.round_id == round_id))
    gone = {"user_id": None, "salt": None, "name": None}
    await add(
        connection, [row | gone if row["participant_id"] in forgotten else row for row in rows]
    )


async def fixed(connection: AsyncConnection, round_id: str) -> list[Entry]:
    """The entries of the tree, in its order."""
    query = (
        sa.select(entries.c.weight, entries.c.identity)
        .where(entries.c.round_id == round_id, entries.c.position.is_not(None))
        .order_by(entries.c.position)
    )
    return [
        Entry(weight, bytes.fromhex(ident)) for weight, ident in await connection.execute(query)
    ]


async def people(connection: AsyncConnection, round_id: str) -> list[tuple[str, int]]:
    """The participant id and the number of tickets at each position of the tree."""
    query = (
        sa.select(entries.c.participant_id, entries.c.weight)
        .where(entries.c.round_id == round_id, entries.c.position.is_not(None))
        .order_by(entries.c.position)
    )
    return [(row.participant_id, row.weight) for row in await connection.execute(query)]


async def of_user(database: AsyncDatabase, user_id: str) -> list[Mapping[str, Any]]:
    """All entries that are kept of a person, as they are exported."""
    query = (
        sa.select(rounds.c.room_id, rounds.c.number, entries)
        .join(rounds, rounds.c.id == entries.c.round_id)
        .where(entries.c.user_id == user_id)
        .order_by(rounds.c.room_id, rounds.c.number)
    )
    async with database.read() as connection:
        return [
            {
                "roomId": row.room_id,
                "round": row.number,
                "name": row.name,
                "salt": row.salt,
                "identity": row.identity,
                "tickets": row.weight,
                "entry": row.position,
            }
            for row in await connection.execute(query)
        ]


async def forget(connection: AsyncConnection, user_id: str) -> None:
    """Takes name and salt away. The hash stays, so every proof stays valid."""
    mine = sa.select(entries.c.round_id).where(entries.c.user_id == user_id)
    # Entries that close at this moment are written anew: that is waited for.
    await connection.execute(
        sa.select(rounds.c.id).where(rounds.c.id.in_(mine)).order_by(rounds.c.id).with_for_update()
    )
    await connection.execute(
        entries.update()
        .where(entries.c.user_id == user_id)
        .values(user_id=None, salt=None, name=None)
    )
