"""One open socket, seen from the hub: something that takes frames and can be closed."""

from __future__ import annotations

import asyncio
import secrets
import time
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from host.contract import Path, Person
from host.realtime.envelope import seq_of
from host.realtime.names import CloseCode
from host.realtime.wire.written import Written


@dataclass(frozen=True, slots=True)
class SignIn:
    """Who is at the other end. `actor` is the services' own value and opaque here.

    `person` is None for an application that acts alone. The socket is closed at `expires_at`
    and when the session `session_id` ends.
    """

    actor: object
    person: Person | None
    session_id: str | None = None
    expires_at: datetime | None = None
    app_id: str | None = None
    """The application that acts alone; None for a person."""

    @property
    def caller(self) -> tuple[str | None, str | None]:
        """Who it is, to be compared with another sign-in."""
        return self.user_id, self.app_id

    @property
    def user_id(self) -> str | None:
        """The id of the person, None for an application that acts alone."""
        return self.person.id if self.person else None


@dataclass(frozen=True, slots=True)
class Binding:
    """The application and the room that a socket under `/apps/<id>/rooms/<room>/` belongs to."""

    app_id: str
    room_id: str


class Source(Protocol):
    """Where a message comes from: what an application is told of its socket."""

    @property
    def arrived(self) -> float:
        """When the message that is being taken was read, by the monotonic clock."""
        ...

    @property
    def name(self) -> str:
        """Names the socket, in all processes alike."""
        ...

    @property
    def path(self) -> Path | None:
        """How long its way is; None where that is not measured, or not yet."""
        ...

    def heard(self, seq: int) -> float | None:
        """When the frame of a durable event was written to it, where that is known."""
        ...


class Connection(Source, Protocol):
    """What the hub needs of a socket. Only `drained` waits, and none raises."""

    sign_in: SignIn | None
    binding: Binding | None
    """Set for an application's own socket; None for the platform's."""

    @property
    def closed(self) -> bool:
        """Whether a close was asked for, by either side."""
        ...

    def send_frame(self, frame: bytes) -> None:
        """Sends one text frame, or closes with 4008 where the client reads too slowly."""
        ...

    def close(self, code: CloseCode, reason: str = "") -> None:
        """Sends what is waiting, then the close code."""
        ...

    async def drained(self) -> None:
        """Waits until most of what was sent is on its way; for one who sends a great deal.

        Gives up, and closes with 4008, when the client does not read for a long time.
        """
        ...


def new_name() -> str:
    """A name for a socket, which no other has in any process."""
    return secrets.token_hex(8)


Send = Callable[[bytes], Awaitable[None]]
SendClose = Callable[[int, str], Awaitable[None]]

BUFFER_BYTES = 1_000_000
BUFFER_FRAMES = 2_000
DRAIN_SECONDS = 30.0


class BufferedConnection:
    """A connection over a `send` that waits: a bounded buffer and one writer task.

    The buffer holds references to frames that many connections share; its bound is counted
    as if it held them all alone, because that is how far behind the client is.
    """

    def __init__(
        self,
        send: Send,
        send_close: SendClose,
        *,
        sign_in: SignIn | None = None,
        binding: Binding | None = None,
        measured: bool = False,
        buffer_bytes: int = BUFFER_BYTES,
        buffer_frames: int = BUFFER_FRAMES,
    ) -> None:
        """`measured` remembers what was written when; under such a server it is all there is."""
        self.sign_in = sign_in
        self.name = new_name()
        self.path: Path | None = None
        self._written = Written() if measured else None
        self.binding = binding
        self._send = send
        self._send_close = send_close
        self._buffer: deque[bytes] = deque()
        self._size = 0
        self._most_bytes = buffer_bytes
        self._most_frames = buffer_frames
        self._wake = asyncio.Event()
        self._low = asyncio.Event()
        self._low.set()
        self._ending: tuple[CloseCode, str] | None = None
        self._gone = False
        self.on_close: Callable[[], None] | None = None

    @property
    def arrived(self) -> float:
        """Now: this server does not say when it read something."""
        return time.monotonic()

    def heard(self, seq: int) -> float | None:
        """When the frame of a durable event was given to the server."""
        return self._written.heard(seq) if self._written is not None else None

    @property
    def closed(self) -> bool:
        """Whether nothing more can be sent."""
        return self._gone or self._ending is not None

    def send_frame(self, frame: bytes) -> None:
        """Queues one frame; past the bound the queue is dropped and the socket closed."""
        if self.closed:
            return
        self._buffer.append(frame)
        self._size += len(frame)
        self._wake.set()
        # One frame alone may be as large as it likes.
        if self._is_above(1) and len(self._buffer) > 1:
            self._buffer.clear()
            self.close(CloseCode.TOO_SLOW, "reads too slowly")
        elif self._is_above(4):
            self._low.clear()

    def close(self, code: CloseCode, reason: str = "") -> None:
        """Closes after what is queued. The first code given stays."""
        if self.closed:
            return
        self._ending = (code, reason)
        self._wake.set()
        self._low.set()
        if self.on_close is not None:
            self.on_close()

    def lost(self) -> None:
        """The other side is gone: nothing more is sent."""
        self._gone = True
        self._buffer.clear()
        self._wake.set()
        self._low.set()

    async def drained(self) -> None:
        """Waits until the queue is at most a quarter full."""
        if self._low.is_set():
            return
        try:
            async with asyncio.timeout(DRAIN_SECONDS):
                await self._low.wait()
        except TimeoutError:
            self._buffer.clear()
            self.close(CloseCode.TOO_SLOW, "reads too slowly")

    async def write(self) -> None:
        """Sends what is queued until the connection is closed; run it as the one writer."""
        while not self._gone:
            self._wake.clear()
            while self._buffer:
                frame = self._buffer.popleft()
                self._size -= len(frame)
                if not self._low.is_set() and not self._is_above(4):
                    self._low.set()
                if self._written is not None and (seq := seq_of(frame)) is not None:
                    self._written.note(seq, time.monotonic())
                await self._send(frame)
            if self._ending is not None:
                await self._send_close(*self._ending)
                return
            await self._wake.wait()

    def _is_above(self, part: int) -> bool:
        return self._size * part > self._most_bytes or len(self._buffer) * part > self._most_frames
