"""What guests answered at the door: for the organizer alone, and gone with the person."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from festoon_lottery.entry.conditions import CODE, EMAIL, Answers
from festoon_lottery.tables import metadata, unless_there
from host import AppContext, AsyncDatabase, JsonObject

answers = sa.Table(
    "lottery_answers",
    metadata,
    sa.Column("room_id", sa.String(64), primary_key=True),
    sa.Column("user_id", sa.String(64), primary_key=True),
    sa.Column("answers", sa.JSON, nullable=False),
    # Hashes of what lets one person in and nobody after them.
    sa.Column("email_key", sa.String(64)),
    sa.Column("code_key", sa.String(64)),
    sa.UniqueConstraint("room_id", "email_key", name="uq_lottery_answers_email_key"),
    sa.UniqueConstraint("room_id", "code_key", name="uq_lottery_answers_code_key"),
    sa.Index("ix_lottery_answers_user_id", "user_id"),
)


async def keep(ctx: AppContext, user_id: str, given: Answers, once: Mapping[str, str]) -> bool:
    """Keeps a person's answers in the place of those before.

    False, and nothing is kept, where somebody else has given one that lets in only `once`.
    """
    values = {
        "answers": given.as_json(),
        "email_key": _key(once.get(EMAIL)),
        "code_key": _key(once.get(CODE)),
    }
    row = values | {"room_id": ctx.room_id, "user_id": user_id}
    mine = sa.and_(answers.c.room_id == ctx.room_id, answers.c.user_id == user_id)
    try:
        async with ctx.database().write() as connection:
            made = await connection.execute(unless_there(connection, answers).values(row))
            if made.rowcount == 1:
                return True
            # Theirs from before, or somebody else's with the same address or code.
            kept = await connection.execute(answers.update().where(mine).values(values))
            return kept.rowcount == 1
    except IntegrityError:
        return False


async def of_room(ctx: AppContext, user_id: str | None = None) -> dict[str, Answers]:
    """Everybody's answers, or one person's, by user id."""
    query = sa.select(answers.c.user_id, answers.c.answers).where(answers.c.room_id == ctx.room_id)
    if user_id is not None:
        query = query.where(answers.c.user_id == user_id)
    async with ctx.database().read() as connection:
        return {
            row.user_id: Answers.of_json(row.answers) for row in await connection.execute(query)
        }


async def export(database: AsyncDatabase, user_id: str) -> list[JsonObject]:
    """What a person answered, room by room."""
    query = sa.select(answers).where(answers.c.user_id == user_id).order_by(answers.c.room_id)
    async with database.read() as connection:
        return [
            {"roomId": row.room_id, "answers": row.answers}
            for row in await connection.execute(query)
        ]


async def forget(connection: AsyncConnection, user_id: str) -> None:
    """Takes a person's answers away."""
    await connection.execute(answers.delete().where(answers.c.user_id == user_id))


def _key(text: str | None) -> str | None:
    return hashlib.sha256(text.encode()).hexdigest() if text is not None else None
