"""What people said about being told things: what not, when not, in which words and zone."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from host.contract import Category
from host.store.tables import notification_preferences as table

EVERY = "*"
"""In place of a channel: all but the inbox."""


@dataclass(frozen=True)
class Preferences:
    """One person's. Times are minutes of the day in their own zone; None where they said nothing.

    `digest_at` is when what is not urgent comes together, once a day.
    """

    muted: Mapping[Category, frozenset[str]] = field(default_factory=dict)
    quiet_from: int | None = None
    quiet_to: int | None = None
    digest_at: int | None = None
    locale: str | None = None
    time_zone: str | None = None


NONE = Preferences()
"""Of somebody who said nothing."""


async def get(connection: AsyncConnection, user_id: str) -> Preferences:
    """A person's; `NONE` where they said nothing."""
    return (await of(connection, [user_id])).get(user_id, NONE)


async def of(connection: AsyncConnection, user_ids: Collection[str]) -> dict[str, Preferences]:
    """Those of these people who said something."""
    rows = await connection.execute(sa.select(table).where(table.c.user_id.in_(user_ids)))
    return {row.user_id: _read(row) for row in rows}


async def lock(connection: AsyncConnection, user_id: str) -> Preferences:
    """As `get`, for changing them: nobody else does until the transaction ends."""
    query = sa.select(table).where(table.c.user_id == user_id).with_for_update()
    row = (await connection.execute(query)).first()
    return NONE if row is None else _read(row)


async def put(
    connection: AsyncConnection, user_id: str, preferences: Preferences, now: datetime
) -> None:
    """Keeps a person's preferences."""
    values: dict[str, Any] = {
        **vars(preferences),
        "muted": {one.value: sorted(what) for one, what in preferences.muted.items() if what},
        "updated_at": now,
    }
    if connection.dialect.name == "postgresql":
        from sqlalchemy.dialects.postgresql import insert
    else:
        from sqlalchemy.dialects.sqlite import insert  # type: ignore[assignment]
    new = insert(table).values(user_id=user_id, **values)
    await connection.execute(new.on_conflict_do_update(index_elements=["user_id"], set_=values))


async def forget(connection: AsyncConnection, user_id: str) -> None:
    """Takes them away, with the person."""
    await connection.execute(sa.delete(table).where(table.c.user_id == user_id))


def _read(row: Any) -> Preferences:
    return Preferences(
        {Category(one): frozenset(what) for one, what in row.muted.items()},
        row.quiet_from,
        row.quiet_to,
        row.digest_at,
        row.locale,
        row.time_zone,
    )
