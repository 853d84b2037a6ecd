"""A connection straight on the server's socket: no buffer of its own, and no task."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

from host.contract import Path
from host.realtime.connection import BUFFER_BYTES, DRAIN_SECONDS, Binding, SignIn, new_name
from host.realtime.envelope import seq_of
from host.realtime.names import CloseCode
from host.realtime.wire.link import FrameLink


class LinkedConnection:
    """A `Connection` under a server that offers `festoon.frames`.

    Who reads too slowly is known by what the transport could not write. `on_close` is called
    when the connection is closed from this side, `lost` is to be called when it is gone.
    """

    __slots__ = ("_link", "_low", "_most", "_name", "binding", "closed", "on_close", "sign_in")

    def __init__(
        self,
        link: FrameLink,
        *,
        sign_in: SignIn | None = None,
        binding: Binding | None = None,
        buffer_bytes: int = BUFFER_BYTES,
    ) -> None:
        self.sign_in = sign_in
        self.binding = binding
        self.closed = False
        """Whether nothing more can be sent."""
        self.on_close: Callable[[], None] | None = None
        self._link = link
        self._most = buffer_bytes
        self._low: asyncio.Event | None = None
        self._name: str | None = None

    @property
    def arrived(self) -> float:
        """When the message that is being taken was read, by the monotonic clock."""
        return self._link.arrived

    @property
    def name(self) -> str:
        """Names the socket; most are never asked for it."""
        if self._name is None:
            self._name = new_name()
        return self._name

    @property
    def path(self) -> Path | None:
        """This way is not measured."""
        return None

    def heard(self, seq: int) -> float | None:
        """Nothing is remembered of what was written."""
        return None

    def send_frame(self, frame: bytes) -> None:
        """Sends one frame; who is further behind than the bound is closed instead."""
        if self.closed:
            return
        # One frame alone may be as large as it likes.
        if not self._link.offer_text(frame, self._most):
            self._give_up()

    def close(self, code: CloseCode, reason: str = "") -> None:
        """Closes after what was sent. The first code given stays."""
        if self.closed:
            return
        self.lost()
        self._link.close(code, reason)
        if self.on_close is not None:
            self.on_close()

    def lost(self) -> None:
        """The other side is gone: nothing more is sent."""
        self.closed = True
        self.writing_resumed()

    def writing_resumed(self) -> None:
        """The link has written most of what it had."""
        if self._low is not None:
            self._low.set()

    async def drained(self) -> None:
        """Waits until a quarter of the bound is left to be written at most."""
        if self._is_low():
            return
        # It may only be that nothing was written since the last wake-up of the loop.
        self._link.flush()
        self._low = asyncio.Event()
        try:
            async with asyncio.timeout(DRAIN_SECONDS):
                while not self._is_low():
                    self._low.clear()
                    await self._low.wait()
        except TimeoutError:
            self._give_up()
        finally:
            self._low = None

    def _give_up(self) -> None:
        self._link.forget()
        self.close(CloseCode.TOO_SLOW, "reads too slowly")

    def _is_low(self) -> bool:
        return self.closed or self._link.buffered * 4 <= self._most


class MeasuredConnection(LinkedConnection):
    """One whose way is measured, and of which it is known when events were written."""

    __slots__ = ("_measured",)

    def __init__(
        self, link: FrameLink, *, sign_in: SignIn | None = None, binding: Binding | None = None
    ) -> None:
        super().__init__(link, sign_in=sign_in, binding=binding)
        self._measured = link.measure()

    @property
    def path(self) -> Path | None:
        """What the pings have shown so far."""
        return self._measured.path(time.monotonic())

    def heard(self, seq: int) -> float | None:
        """When the frame of a durable event was handed to the system."""
        return self._measured.written.heard(seq)

    def send_frame(self, frame: bytes) -> None:
        """The same, and of durable events it is noted when they are written."""
        seq = seq_of(frame)
        if seq is None or self.closed:
            super().send_frame(frame)
        elif not self._link.offer_noted(frame, self._most, seq, self._measured.written):
            self._give_up()
