"""`room:counts`: what a quiet subscription is told instead of every single coming and going."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable

from host.contract import JsonObject

log = logging.getLogger("festoon.realtime")

COUNTED = ("participant:", "prize:", "winner:")


class Counts:
    """Sends the counts when something that is counted has changed, at most once a window."""

    def __init__(
        self,
        read: Callable[[], Awaitable[JsonObject]],
        send: Callable[[JsonObject], None],
        window: float,
    ) -> None:
        """`read` gives the counts of now; `send` hands them to the quiet subscriptions."""
        self._read = read
        self._send = send
        self._window = window
        self._sent: JsonObject | None = None
        self._sent_at = float("-inf")
        self._timer: asyncio.TimerHandle | None = None
        self._reading: asyncio.Task[None] | None = None
        self._closed = False

    def changed(self, *, newcomer: bool = False) -> None:
        """Something counted may be different; a newcomer is told even if it is not."""
        if newcomer:
            self._sent = None
        if self._timer is None and not self._closed:
            loop = asyncio.get_running_loop()
            due = max(self._sent_at + self._window, loop.time())
            self._timer = loop.call_at(due, self._due)

    async def close(self) -> None:
        """Stops the timer, and lets a read that is under way come to its end."""
        self._closed = True
        if self._timer is not None:
            self._timer.cancel()
        if self._reading is not None:
            await asyncio.wait([self._reading])

    def _due(self) -> None:
        self._timer = None
        self._sent_at = asyncio.get_running_loop().time()
        self._reading = asyncio.create_task(self._tell())

    async def _tell(self) -> None:
        try:
            counts = await self._read()
        except Exception:
            # The next change asks again; a phone that is a second behind has lost nothing.
            log.warning("the counts of a room could not be read", exc_info=True)
            return
        # A slow answer must not overtake the one that was asked for after it.
        if self._reading is asyncio.current_task() and counts != self._sent:
            self._sent = counts
            self._send(counts)
