"""Telling organizers that a service is left out, and that it is well again: once each."""

from __future__ import annotations

from host.services.core import Core
from host.services.notices import tell_organizers
from host.services.writer import RoomTransaction
from host.store import deliveries as store
from host.store.deliveries import Outage

OUT = (
    "app:left-out",
    "The application '{app_id}' is left out for a while",
    "It failed several times in a row: {reason}. It is tried again by itself. Until then what it "
    "answers for fails, or the platform does it where you allowed that: see Applications.",
)
WELL = (
    "app:well-again",
    "The application '{app_id}' is well again",
    "It answers. Nothing is left to do.",
)


class Outages:
    """Hears from the process's breaker; of several processes the first to notice tells."""

    def __init__(self, core: Core) -> None:
        self._core = core

    async def left_out(self, app_id: str, reason: str) -> None:
        """Tells the rooms in which the service answers for something."""
        outage = Outage(app_id, self._core.sources.now(), reason)
        async with self._core.db.write() as connection:
            first = await store.begin_outage(connection, outage)
        if first:
            await self._tell(app_id, *OUT, reason=reason)

    async def well_again(self, app_id: str) -> None:
        """Tells them, if they were told that it is not."""
        async with self._core.db.read() as connection:
            if app_id not in await store.outages_of(connection):
                return
        async with self._core.db.write() as connection:
            ended = await store.end_outage(connection, app_id)
        if ended:
            await self._tell(app_id, *WELL)

    async def _tell(self, app_id: str, kind: str, title: str, body: str, reason: str = "") -> None:
        async with self._core.db.read() as connection:
            concerned = await store.rooms_asking(connection, app_id)
        said = title.format(app_id=app_id), body.format(reason=reason)

        async def write(tx: RoomTransaction) -> None:
            await tell_organizers(self._core, tx, kind, *said, {"appId": app_id}, brought=False)

        for room_id in concerned:
            await self._core.writer.write(room_id, write, answers_call=False)
