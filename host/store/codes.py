"""Codes and links that were sent to an address or a number, and what became of them.

They are counted here, so that all processes share what one place may be sent and guess.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from host.store.tables import codes


class Purpose(StrEnum):
    """What a code shows."""

    EMAIL = "EMAIL"
    """That an address is the account's owner's."""
    PASSWORD = "PASSWORD"  # noqa: S105 - it names a purpose
    """The same, so that they may set a new password."""
    PHONE = "PHONE"
    """That a number is that of whoever signs in."""


@dataclass(frozen=True)
class Code:
    """One that was sent. `secret_hash` is of the secret and the id, with the host's key."""

    id: str
    purpose: Purpose
    target: str
    user_id: str | None
    secret_hash: str
    attempts: int
    created_at: datetime
    expires_at: datetime
    used_at: datetime | None = None

    def lives(self, now: datetime) -> bool:
        """Whether it can still be used."""
        return self.used_at is None and now < self.expires_at


@dataclass(frozen=True)
class Sent:
    """How many went out within a time, and when the first and the last of them did."""

    number: int
    first: datetime | None
    last: datetime | None


_COLUMNS = (
    codes.c.id,
    codes.c.purpose,
    codes.c.target,
    codes.c.user_id,
    codes.c.secret_hash,
    codes.c.attempts,
    codes.c.created_at,
    codes.c.expires_at,
    codes.c.used_at,
)


async def insert(connection: AsyncConnection, code: Code, asked_from: str | None) -> None:
    """Writes a code; `asked_from` stands for the network that asked for it."""
    await connection.execute(
        sa.insert(codes).values(
            id=code.id,
            purpose=code.purpose.value,
            target=code.target,
            user_id=code.user_id,
            secret_hash=code.secret_hash,
            attempts=code.attempts,
            asked_from=asked_from,
            created_at=code.created_at,
            expires_at=code.expires_at,
        )
    )


async def get(connection: AsyncConnection, code_id: str) -> Code | None:
    """A code by id, dead or alive."""
    found = await connection.execute(sa.select(*_COLUMNS).where(codes.c.id == code_id))
    return _read(found.one_or_none())


async def use(connection: AsyncConnection, code_id: str, now: datetime) -> Code | None:
    """Uses a code up. Of several uses at once exactly one gets it; None where it is dead."""
    used = await connection.execute(
        sa.update(codes)
        .where(codes.c.id == code_id, codes.c.used_at.is_(None), codes.c.expires_at > now)
        .values(used_at=now)
        .returning(*_COLUMNS)
    )
    return _read(used.one_or_none())


async def count_attempt(
    connection: AsyncConnection, purpose: Purpose, target: str, *, most: int, now: datetime
) -> Code | None:
    """Counts a guess at the newest living code; None where there is none, or no guess left.

    The caller commits it whatever comes of the guess.
    """
    newest = (
        sa.select(codes.c.id)
        .where(_to(purpose, target), codes.c.used_at.is_(None), codes.c.expires_at > now)
        .order_by(codes.c.created_at.desc(), codes.c.id.desc())
        .limit(1)
        .scalar_subquery()
    )
    counted = await connection.execute(
        sa.update(codes)
        .where(codes.c.id == newest, codes.c.used_at.is_(None), codes.c.attempts < most)
        .values(attempts=codes.c.attempts + 1)
        .returning(*_COLUMNS)
    )
    return _read(counted.one_or_none())


async def void(connection: AsyncConnection, purpose: Purpose, target: str, now: datetime) -> None:
    """Makes every code of this purpose that went to the target useless."""
    await connection.execute(
        sa.update(codes).where(_to(purpose, target), codes.c.used_at.is_(None)).values(used_at=now)
    )


async def sent_to(
    connection: AsyncConnection, purpose: Purpose, target: str, since: datetime
) -> Sent:
    """What went to one place."""
    return await _sent(connection, sa.and_(_to(purpose, target), codes.c.created_at > since))


async def sent_for(connection: AsyncConnection, asked_from: str, since: datetime) -> Sent:
    """What one network had sent."""
    return await _sent(
        connection, sa.and_(codes.c.asked_from == asked_from, codes.c.created_at > since)
    )


async def line_up(connection: AsyncConnection, *keys: str) -> None:
    """Lets those who count and then write under the same keys do so one after the other.

    SQLite has one writer at a time anyway.
    """
    if connection.dialect.name != "postgresql":
        return
    # In one order for everybody, so that nobody waits for one who waits for them.
    for number in sorted(_number(key) for key in keys):
        await connection.execute(sa.select(sa.func.pg_advisory_xact_lock(number)))


async def _sent(connection: AsyncConnection, which: sa.ColumnElement[bool]) -> Sent:
    moment = codes.c.created_at.type
    found = await connection.execute(
        sa.select(
            sa.func.count(),
            sa.type_coerce(sa.func.min(codes.c.created_at), moment),
            sa.type_coerce(sa.func.max(codes.c.created_at), moment),
        ).where(which)
    )
    return Sent(*found.one())


def _to(purpose: Purpose, target: str) -> sa.ColumnElement[bool]:
    return sa.and_(codes.c.purpose == purpose.value, codes.c.target == target)


def _number(key: str) -> int:
    digest = hashlib.sha256(f"codes {key}".encode()).digest()
    return int.from_bytes(digest[:8], "big", signed=True)


def _read(row: Any) -> Code | None:
    if row is None:
        return None
    values = row._mapping
    return Code(
        id=values["id"],
        purpose=Purpose(values["purpose"]),
        target=values["target"],
        user_id=values["user_id"],
        secret_hash=values["secret_hash"],
        attempts=values["attempts"],
        created_at=values["created_at"],
        expires_at=values["expires_at"],
        used_at=values["used_at"],
    )
