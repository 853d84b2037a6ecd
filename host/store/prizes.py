"""The prize fund: rows in, `Prize` out."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from host.contract import JsonObject, Prize
from host.store.paging import Page, PageRequest, fetch_page
from host.store.tables import prizes

_ORDER = (prizes.c.created_at, prizes.c.id)


def _read(row: Any) -> Prize:
    return Prize(
        id=row.id,
        room_id=row.room_id,
        name=row.name,
        description=row.description,
        image_url=row.image_url,
        quantity=row.quantity,
        quantity_remaining=row.quantity - row.awarded,
        metadata=row.metadata,
        created_at=row.created_at,
        updated_at=row.updated_at,
        deleted_at=row.deleted_at,
    )


async def get(
    connection: AsyncConnection, room_id: str, prize_id: str, *, deleted: bool = False
) -> Prize | None:
    """A prize of the room; one that was taken out only when `deleted` is true."""
    query = sa.select(prizes).where(prizes.c.room_id == room_id, prizes.c.id == prize_id)
    if not deleted:
        query = query.where(prizes.c.deleted_at.is_(None))
    row = (await connection.execute(query)).one_or_none()
    return _read(row) if row else None


async def page(
    connection: AsyncConnection, room_id: str, request: PageRequest, *, deleted: bool = False
) -> Page[Prize]:
    """The room's prizes, oldest first."""
    query = sa.select(prizes).where(prizes.c.room_id == room_id)
    if not deleted:
        query = query.where(prizes.c.deleted_at.is_(None))
    return await fetch_page(connection, query, _ORDER, request, _read)


async def everything(connection: AsyncConnection, room_id: str) -> Sequence[Prize]:
    """All living prizes of the room, oldest first."""
    query = sa.select(prizes).where(prizes.c.room_id == room_id, prizes.c.deleted_at.is_(None))
    return [_read(row) for row in (await connection.execute(query.order_by(*_ORDER))).all()]


async def insert(
    connection: AsyncConnection,
    *,
    prize_id: str,
    room_id: str,
    name: str,
    description: str | None,
    image_url: str | None,
    quantity: int,
    metadata: JsonObject,
    now: datetime,
) -> None:
    """A new prize, all its units still to be won."""
    await connection.execute(
        prizes.insert().values(
            id=prize_id,
            room_id=room_id,
            name=name,
            description=description,
            image_url=image_url,
            quantity=quantity,
            metadata=metadata,
            created_at=now,
            updated_at=now,
        )
    )


async def update(connection: AsyncConnection, prize_id: str, now: datetime, **changes: Any) -> None:
    """Changes columns of a prize."""
    await connection.execute(
        prizes.update().where(prizes.c.id == prize_id).values(updated_at=now, **changes)
    )


async def take_units(connection: AsyncConnection, prize_id: str, count: int) -> bool:
    """Takes `count` units, or none and False when fewer are left."""
    result = await connection.execute(
        prizes.update()
        .where(
            prizes.c.id == prize_id,
            prizes.c.deleted_at.is_(None),
            prizes.c.awarded + count <= prizes.c.quantity,
        )
        .values(awarded=prizes.c.awarded + count)
    )
    return result.rowcount == 1


async def give_back(connection: AsyncConnection, prize_id: str) -> None:
    """Gives one unit back."""
    await connection.execute(
        prizes.update().where(prizes.c.id == prize_id).values(awarded=prizes.c.awarded - 1)
    )
