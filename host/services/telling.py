"""Telling what happened: the room's applications after the commit, and the room with it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from host.contract import Room, wire
from host.services.core import Core
from host.services.entry import shown
from host.services.writer import RoomTransaction
from host.store import room_apps


async def tell_room(
    core: Core, hook: str, room: Room, *, on: Sequence[str] | None = None, **arguments: Any
) -> None:
    """Tells every application that is on in the room; their failures stay theirs.

    `on` are those, where it was read before.
    """
    listening = core.dispatch.table.get(hook)
    if not listening:
        return
    if on is None:
        async with core.db.read() as conn:
            on = await room_apps.enabled(conn, room.id)
    await core.dispatch.tell(hook, on, room, **arguments)


def has_listeners(core: Core, hook: str, on: Sequence[str]) -> bool:
    """Whether any of these applications is told by this hook."""
    listening = core.dispatch.table.get(hook, {})
    return any(app_id in listening for app_id in on)


def emit_room(tx: RoomTransaction, event: str, room: Room) -> None:
    """An event about the room itself, whose secrets reach only those who may edit it."""
    tx.emit(event, wire(shown(room, editor=False)), editor_data=wire(shown(room, editor=True)))
