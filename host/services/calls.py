"""The log of calls to separate services, for those who are concerned by them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from host.access import Act, Actor
from host.services.core import Core
from host.services.entry import enter
from host.store import deliveries as store
from host.store.deliveries import Delivered, Outage

MOST_SHOWN = 100


@dataclass(frozen=True)
class RoomCalls:
    """The last calls about a room, the last one first, and who of those asked is left out now."""

    calls: Sequence[Delivered]
    outages: Sequence[Outage]


class Calls:
    """What was asked, what came of it and how long it took; never what was said."""

    def __init__(self, core: Core) -> None:
        self._core = core

    async def of_room(self, actor: Actor, room_id: str) -> RoomCalls:
        """For who manages the room's applications."""
        await enter(self._core, actor, room_id, Act.MANAGE_APPS)
        await self.catch_up()
        async with self._core.db.read() as connection:
            calls = await store.of_room(connection, room_id, MOST_SHOWN)
            outages = await store.outages_of(connection)
        asked = dict.fromkeys(call.app_id for call in calls)
        return RoomCalls(calls, [outages[app_id] for app_id in asked if app_id in outages])

    async def catch_up(self) -> None:
        """Writes what this process has not written yet."""
        if (remote := self._core.dispatch.remote) is not None:
            await remote.deliveries.flush()
