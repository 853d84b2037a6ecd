"""Notifications in the app itself: an inbox for each person, announced live."""

from __future__ import annotations

from festoon_notifications.inbox import empty, keep, mark_announced, messages_of
from host import AppContext, Delivery, JsonObject, Notification, Room, hookimpl


@hookimpl
async def notify(ctx: AppContext, room: Room, notification: Notification) -> Delivery:
    """Puts a notification into the person's inbox and announces it to them, live.

    Called again with the same id, it stores nothing twice, and announces again only if the
    announcement may have been lost.
    """
    database = ctx.database()
    if await keep(database, room.id, notification, ctx.now()):
        await ctx.notify(notification)
        await mark_announced(database, notification.id, ctx.now())
    return Delivery(delivered=True, channel="in-app")


@hookimpl
async def export_person(ctx: AppContext, user_id: str) -> JsonObject:
    """The person's inbox."""
    return {"inbox": await messages_of(ctx.database(), user_id)}


@hookimpl
async def erase_person(ctx: AppContext, user_id: str) -> None:
    """Empties the person's inbox."""
    await empty(ctx.database(), user_id)
