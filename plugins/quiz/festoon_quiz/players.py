"""The seats of a room: who plays, under which name, in which team, and with which rejoin code.

A seat belongs to the room and outlives the phone. Another phone takes it with its code, and
finds points and place as they were.
"""

from __future__ import annotations

import secrets
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from festoon_quiz.games import insert, new_id
from festoon_quiz.names import checked, folded, given
from festoon_quiz.tables import answers, players
from host import Conflict, NotFound, ValidationFailed

# No letters that are mistaken for another when they are read aloud.
_SIGNS = "23456789ABCDEFGHJKMNPQRSTVWXYZ"
CODE_LENGTH = 6
_TRIES = 5


@dataclass(frozen=True)
class Seat:
    """One who plays; a row of `quiz_players`."""

    id: str
    room_id: str
    user_id: str | None
    name: str
    team: str | None
    code: str
    removed: bool
    away: bool
    """Whether who sits there has left the room: not waited for, and nothing is lost."""


@dataclass(frozen=True)
class Comer:
    """Somebody who asks for their seat; `name` is the one they joined the room with."""

    user_id: str
    name: str
    may_sit: bool = True
    """Whether they get a seat where they have none."""


Left = Callable[[Seat], Awaitable[None]]

_SEAT = [players.c[f.name] for f in fields(Seat)]


def new_code() -> str:
    """Six signs, chosen from 729 million."""
    return "".join(secrets.choice(_SIGNS) for _ in range(CODE_LENGTH))


def read_code(text: object) -> str:
    """What a person typed, as a code."""
    if not isinstance(text, str):
        raise ValidationFailed("A code is needed.", {"code": ["Six letters and digits."]})
    return "".join(c for c in text.upper() if c.isalnum())


async def of_users(
    connection: AsyncConnection, room_id: str, user_ids: Iterable[str]
) -> dict[str, Seat]:
    """Seats by the user who sits there; those that were removed too."""
    query = sa.select(*_SEAT).where(
        players.c.room_id == room_id, players.c.user_id.in_(list(user_ids))
    )
    return {row.user_id: Seat(**row._mapping) for row in await connection.execute(query)}


async def everyone(connection: AsyncConnection, room_id: str) -> list[Seat]:
    """Everybody who plays, in the order in which they came."""
    query = (
        sa.select(*_SEAT)
        .where(players.c.room_id == room_id, players.c.removed.is_(False))
        .order_by(players.c.created_at, players.c.id)
    )
    return [Seat(**row._mapping) for row in await connection.execute(query)]


async def user_of(connection: AsyncConnection, player_id: str) -> str | None:
    """Who sits on a seat now."""
    found: str | None = await connection.scalar(
        sa.select(players.c.user_id).where(players.c.id == player_id)
    )
    return found


async def seat(
    connection: AsyncConnection,
    room_id: str,
    comers: Sequence[Comer],
    blocked: Sequence[str],
    now: int,
) -> dict[str, Seat]:
    """Seats for people who have none yet; two processes may do it for one person at once."""
    taken: set[str] = set(
        await connection.scalars(sa.select(players.c.folded).where(players.c.room_id == room_id))
    )
    rows = []
    for comer in comers:
        name = given(comer.name, blocked, taken)
        taken.add(folded(name))
        rows.append(
            {
                "id": new_id(),
                "room_id": room_id,
                "user_id": comer.user_id,
                "name": name,
                "folded": folded(name),
                "team": None,
                "code": new_code(),
                "removed": False,
                "away": False,
                "created_at": now,
            }
        )
    await connection.execute(insert(connection, players).on_conflict_do_nothing(), rows)
    return await of_users(connection, room_id, [comer.user_id for comer in comers])


async def seat_all(
    connection: AsyncConnection,
    room_id: str,
    comers: Sequence[Comer],
    blocked: Sequence[str],
    now: int,
) -> dict[str, Seat]:
    """As `seat`, until everybody sits: a name or a code may be taken in the same moment."""
    found: dict[str, Seat] = {}
    for _ in range(_TRIES):
        missing = [comer for comer in comers if comer.user_id not in found]
        if not missing:
            break
        found |= await seat(connection, room_id, missing, blocked, now)
    return found


async def rename(
    connection: AsyncConnection, seat: Seat, name: object, blocked: Sequence[str]
) -> Seat:
    """The seat under another name. Raises `ValidationFailed`, or `Conflict` for one taken."""
    try:
        shown = checked(name, blocked)
    except ValueError as error:
        raise ValidationFailed(str(error), {"name": [str(error)]}) from None
    try:
        async with connection.begin_nested():
            await _set(connection, seat, name=shown, folded=folded(shown))
    except IntegrityError:
        raise Conflict(f"Somebody is called “{shown}” already. Choose another name.") from None
    return replace(seat, name=shown)


async def join_team(
    connection: AsyncConnection, seat: Seat, team: object, teams: Sequence[str]
) -> Seat:
    """The seat in a team of `teams`, or in none."""
    if team is not None and team not in teams:
        raise ValidationFailed("There is no such team.", {"team": [f"One of {', '.join(teams)}."]})
    assert team is None or isinstance(team, str)
    await _set(connection, seat, team=team)
    return replace(seat, team=team)


async def take_over(
    connection: AsyncConnection, room_id: str, user_id: str, code: object, left: Left
) -> Seat:
    """The seat with this code, for another phone. The caller's own goes, if nothing hangs on it.

    `left` notes whose seat another's is now. Raises `NotFound` for a code that is none, and for
    the seat of who was removed.
    """
    wanted = (
        sa.select(*_SEAT)
        .where(players.c.room_id == room_id, players.c.code == read_code(code))
        .with_for_update()
    )
    row = (await connection.execute(wanted)).first()
    if row is None or row.removed:
        raise NotFound("No seat has this code. It stands on the phone that you played with.")
    found = Seat(**row._mapping)
    if found.user_id == user_id:
        return found
    own = (await of_users(connection, room_id, [user_id])).get(user_id)
    if own is not None:
        if own.removed:
            raise NotFound("You were taken out of this game.")
        played = sa.exists().where(answers.c.player_id == own.id)
        empty = sa.delete(players).where(players.c.id == own.id, sa.not_(played))
        if (await connection.execute(empty)).rowcount == 0:
            await left(own)
            await _set(connection, own, user_id=None)
    if found.user_id is not None:
        await left(found)
    await _set(connection, found, user_id=user_id, away=False)
    return replace(found, user_id=user_id, away=False)


async def note_away(
    connection: AsyncConnection, room_id: str, user_ids: Sequence[str], away: bool
) -> bool:
    """These people have left the room, or are back; whether any of their seats is another now."""
    done = await connection.execute(
        players.update()
        .where(players.c.room_id == room_id, players.c.user_id.in_(user_ids))
        .where(players.c.away.is_(not away))
        .values(away=away)
    )
    return done.rowcount > 0


async def remove(connection: AsyncConnection, room_id: str, player_id: str) -> Seat:
    """Takes somebody out of the game; their answers stay, their name leaves every list."""
    query = sa.select(*_SEAT).where(players.c.room_id == room_id, players.c.id == player_id)
    row = (await connection.execute(query)).first()
    if row is None:
        raise NotFound("There is no such player here.")
    await _set(connection, Seat(**row._mapping), removed=True)
    return replace(Seat(**row._mapping), removed=True)


async def _set(connection: AsyncConnection, seat: Seat, **values: Any) -> None:
    await connection.execute(players.update().where(players.c.id == seat.id).values(values))
