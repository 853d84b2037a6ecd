"""Telling applications that a room was deleted, until each has heard it: they have tables of it."""

from __future__ import annotations

from host.apps.names import PLATFORM
from host.services.core import Core
from host.services.writer import RoomTransaction
from host.store import room_apps
from host.store.jobs import Job

HOOK = "room_deleted"
IN_APP = "deleted:app"
"""The kind of the jobs."""


class Deleting:
    """Writes a job for each application of a room in the transaction that deletes it."""

    def __init__(self, core: Core) -> None:
        self._core = core
        core.jobs.handle(IN_APP, self._tell_app)

    async def enqueue(self, tx: RoomTransaction) -> None:
        """Those that are switched off in the room are told too: they may have been on."""
        for app in await room_apps.listed(tx.conn, tx.room.id):
            if app.app_id == PLATFORM or self._core.dispatch.is_service(app.app_id):
                continue
            payload = {"appId": app.app_id, "roomId": tx.room.id}
            await self._core.jobs.enqueue(tx.conn, IN_APP, payload)

    async def _tell_app(self, job: Job) -> None:
        app_id, room_id = job.payload["appId"], job.payload["roomId"]
        # `call` and not `tell`: one who is not running must hear of it later, not never.
        await self._core.dispatch.call(HOOK, app_id, None, room_id=room_id)
