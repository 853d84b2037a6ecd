"""What is kept of a person or a room, to hand out and to forget."""

from __future__ import annotations

import sqlalchemy as sa

from festoon_notifications.tables import bounced, deliveries, subscriptions, words
from host import AsyncDatabase, JsonObject


async def known_of(database: AsyncDatabase, user_id: str) -> JsonObject:
    """The person's browsers, what came of each delivery, and what bounced."""
    browsers = sa.select(subscriptions).where(subscriptions.c.user_id == user_id)
    sent = sa.select(deliveries).where(deliveries.c.user_id == user_id)
    refused = sa.select(bounced).where(bounced.c.user_id == user_id)
    async with database.read() as connection:
        return {
            "browsers": [
                {"device": row.device, "endpoint": row.endpoint, "since": row.at}
                for row in await connection.execute(browsers.order_by(subscriptions.c.at))
            ],
            "deliveries": [
                {
                    "notificationId": row.message_id,
                    "channel": row.way.partition(":")[0],
                    "state": row.state,
                    "why": row.why,
                    "at": row.at,
                    "sent": row.sent,
                }
                for row in await connection.execute(sent.order_by(deliveries.c.at))
            ],
            "bounced": [
                {"channel": row.channel, "why": row.why, "at": row.at}
                for row in await connection.execute(refused.order_by(bounced.c.at))
            ],
        }


async def forget(database: AsyncDatabase, user_id: str) -> None:
    """Forgets a person."""
    async with database.write() as connection:
        for table in (subscriptions, deliveries, bounced):
            await connection.execute(table.delete().where(table.c.user_id == user_id))


async def forget_room(database: AsyncDatabase, room_id: str) -> None:
    """Forgets a room: its words, and what went where."""
    async with database.write() as connection:
        for table in (words, deliveries):
            await connection.execute(table.delete().where(table.c.room_id == room_id))
