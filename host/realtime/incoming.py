"""Messages of one socket on their way to its conversation, without a task that waits for them."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Coroutine
from dataclasses import dataclass

from host.realtime.beginning import Beginner
from host.realtime.linked import LinkedConnection
from host.realtime.names import CloseCode
from host.realtime.protocol import Conversation
from host.realtime.wire.link import FrameLink

log = logging.getLogger("festoon.realtime")

KEPT = 32
"""How many messages wait for the one before them; then the client waits too."""
SUBSCRIBES_ITSELF_SECONDS = 0.5
"""How long a client of an application's socket may take before it is subscribed unasked."""


@dataclass(frozen=True, slots=True)
class Unasked:
    """What a client is subscribed to unless it subscribes by itself."""

    room_id: str
    after: int | None
    quiet: bool

    @property
    def patience(self) -> float:
        """How long it has for that, in seconds; none if it said where to begin."""
        return SUBSCRIBES_ITSELF_SECONDS if self.after is None else 0.0


class Incoming:
    """A `Receiver`: most messages are answered inside the call.

    One that must wait for something becomes a task, and those behind it wait for that.
    """

    __slots__ = (
        "_beginner",
        "_connection",
        "_conversation",
        "_is_busy",
        "_kept",
        "_link",
        "_patience",
        "_timer",
        "_unasked",
    )

    def __init__(
        self,
        link: FrameLink,
        connection: LinkedConnection,
        conversation: Conversation,
        beginner: Beginner,
        unasked: Unasked | None = None,
    ) -> None:
        """`unasked` is what the client is subscribed to if it does not say otherwise."""
        self._link = link
        self._connection = connection
        self._conversation = conversation
        self._beginner = beginner
        self._is_busy = False
        self._kept: list[tuple[str | bytes, float]] | None = None
        self._unasked = unasked
        self._patience = unasked.patience if unasked else 0.0
        self._timer: asyncio.TimerHandle | None = None
        self._wait_for_subscription()

    def message_received(self, message: str | bytes, arrived: float | None = None) -> None:
        """Answers it, or has it wait for its turn."""
        if self._is_busy:
            self._keep(message, self._link.arrived if arrived is None else arrived)
            return
        if self._timer is not None:
            self._stop_waiting()
        work = self._conversation.take(message, arrived)
        if work is not None:
            self._begin(work)
        elif self._unasked is not None:
            self._wait_for_subscription()

    def writing_resumed(self) -> None:
        """The client has taken most of what was sent."""
        self._connection.writing_resumed()

    def connection_closed(self, code: int, reason: str) -> None:
        """The socket is gone. What is under way may come to its end."""
        self._unasked = None
        self._stop_waiting()
        self._kept = None
        self._connection.lost()
        self._connection.on_close = None
        self._conversation.stop()

    def _keep(self, message: str | bytes, arrived: float) -> None:
        if self._kept is None:
            self._kept = []
        self._kept.append((message, arrived))
        if len(self._kept) == KEPT:
            self._link.pause_reading()

    def _begin(self, work: Coroutine[None, None, None]) -> None:
        self._is_busy = True
        self._beginner.drive(self._go_on(work))

    async def _go_on(self, work: Coroutine[None, None, None] | None) -> None:
        try:
            while True:
                if work is not None:
                    await work
                if not self._kept:
                    break
                work = self._conversation.take(*self._kept.pop(0))
        except Exception:
            log.exception("a message of a socket could not be handled")
            self._connection.close(CloseCode.RESTARTING, "come back in a moment")
        finally:
            self._is_busy = False
        if not self._connection.closed:
            self._link.resume_reading()
            self._wait_for_subscription()

    # An application's own socket.

    def _wait_for_subscription(self) -> None:
        if self._unasked is not None:
            if self._conversation.rooms:
                self._unasked = None
                return
            loop = asyncio.get_running_loop()
            self._timer = loop.call_later(self._patience, self._subscribe, self._unasked)

    def _stop_waiting(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _subscribe(self, unasked: Unasked) -> None:
        self._timer = None
        if not self._is_busy:
            self._begin(self._listen(unasked))

    async def _listen(self, unasked: Unasked) -> None:
        self._patience = SUBSCRIBES_ITSELF_SECONDS
        if await self._conversation.listen(
            unasked.room_id, after=unasked.after, quiet=unasked.quiet
        ):
            self._unasked = None
