"""Telling a room's applications what happened, after the commit."""

from __future__ import annotations

from typing import Any

from host.contract import Room
from host.services.core import Core
from host.store import room_apps


async def tell_room(core: Core, hook: str, room: Room, **arguments: Any) -> None:
    """Tells every application that is on in the room; their failures stay theirs."""
    if not core.dispatch.table.get(hook):
        return
    async with core.db.read() as conn:
        on = await room_apps.enabled(conn, room.id)
    await core.dispatch.tell(hook, on, room, **arguments)
