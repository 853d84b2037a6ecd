"""From the commit to the channel: nothing that was committed stays unannounced.

A transaction that wrote events also wrote one outbox row with their range. Publishing is
tried at once; the row goes when it worked. What a crash left behind is swept at start and
every few seconds, so a reader may get an event twice, and tells by its seq.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING

from host.contract import Event
from host.ids import Sources
from host.realtime.ending import end
from host.realtime.envelope import pack, pack_pointer, room_channel
from host.store import events as log_of_events
from host.store.engine import Database

if TYPE_CHECKING:
    from host.realtime.channels import Channels

log = logging.getLogger("festoon.outbox")
SWEEP_SECONDS = 5.0
BATCH = 500


class Outbox:
    """Publishes committed events and remembers which ranges are done."""

    def __init__(self, db: Database, channels: Channels, sources: Sources) -> None:
        self._db = db
        self._channels = channels
        self._sources = sources
        self._done: list[str] = []
        self._task: asyncio.Task[None] | None = None
        self.heed: Callable[[Sequence[Event]], None] | None = None
        """Told of events before anybody else, the caller that wrote them included."""

    async def start(self) -> None:
        """Sweeps what an earlier process left, then keeps sweeping."""
        await self._sweep(timedelta(0))
        self._task = asyncio.get_running_loop().create_task(self._run())

    async def close(self) -> None:
        """Stops sweeping; the last done rows are removed."""
        if self._task is not None:
            await end(self._task)
        await self._forget()

    async def announce(self, room_id: str, events: Sequence[Event], outbox_id: str) -> None:
        """Publishes what was just committed; a failure is left to the sweep."""
        if self.heed is not None:
            self.heed(events)
        try:
            pointer = pack_pointer(room_id, events[-1].seq or 0)
            await self._channels.publish(room_channel(room_id), pack(room_id, events), pointer)
        except Exception:
            log.warning("publishing to room %s failed, the sweep will try again", room_id)
            return
        self._done.append(outbox_id)

    async def publish_passing(self, event: Event) -> None:
        """Publishes an event that nobody keeps."""
        await self._channels.publish(room_channel(event.room_id), pack(event.room_id, [event]))

    async def _run(self) -> None:
        while True:
            await asyncio.sleep(SWEEP_SECONDS)
            try:
                await self._forget()
                await self._sweep(timedelta(seconds=SWEEP_SECONDS))
            except Exception:
                log.exception("sweeping the outbox failed, it goes on")

    async def _forget(self) -> None:
        while batch := self._done[:BATCH]:
            async with self._db.write() as conn:
                await log_of_events.remove_from_outbox(conn, batch)
            # Only now: what is cut off before the commit is still known to be done.
            del self._done[: len(batch)]

    async def _sweep(self, age: timedelta) -> None:
        done = set(self._done)
        async with self._db.read() as conn:
            left = await log_of_events.unannounced(conn, self._sources.now() - age, BATCH)
        for row in left:
            if row.id in done:
                continue
            async with self._db.read() as conn:
                events = await log_of_events.read_after(
                    conn, row.room_id, row.first_seq - 1, row.last_seq - row.first_seq + 1
                )
            await self.announce(row.room_id, events, row.id)
        await self._forget()
