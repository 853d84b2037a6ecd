"""Secrets of separate services: salt and hash of each, never the secret itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from host.store.tables import app_secrets

_NOW = sa.bindparam("now", type_=app_secrets.c.ends_at.type)
_LIVING = (
    sa.select(app_secrets)
    .where(
        app_secrets.c.app_id == sa.bindparam("app_id"),
        sa.or_(app_secrets.c.ends_at.is_(None), app_secrets.c.ends_at > _NOW),
    )
    # The one without an end is the newest.
    .order_by(app_secrets.c.ends_at.is_not(None), app_secrets.c.created_at.desc())
)


@dataclass(frozen=True)
class KeptSecret:
    """One secret of an application; `ends_at` is None for the newest."""

    id: str
    app_id: str
    salt: str
    hash: str
    created_at: datetime
    ends_at: datetime | None


async def living(connection: AsyncConnection, app_id: str, now: datetime) -> Sequence[KeptSecret]:
    """The secrets that are valid, newest first: one, or two while it is being changed."""
    rows = await connection.execute(_LIVING, {"app_id": app_id, "now": now})
    return [KeptSecret(**row) for row in rows.mappings()]


async def insert(connection: AsyncConnection, secret: KeptSecret) -> None:
    """Keeps the newest; the one before must have been given its end."""
    await connection.execute(app_secrets.insert().values(**vars(secret)))


async def retire(connection: AsyncConnection, app_id: str, ends_at: datetime) -> Sequence[str]:
    """Gives the newest its end, and removes those before it; their ids."""
    gone = await end_old(connection, app_id)
    await connection.execute(
        app_secrets.update().where(app_secrets.c.app_id == app_id).values(ends_at=ends_at)
    )
    return gone


async def end_old(connection: AsyncConnection, app_id: str) -> Sequence[str]:
    """Removes all but the newest; the ids of those that are gone."""
    return await _end(
        connection, app_secrets.c.app_id == app_id, app_secrets.c.ends_at.is_not(None)
    )


async def end_all(connection: AsyncConnection, app_id: str) -> Sequence[str]:
    """Removes every secret of an application; their ids."""
    return await _end(connection, app_secrets.c.app_id == app_id)


async def _end(connection: AsyncConnection, *which: sa.ColumnElement[bool]) -> Sequence[str]:
    gone = await connection.execute(app_secrets.delete().where(*which).returning(app_secrets.c.id))
    return list(gone.scalars())
