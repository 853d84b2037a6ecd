"""A room, and the writer that everyone brings their writes to."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

from host.contract import Event
from host.ids import Sources
from host.realtime.channels import Channels
from host.services.outbox import Outbox
from host.services.writer import RoomTransaction, RoomWriter
from host.store import events, rooms
from host.store.engine import Database
from tests.store import rows
from tests.store.rows import Hall

Operation = Callable[[RoomTransaction], Awaitable[object]]


class Announcements(Outbox):
    """Keeps what was announced, in order, and publishes it as ever."""

    def __init__(self, db: Database, channels: Channels, sources: Sources) -> None:
        super().__init__(db, channels, sources)
        self.heard: list[list[int | None]] = []

    async def announce(self, room_id: str, events: object, outbox_id: str) -> None:
        """As the outbox does."""
        assert isinstance(events, list)
        self.heard.append([event.seq for event in events])
        await super().announce(room_id, events, outbox_id)


@dataclass
class Desk:
    """A room, and the writer that everyone brings their writes to."""

    db: Database
    writer: RoomWriter
    outbox: Announcements
    hall: Hall

    async def log(self) -> list[Event]:
        async with self.db.read() as conn:
            return await events.read_after(conn, self.hall.room, 0, 1000)

    async def seq(self) -> int:
        async with self.db.read() as conn:
            return await rooms.event_seq(conn, self.hall.room)

    async def write(self, operation: Operation) -> object:
        return await self.writer.write(self.hall.room, operation)

    async def together(self, *operations: Operation) -> list[object]:
        """Asked for in one breath: results, and refusals in their places."""
        return await asyncio.gather(*map(self.write, operations), return_exceptions=True)


@asynccontextmanager
async def desk_on(database: Database) -> AsyncIterator[Desk]:
    """A desk with a room of its own."""
    async with database.write() as conn:
        hall = await rows.hall(conn)
    channels, sources = Channels("memory://"), Sources(now=lambda: rows.at(60))
    await channels.start()
    outbox = Announcements(database, channels, sources)
    writer = RoomWriter(database, sources, outbox)
    yield Desk(database, writer, outbox, hall)
    await writer.close()
    await channels.stop()


def says(name: str) -> Operation:
    """Emits one event and answers its seq."""

    async def operation(tx: RoomTransaction) -> int:
        return tx.emit(name, {})

    return operation


def joins(desk: Desk, user: str) -> Operation:
    """A new person joins, and the room hears of it."""

    async def operation(tx: RoomTransaction) -> str:
        await rows.person(tx.conn, user)
        await rows.part(tx.conn, desk.hall.room, user)
        tx.count(participants=1)
        tx.emit("participant:joined", {"user": user})
        return user

    return operation


def fails_after(operation: Operation, error: Exception) -> Operation:
    """Does the whole of an operation, and then raises."""

    async def failing(tx: RoomTransaction) -> None:
        await operation(tx)
        raise error

    return failing
