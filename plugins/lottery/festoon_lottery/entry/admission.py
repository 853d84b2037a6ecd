"""The conditions of a round, fixed with its rules, and who does not fulfil them."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Mapping, Sequence

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from festoon_lottery.entry.answers import of_room
from festoon_lottery.entry.conditions import Answers, Conditions
from festoon_lottery.proof.encoding import Plain
from festoon_lottery.roster import phoneless
from festoon_lottery.rounds import Round
from festoon_lottery.tables import metadata
from host import AppContext, Participant

doors = sa.Table(
    "lottery_doors",
    metadata,
    # What the rules of a round tell only the hash of, and the salt of that.
    sa.Column("round_id", sa.String(64), primary_key=True),
    sa.Column("salt", sa.String(32), nullable=False),
    sa.Column("codes", sa.JSON, nullable=False),
)

ENTRY = "entry"
"""The name among a round's rules; missing where whoever joins takes part."""
SALT_BYTES = 16


async def fix(connection: AsyncConnection, round_id: str, asked: Conditions, salt: str) -> None:
    """Keeps what the rules of a new round tell only the hash of."""
    if asked:
        row = {"round_id": round_id, "salt": salt, "codes": sorted(asked.codes)}
        await connection.execute(doors.insert().values(row))


def announced(asked: Conditions, salt: str) -> dict[str, Plain]:
    """What comes to the rules of a round that opens under these conditions."""
    return {ENTRY: asked.rules(salt)} if asked else {}


def fresh_salt() -> str:
    """A salt that nobody knows yet, hexadecimal."""
    return secrets.token_hex(SALT_BYTES)


async def salt_of(ctx: AppContext, of: Round) -> str | None:
    """The salt of a round's codes; None where it has no conditions."""
    async with ctx.database().read() as connection:
        found = await connection.scalar(sa.select(doors.c.salt).where(doors.c.round_id == of.id))
    return str(found) if found is not None else None


async def kept_out(ctx: AppContext, of: Round, people: Sequence[Participant]) -> set[str]:
    """Which of these, in the order of joining, do not fulfil a round's conditions; by id."""
    rules = of.rules.get(ENTRY)
    if rules is None:
        return set()
    async with ctx.database().read() as connection:
        codes = await connection.scalar(sa.select(doors.c.codes).where(doors.c.round_id == of.id))
    return await _out(ctx, Conditions.announced(rules, codes or ()), people)


async def admitted(ctx: AppContext, people: Sequence[Participant]) -> Sequence[Participant]:
    """Those of the room who fulfil what its settings ask for now."""
    asked = Conditions.of(ctx.settings)
    if not asked:
        return people
    out = await _out(ctx, asked, people)
    return [one for one in people if one.id not in out]


async def _out(ctx: AppContext, asked: Conditions, people: Sequence[Participant]) -> set[str]:
    # Whom the organizer entered by name answers to the organizer.
    vouched = await phoneless(ctx)
    given = await of_room(ctx, people[0].user_id if len(people) == 1 else None)
    return await asyncio.to_thread(_judged, asked, people, given, vouched)


def _judged(
    asked: Conditions,
    people: Sequence[Participant],
    given: Mapping[str, Answers],
    vouched: frozenset[str],
) -> set[str]:
    out: set[str] = set()
    seen: set[tuple[str, str]] = set()
    for one in people:
        if one.id in vouched:
            continue
        said = given.get(one.user_id)
        if said is None or asked.lacking(said) is not None:
            out.add(one.id)
            continue
        # Answers from before they had to be one person's only: whoever joined first has them.
        only = set(asked.only_once(said).items())
        if only & seen:
            out.add(one.id)
        seen |= only
    return out
