"""Idempotency keys: the first answer to an unsafe call, kept for those who ask again."""

from __future__ import annotations

from datetime import datetime
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

from host.store.tables import idempotency_keys as keys


class Claimed(NamedTuple):
    """A key that one call has to itself: whose it is, which, and an id of that call alone."""

    caller: str
    key: str
    claim: str


class KeptAnswer(NamedTuple):
    """What is known of a key. `status` and `body` are None while the first call is under way."""

    fingerprint: str
    status: int | None
    body: bytes | None
    created_at: datetime
    expires_at: datetime
    claim: str | None
    alive_at: datetime | None


_NAMED = sa.and_(keys.c.caller == sa.bindparam("caller"), keys.c.key == sa.bindparam("key"))
_GET = sa.select(*(keys.c[name] for name in KeptAnswer._fields)).where(_NAMED)


async def get(connection: AsyncConnection, caller: str, key: str) -> KeptAnswer | None:
    """The kept answer, if the key is known."""
    row = (await connection.execute(_GET, {"caller": caller, "key": key})).one_or_none()
    return KeptAnswer(*row) if row else None


async def claim(
    connection: AsyncConnection,
    claimed: Claimed,
    fingerprint: str,
    now: datetime,
    expires_at: datetime,
) -> bool:
    """Begins a call under a key; False where another call has it, or had it."""
    insert = sqlite.insert if connection.dialect.name == "sqlite" else postgresql.insert
    anew: Any = insert(keys).values(
        **claimed._asdict(),
        fingerprint=fingerprint,
        created_at=now,
        alive_at=now,
        expires_at=expires_at,
    )
    made = await connection.execute(anew.on_conflict_do_nothing().returning(keys.c.key))
    return made.one_or_none() is not None


async def go_on(connection: AsyncConnection, claimed: Claimed, now: datetime) -> None:
    """Says that the call under way goes on."""
    await connection.execute(keys.update().where(_ours(claimed)).values(alive_at=now))


async def keep(connection: AsyncConnection, claimed: Claimed, status: int, body: bytes) -> bool:
    """Keeps the answer, in the transaction of what it tells where there is one.

    False where the call does not have the key any more: it was taken for dead, and another has.
    """
    kept = await connection.execute(
        keys.update().where(_ours(claimed)).values(status=status, body=body)
    )
    return kept.rowcount == 1


async def release(connection: AsyncConnection, claimed: Claimed) -> None:
    """Forgets a key whose call came to nothing, so that it may be tried again."""
    await connection.execute(keys.delete().where(_ours(claimed), keys.c.status.is_(None)))


async def forget(connection: AsyncConnection, caller: str, key: str, known: KeptAnswer) -> None:
    """Forgets what is known of a key, unless something happened to it meanwhile."""
    await connection.execute(
        keys.delete().where(
            keys.c.caller == caller,
            keys.c.key == key,
            keys.c.claim.is_not_distinct_from(known.claim),
            keys.c.alive_at.is_not_distinct_from(known.alive_at),
            keys.c.status.is_not_distinct_from(known.status),
        )
    )


def _ours(claimed: Claimed) -> sa.ColumnElement[bool]:
    return sa.and_(
        keys.c.caller == claimed.caller,
        keys.c.key == claimed.key,
        keys.c.claim == claimed.claim,
    )
