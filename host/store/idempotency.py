"""Idempotency keys: the first answer to an unsafe call, kept for those who ask again."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from host.store.tables import idempotency_keys as keys


class KeptAnswer(NamedTuple):
    """What is known of a key. `status` and `body` are None while the first call is under way."""

    fingerprint: str
    status: int | None
    body: bytes | None
    created_at: datetime
    expires_at: datetime


async def get(connection: AsyncConnection, caller: str, key: str) -> KeptAnswer | None:
    """The kept answer, if the key is known."""
    query = sa.select(
        keys.c.fingerprint, keys.c.status, keys.c.body, keys.c.created_at, keys.c.expires_at
    ).where(keys.c.caller == caller, keys.c.key == key)
    row = (await connection.execute(query)).one_or_none()
    return KeptAnswer(*row) if row else None


async def claim(
    connection: AsyncConnection,
    caller: str,
    key: str,
    fingerprint: str,
    now: datetime,
    expires_at: datetime,
) -> None:
    """Begins a call under a key; the database refuses a second claim with IntegrityError."""
    await connection.execute(
        keys.insert().values(
            caller=caller,
            key=key,
            fingerprint=fingerprint,
            created_at=now,
            expires_at=expires_at,
        )
    )


async def keep(
    connection: AsyncConnection, caller: str, key: str, status: int, body: bytes
) -> None:
    """Keeps the answer, in the transaction of what it tells where there is one."""
    await connection.execute(
        keys.update()
        .where(keys.c.caller == caller, keys.c.key == key)
        .values(status=status, body=body)
    )


async def release(connection: AsyncConnection, caller: str, key: str) -> None:
    """Forgets a key whose call came to nothing, so that it may be tried again."""
    await connection.execute(
        keys.delete().where(keys.c.caller == caller, keys.c.key == key, keys.c.status.is_(None))
    )


async def expire(connection: AsyncConnection, caller: str, key: str, now: datetime) -> None:
    """Forgets a key past its day; the others are swept beside the calls."""
    await connection.execute(
        keys.delete().where(keys.c.caller == caller, keys.c.key == key, keys.c.expires_at < now)
    )
