"""Who must not give to whom in a room: couples, households, and who has had whom before.

Written as lines: “Anna, Boris, Vera” is a household, whose people give nothing to one another;
“Anna > Boris” says that Anna must not give to Boris.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import permutations

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from festoon_lottery.entry import admitted
from festoon_lottery.santa.tables import apart
from festoon_lottery.tables import unless_there
from host import AppContext, Participant, Role

MOST_LINES = 1_000
MOST_PEOPLE = 1_000


@dataclass(frozen=True)
class Read:
    """What lines say: pairs of participants, and faults in words."""

    pairs: tuple[tuple[Participant, Participant], ...]
    faults: tuple[str, ...]


def read(text: str, people: Sequence[Participant]) -> Read:
    """The pairs of a text, by the names of people in the room."""
    by_name: dict[str, list[Participant]] = {}
    for one in people:
        by_name.setdefault(_plain(one.user.name), []).append(one)
    pairs: list[tuple[Participant, Participant]] = []
    faults: list[str] = []
    lines = [(n, line) for n, line in enumerate(text.splitlines(), start=1) if line.strip()]
    if len(lines) > MOST_LINES:
        return Read((), (f"At most {MOST_LINES} lines at once.",))
    for number, line in lines:
        directed = ">" in line
        names = [part for part in line.split(">" if directed else ",") if part.strip()]
        if len(names) < 2 or (directed and len(names) > 2):
            faults.append(f"Line {number} needs two names: “Anna, Boris” or “Anna > Boris”.")
            continue
        found = [by_name.get(_plain(name), []) for name in names]
        wrong = [name.strip() for name, some in zip(names, found, strict=True) if len(some) != 1]
        for name in wrong:
            many = len(by_name.get(_plain(name), [])) > 1
            why = "more than one person has this name" if many else "nobody here has this name"
            faults.append(f"Line {number}, “{name[:80]}”: {why}.")
        if not wrong:
            some = [one[0] for one in found]
            pairs += [(some[0], some[1])] if directed else list(permutations(some, 2))
    return Read(tuple((a, b) for a, b in pairs if a.id != b.id), tuple(faults))


async def add(ctx: AppContext, pairs: Iterable[tuple[Participant, Participant]]) -> None:
    """Keeps pairs; those that are kept already stay."""
    rows = [
        {
            "room_id": ctx.room_id,
            "giver": giver.id,
            "receiver": receiver.id,
            "giver_user": giver.user_id,
            "receiver_user": receiver.user_id,
        }
        for giver, receiver in pairs
    ]
    if rows:
        async with ctx.database().write() as connection:
            await connection.execute(unless_there(connection, apart), rows)


async def remove(ctx: AppContext, giver: str, receiver: str) -> None:
    """Lets one person give to another again, and the other to them."""
    both = sa.or_(
        sa.and_(apart.c.giver == giver, apart.c.receiver == receiver),
        sa.and_(apart.c.giver == receiver, apart.c.receiver == giver),
    )
    async with ctx.database().write() as connection:
        await connection.execute(apart.delete().where(apart.c.room_id == ctx.room_id, both))


async def pairs(ctx: AppContext) -> set[tuple[str, str]]:
    """Who must not give to whom, by participant ids."""
    query = sa.select(apart.c.giver, apart.c.receiver).where(apart.c.room_id == ctx.room_id)
    async with ctx.database().read() as connection:
        return {(row.giver, row.receiver) for row in await connection.execute(query)}


async def takers(ctx: AppContext) -> list[Participant]:
    """Who takes part and may enter, in the order of joining. Whoever has no phone gets a note."""
    return list(await admitted(ctx, await ctx.participants(Role.PARTICIPANT)))


async def forget(connection: AsyncConnection, user_id: str) -> None:
    """Takes away what is kept of a person."""
    mine = sa.or_(apart.c.giver_user == user_id, apart.c.receiver_user == user_id)
    await connection.execute(apart.delete().where(mine))


def _plain(name: str) -> str:
    return " ".join(name.casefold().split())
