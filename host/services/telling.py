"""Telling a room's applications what happened, after the commit."""

from __future__ import annotations

from typing import Any

from host.contract import Room
from host.services.core import Core
from host.store import room_apps


async def tell_room(core: Core, hook: str, room: Room, **arguments: Any) -> None:
    """Tells every application that is on in the room; their failures stay theirs."""
    async with core.db.read() as conn:
        on = [a.app_id for a in await room_apps.listed(conn, room.id) if a.enabled]
    await core.dispatch.tell(hook, on, room, **arguments)
