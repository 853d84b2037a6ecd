"""Notifications that arrive: by mail, in the browser, by what has an Apprise URL, by webhook.

The host keeps what has to be told and asks again until it was; `desk` goes each way to the reader
once, `channels` are the ways, `writing` finds the words.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from starlette.routing import BaseRoute

from festoon_notifications.channels.base import Asked
from festoon_notifications.desk import Desks
from festoon_notifications.inbox import empty, messages_of
from festoon_notifications.pages import panels_of, surfaces
from festoon_notifications.people import forget, forget_room, known_of
from host import (
    AppContext,
    BackgroundTask,
    Delivery,
    JsonObject,
    Notification,
    Panel,
    Place,
    Room,
    hookimpl,
)

SWEEP_SECONDS = 6 * 3600.0

_desks = Desks()


@hookimpl
async def notify(ctx: AppContext, room: Room | None, notification: Notification) -> Delivery:
    """Hands a notification to every channel that leads to its reader and has not had it yet."""
    return await _desks.of(ctx).deliver(Asked(ctx, room, notification, ctx.settings))


@hookimpl
def routes() -> Sequence[BaseRoute]:
    """The room's words and its log, and the page where a browser says yes to messages."""
    return surfaces(_desks)


@hookimpl
async def panels(ctx: AppContext, room: Room, place: Place) -> Sequence[Panel]:
    """The ways to the words and the log in the organizer's room."""
    return panels_of(ctx, room, place)


@hookimpl
def tasks(ctx: AppContext) -> Sequence[BackgroundTask]:
    """Forgets old records."""

    async def sweep() -> None:
        while True:
            await _desks.of(ctx).records.sweep(ctx.now())
            await asyncio.sleep(SWEEP_SECONDS)

    return [BackgroundTask("sweep", sweep)]


@hookimpl
async def export_person(ctx: AppContext, user_id: str) -> JsonObject:
    """What was kept of the person: browsers, addresses that bounced, what was delivered when."""
    return {"inbox": await messages_of(ctx.database(), user_id)} | await known_of(
        ctx.database(), user_id
    )


@hookimpl
async def erase_person(ctx: AppContext, user_id: str) -> None:
    """Forgets all of it."""
    await empty(ctx.database(), user_id)
    await forget(ctx.database(), user_id)


@hookimpl
async def room_deleted(ctx: AppContext, room_id: str) -> None:
    """Forgets the room's words and its log."""
    await forget_room(ctx.database(), room_id)


@hookimpl
async def shutdown(ctx: AppContext) -> None:
    """Closes the connections of this process."""
    await _desks.close(ctx)
