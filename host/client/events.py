"""The events of one room, to be iterated over."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Self

from host.client.failures import NotConnected
from host.client.frames import LiveEvent
from host.contract import JsonObject
from host.errors import FestoonError

MOST_WAITING = 10_000
"""Events that wait for the one who iterates; what is beyond is asked for again later."""


class RoomEvents:
    """Every durable event of a room once, in the order of its seq, and passing ones as they come.

    Made by `Live.subscribe`. Ends when it is closed; raises the `FestoonError` that the host
    ended it with. One who is slow loses passing events only.
    """

    def __init__(
        self,
        room_id: str,
        after: int | None,
        quiet: bool,
        resume: Callable[[RoomEvents], None],
        leave: Callable[[RoomEvents], Awaitable[None]],
    ) -> None:
        self.room_id = room_id
        self.quiet = quiet
        self.after = after
        """The seq of the last durable event that was handed out: where to begin after a crash."""
        self.subscribed: JsonObject = {}
        """The host's latest answer: `{roomId, seq, quiet, participant}`."""
        self.live = False
        """Whether the host has answered on this connection, so that what comes now counts."""
        self.behind = False
        """Whether events had to be left out, to be asked for when those that wait are gone."""
        self.taken = after
        """The seq of the last durable event that came."""
        self.first: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._resume = resume
        self._leave = leave
        self._waiting: deque[LiveEvent] = deque()
        self._news = asyncio.Event()
        self._ended = False
        self._error: FestoonError | None = None

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> LiveEvent:
        while not self._waiting:
            if self._ended:
                if self._error is not None:
                    raise self._error
                raise StopAsyncIteration
            if self.behind:
                self.behind = False
                self._resume(self)
            self._news.clear()
            await self._news.wait()
        event = self._waiting.popleft()
        if event.seq is not None:
            self.after = event.seq
        return event

    async def close(self) -> None:
        """Listens no longer."""
        self.end(None)
        await self._leave(self)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    def answered(self, answer: JsonObject) -> None:
        """The host has subscribed this socket."""
        self.subscribed = answer
        self.live = True
        if self.first.done():
            if self.taken is None:
                now, head = datetime.now(UTC), answer["seq"]
                self.put(LiveEvent("room:reset", self.room_id, {}, now, seq=head))
            return
        if self.taken is None:
            self.after = self.taken = answer["seq"]
        self.first.set_result(None)

    def put(self, event: LiveEvent) -> None:
        """One more event. What is too much is left out, and asked for again."""
        if self._ended:
            return
        if self.behind or len(self._waiting) >= MOST_WAITING:
            self.behind = True
            self.live = False
            return
        if event.seq is not None:
            self.taken = event.seq
        self._waiting.append(event)
        self._news.set()

    def end(self, error: FestoonError | None) -> None:
        """Nothing more will come."""
        if self._ended:
            return
        self._ended = True
        self._error = error
        self.live = False
        self._news.set()
        if not self.first.done():
            self.first.set_exception(error or NotConnected("This connection was closed."))
