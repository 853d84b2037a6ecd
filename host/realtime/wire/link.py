"""What an application sees of a socket that speaks the extension `festoon.frames`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from host.realtime.wire.measuring import Measured
from host.realtime.wire.written import Written

EXTENSION = "festoon.frames"
"""In `scope["extensions"]`, as `{"link": FrameLink}`."""


class Receiver(Protocol):
    """What the server calls, once an application has taken the socket over. None may wait."""

    def message_received(self, message: str | bytes, arrived: float | None = None) -> None:
        """One whole message; after `pause_reading` no more come.

        `arrived` is when it was read, where that was before what the link tells of now.
        """
        ...

    def writing_resumed(self) -> None:
        """What was waiting to be written has mostly gone."""
        ...

    def connection_closed(self, code: int, reason: str) -> None:
        """The last call: the socket is closed or closing, by whichever side."""
        ...


class FrameLink(Protocol):
    """A socket, to be used once it was accepted. No call waits.

    What is sent before `take_over` overtakes nothing that was sent through ASGI, and the other
    way round.
    """

    @property
    def buffered(self) -> int:
        """How many bytes are waiting to be written."""
        ...

    @property
    def arrived(self) -> float:
        """When the message that is being received was read, by the monotonic clock."""
        ...

    def measure(self) -> Measured:
        """Begins to measure how long the way is, with a ping at once."""
        ...

    def take_over(self, receiver: Receiver) -> None:
        """From here on messages go to `receiver`; the ASGI call may return and nothing ends.

        What came before is handed over at once, inside this call.
        """
        ...

    def offer_text(self, text: bytes, most: int) -> bool:
        """As `send_text`, but False where more than `most` bytes (65536 and up) are waiting."""
        ...

    def offer_noted(self, text: bytes, most: int, seq: int, written: Written) -> bool:
        """As `offer_text`; notes in `written` when this frame of the event `seq` was written."""
        ...

    def send_text(self, text: bytes) -> None:
        """Sends one text message, UTF-8, at the loop's next wake-up, with all that is waiting.

        Make the same object for all who get the same: its frame is then built once.
        """
        ...

    def send_frame(self, frame: bytes) -> None:
        """Sends a ready frame, as `frames.server_frame` builds it, in the same way."""
        ...

    def flush(self) -> None:
        """Hands what is waiting to the transport now."""
        ...

    def forget(self) -> None:
        """Drops what was sent and has not been handed to the transport."""
        ...

    def close(self, code: int, reason: str = "") -> None:
        """Says goodbye after what is waiting; one who doesn't listen is cut off in a while.

        Raises ValueError for a code that must not be sent.
        """
        ...

    def pause_reading(self) -> None:
        """Lets the client wait."""
        ...

    def resume_reading(self) -> None:
        """Goes on where reading was paused."""
        ...


def link_of(scope: Mapping[str, Any]) -> FrameLink | None:
    """The link of an ASGI scope, None under a server that has no such thing."""
    extension = (scope.get("extensions") or {}).get(EXTENSION)
    link: FrameLink | None = extension["link"] if extension else None
    return link
