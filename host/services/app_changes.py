"""What every change to the applications of a room takes: finding, asking, and telling of it."""

from __future__ import annotations

from host.access import Actor
from host.apps.manifest import Manifest
from host.contract import Capability, JsonObject, Refusal, Room, RoomApp
from host.errors import NotFound, ValidationFailed
from host.services.audit import record
from host.services.core import Core
from host.services.delegation import ask, withheld
from host.services.telling import emit_room
from host.services.writer import RoomTransaction
from host.store import rooms


def found(app: RoomApp | None) -> RoomApp:
    """The application, or `NotFound` where it is not on in the room."""
    if app is None:
        raise NotFound("This application is not on in this room.")
    return app


async def refuse_nonsense(
    core: Core, actor: Actor, room: Room, manifest: Manifest, settings: JsonObject
) -> None:
    """Raises `ValidationFailed` where an application has something against its settings."""
    capability = Capability.ROOM_SETTINGS
    if capability not in manifest.capabilities or await withheld(core, capability, manifest.id):
        return
    decision, _ = await ask(core, actor, room, "check_settings", manifest.id, settings=settings)
    if isinstance(decision.value, Refusal):
        reason = decision.value.reason
        raise ValidationFailed(reason, {"settings": [reason]})


async def note_change(
    tx: RoomTransaction,
    actor: Actor,
    act: str,
    app_id: str | None,
    before: JsonObject | None,
    after: JsonObject | None,
) -> None:
    """Tells the room and its log of a change to its applications."""
    # What is on in a room is part of it: whoever looked before has seen another room.
    await rooms.update(tx.conn, tx.room.id, tx.now)
    await tx.reload()
    emit_room(tx, "room:updated", tx.room)
    await record(tx, actor, act, subject_id=app_id, before=before, after=after)
