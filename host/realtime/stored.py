"""What the realtime layer asks the store."""

from __future__ import annotations

from host.contract import Event, RoomCounts
from host.errors import NotFound
from host.store import events, room_apps, rooms
from host.store.engine import Database


class StoredLog:
    """The `RoomLog` of the host's database."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def head(self, room_id: str) -> int:
        """The seq of the room's newest event."""
        async with self._db.read() as connection:
            return await rooms.event_seq(connection, room_id)

    async def read_events(self, room_id: str, after: int, limit: int) -> list[Event]:
        """The events with a seq greater than `after`, rising, at most `limit`."""
        async with self._db.read() as connection:
            return await events.read_after(connection, room_id, after, limit)

    async def counts(self, room_id: str) -> RoomCounts:
        """Living participants, prizes and winners."""
        async with self._db.read() as connection:
            room = await rooms.get(connection, room_id)
        if room is None:
            raise NotFound("There is no such room.")
        return room.counts

    async def apps_on(self, room_id: str) -> frozenset[str]:
        """The ids of the applications that are on in the room."""
        async with self._db.read() as connection:
            return frozenset(await room_apps.enabled(connection, room_id))
