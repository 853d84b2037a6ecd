"""What it takes to bring notifications to people: who they are, and who does it in their rooms."""

from __future__ import annotations

from collections.abc import Collection

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from host.contract import Capability, Recipient
from host.store.tables import identities, room_capabilities, users

PHONE = "phone"


async def recipients(
    connection: AsyncConnection, user_ids: Collection[str]
) -> dict[str, Recipient]:
    """Those of these people who are there, with the ways to them that are known to be theirs."""
    numbers = await connection.execute(
        sa.select(identities.c.user_id, identities.c.subject).where(
            identities.c.user_id.in_(user_ids), identities.c.provider == PHONE
        )
    )
    phones = {row.user_id: row.subject for row in numbers}
    rows = await connection.execute(
        sa.select(users.c.id, users.c.name, users.c.email, users.c.email_verified_at).where(
            users.c.id.in_(user_ids), users.c.deleted_at.is_(None), users.c.disabled_at.is_(None)
        )
    )
    return {
        row.id: Recipient(
            row.name, row.email if row.email_verified_at else None, phones.get(row.id)
        )
        for row in rows
    }


async def answerers(connection: AsyncConnection, room_ids: Collection[str]) -> dict[str, str]:
    """The applications that bring notifications, by room; elsewhere it is the platform."""
    chosen = await connection.execute(
        sa.select(room_capabilities.c.room_id, room_capabilities.c.app_id).where(
            room_capabilities.c.room_id.in_(room_ids),
            room_capabilities.c.capability == Capability.NOTIFICATIONS.value,
        )
    )
    return {row.room_id: row.app_id for row in chosen}
