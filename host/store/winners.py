"""Winners and the draws that found them: rows in, `Winner` out."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from host.contract import JsonObject, Participant, Person, PrizeRef, Role, Winner
from host.store.paging import Page, PageRequest, fetch_page
from host.store.tables import draws, participants, prizes, users, winners

_SELECT = (
    sa.select(
        winners,
        participants.c.user_id,
        participants.c.role,
        participants.c.metadata.label("participant_metadata"),
        participants.c.joined_at,
        participants.c.updated_at.label("participant_updated_at"),
        participants.c.deleted_at.label("participant_deleted_at"),
        users.c.name.label("user_name"),
        users.c.avatar.label("user_avatar"),
        prizes.c.name.label("prize_name"),
        prizes.c.description.label("prize_description"),
        prizes.c.image_url.label("prize_image_url"),
    )
    .select_from(winners)
    .join(participants, participants.c.id == winners.c.participant_id)
    .join(users, users.c.id == participants.c.user_id)
    .join(prizes, prizes.c.id == winners.c.prize_id)
)
_ORDER = (winners.c.created_at, winners.c.id)


def _read(row: Any) -> Winner:
    return Winner(
        id=row.id,
        room_id=row.room_id,
        participant_id=row.participant_id,
        prize_id=row.prize_id,
        metadata=row.metadata,
        created_at=row.created_at,
        deleted_at=row.deleted_at,
        participant=Participant(
            id=row.participant_id,
            user_id=row.user_id,
            room_id=row.room_id,
            role=Role(row.role),
            metadata=row.participant_metadata,
            joined_at=row.joined_at,
            updated_at=row.participant_updated_at,
            deleted_at=row.participant_deleted_at,
            user=Person(row.user_id, row.user_name, row.user_avatar),
        ),
        prize=PrizeRef(row.prize_id, row.prize_name, row.prize_description, row.prize_image_url),
    )


async def get(
    connection: AsyncConnection, room_id: str, winner_id: str, *, deleted: bool = False
) -> Winner | None:
    """One winner of the room; a revoked one only when `deleted` is true."""
    query = _SELECT.where(winners.c.room_id == room_id, winners.c.id == winner_id)
    if not deleted:
        query = query.where(winners.c.deleted_at.is_(None))
    row = (await connection.execute(query)).one_or_none()
    return _read(row) if row else None


async def page(
    connection: AsyncConnection,
    room_id: str,
    request: PageRequest,
    *,
    prize_id: str | None = None,
    participant_id: str | None = None,
    deleted: bool = False,
) -> Page[Winner]:
    """The room's winners, oldest first."""
    query = _SELECT.where(winners.c.room_id == room_id)
    if prize_id is not None:
        query = query.where(winners.c.prize_id == prize_id)
    if participant_id is not None:
        query = query.where(winners.c.participant_id == participant_id)
    if not deleted:
        query = query.where(winners.c.deleted_at.is_(None))
    return await fetch_page(connection, query, _ORDER, request, _read)


async def everyone(
    connection: AsyncConnection, room_id: str, *, revoked: bool = False
) -> Sequence[Winner]:
    """All winners of the room, oldest first; those that were revoked only when asked for."""
    query = _SELECT.where(winners.c.room_id == room_id)
    if not revoked:
        query = query.where(winners.c.deleted_at.is_(None))
    return [_read(row) for row in (await connection.execute(query.order_by(*_ORDER))).all()]


async def holders(connection: AsyncConnection, prize_id: str) -> set[str]:
    """Participants who hold a unit of the prize."""
    query = sa.select(winners.c.participant_id).where(
        winners.c.prize_id == prize_id, winners.c.deleted_at.is_(None)
    )
    return set((await connection.execute(query)).scalars())


async def insert(
    connection: AsyncConnection,
    *,
    winner_id: str,
    room_id: str,
    participant_id: str,
    prize_id: str,
    draw_id: str | None,
    metadata: JsonObject,
    now: datetime,
) -> None:
    """A win; the database refuses a second living one of the same prize and participant."""
    await connection.execute(
        winners.insert().values(
            id=winner_id,
            room_id=room_id,
            participant_id=participant_id,
            prize_id=prize_id,
            draw_id=draw_id,
            metadata=metadata,
            created_at=now,
        )
    )


async def revoke(connection: AsyncConnection, winner_id: str, now: datetime) -> bool:
    """Marks a living win as revoked; False when it already was."""
    result = await connection.execute(
        winners.update()
        .where(winners.c.id == winner_id, winners.c.deleted_at.is_(None))
        .values(deleted_at=now)
    )
    return result.rowcount == 1


async def insert_draw(
    connection: AsyncConnection,
    *,
    draw_id: str,
    room_id: str,
    prize_id: str,
    app_id: str,
    manifest_version: str,
    fallback: bool,
    seed: bytes,
    count: int,
    entrants: Sequence[str],
    record: JsonObject,
    drawn_by: str,
    now: datetime,
) -> None:
    """The record of a draw: who drew by which rules, from which entrants, with which seed."""
    await connection.execute(
        draws.insert().values(
            id=draw_id,
            room_id=room_id,
            prize_id=prize_id,
            app_id=app_id,
            manifest_version=manifest_version,
            fallback=fallback,
            seed=seed.hex(),
            count=count,
            entrants=list(entrants),
            record=record,
            drawn_by=drawn_by,
            created_at=now,
        )
    )
