"""Everything that the host holds of one person, as plain JSON, for that person to read."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from host.contract import JsonObject, wire
from host.contract.wire import camel
from host.store.tables import (
    audit_log,
    codes,
    events,
    identities,
    notification_deliveries,
    notification_preferences,
    notifications,
    participants,
    prizes,
    rooms,
    sessions,
    users,
    winners,
)

# Of what is secret nobody gets to see more than that it is there.
_USER = [c for c in users.c if c.name != "password_hash"]
_SESSION = [c for c in sessions.c if c.name not in ("cookie_hash", "user_id")]
_CODE = [codes.c.purpose, codes.c.target, codes.c.created_at, codes.c.expires_at, codes.c.used_at]


async def user(connection: AsyncConnection, user_id: str) -> JsonObject | None:
    """The living user's own row."""
    has_password = users.c.password_hash.is_not(None).label("has_password")
    query = sa.select(*_USER, has_password)
    found = await _all(connection, query.where(users.c.id == user_id, users.c.deleted_at.is_(None)))
    return found[0] if found else None


async def held(connection: AsyncConnection, user_id: str) -> JsonObject:
    """What hangs on the user, table by table."""
    part = participants.join(rooms, rooms.c.id == participants.c.room_id)
    won = winners.join(participants, participants.c.id == winners.c.participant_id)
    in_room = rooms.c.name.label("room_name")
    mine = participants.c.user_id == user_id
    return {
        "identities": await _of(connection, identities, user_id, but=("user_id",)),
        "sessions": await _all(connection, sa.select(*_SESSION).where(_is(sessions, user_id))),
        "codes": await _all(connection, sa.select(*_CODE).where(_is(codes, user_id))),
        "rooms": await _all(
            connection,
            sa.select(rooms).where(
                sa.or_(rooms.c.owner_id == user_id, rooms.c.created_by == user_id)
            ),
        ),
        "participations": await _all(
            connection, sa.select(participants, in_room).select_from(part).where(mine)
        ),
        "wins": await _all(
            connection,
            sa.select(winners, prizes.c.name.label("prize_name"), in_room)
            .select_from(
                won.join(prizes, prizes.c.id == winners.c.prize_id).join(
                    rooms, rooms.c.id == winners.c.room_id
                )
            )
            .where(mine),
        ),
        "notifications": await _of(connection, notifications, user_id, but=("user_id",)),
        "deliveries": await _of(
            connection, notification_deliveries, user_id, but=("user_id", "claims")
        ),
        "notificationPreferences": await _of(
            connection, notification_preferences, user_id, but=("user_id",)
        ),
        "messages": await _all(
            connection,
            sa.select(events.c.room_id, events.c.seq, events.c.event, events.c.data, events.c.at)
            .where(
                events.c.room_id.in_(sa.select(participants.c.room_id).where(mine)),
                events.c.audience == f"user:{user_id}",
            )
            .order_by(events.c.room_id, events.c.seq),
        ),
        "acts": await _all(
            connection,
            sa.select(audit_log).where(audit_log.c.actor_id == user_id).order_by(audit_log.c.id),
        ),
    }


def _is(table: sa.Table, user_id: str) -> sa.ColumnElement[bool]:
    return table.c.user_id == user_id


async def _of(
    connection: AsyncConnection, table: sa.Table, user_id: str, *, but: Sequence[str]
) -> list[JsonObject]:
    columns = [c for c in table.c if c.name not in but]
    return await _all(connection, sa.select(*columns).where(_is(table, user_id)))


async def _all(connection: AsyncConnection, query: sa.Select[Any]) -> list[JsonObject]:
    found = (await connection.execute(query)).mappings().all()
    return [{camel(name): wire(value) for name, value in row.items()} for row in found]
