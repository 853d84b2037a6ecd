"""What a client that never got its answer does: it asks again under the same key."""

from __future__ import annotations

from datetime import timedelta

import sqlalchemy as sa

from host.ids import Sources
from host.store import tables as t
from host.store.engine import Database
from host.web.api.once import ABANDONED


async def age_claims(db: Database) -> None:
    """Lets the time pass after which a call that never ended is taken for dead.

    Only for a database on which no call is under way.
    """
    keys = t.idempotency_keys
    past = Sources().now() - ABANDONED - timedelta(seconds=1)
    async with db.write() as conn:
        await conn.execute(keys.update().where(keys.c.status.is_(None)).values(alive_at=past))


async def claims_under_way(db: Database) -> int:
    """How many keys wait for the end of a call."""
    keys = t.idempotency_keys
    async with db.read() as conn:
        query = sa.select(sa.func.count()).where(keys.c.status.is_(None))
        return (await conn.execute(query)).scalar_one()
