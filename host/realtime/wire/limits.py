"""How much a client may ask of the server before the application has a say."""

from __future__ import annotations

from dataclasses import dataclass

from host.limits import Limits


@dataclass(frozen=True)
class WireLimits:
    """Times in seconds. The size of a message is uvicorn's `ws_max_size`, in bytes."""

    connections: int | None = None
    """How many connections a process may have; None for as many as the system gives it."""
    half_open: int = Limits.half_open
    """How many of them may be there without having sent the head of a request."""

    fragments: int = 128
    """The most frames that one message may come in."""
    unfinished: int = Limits.unfinished
    """How many may have a body to send still, of up to a megabyte each."""
    unread: int = Limits.unread_megabytes * 2**20
    """How many bytes may wait for all those together who don't keep up with their frames."""
    handshake: float = Limits.head_seconds
    """How long the head of a request may take to come in."""
    body: float = Limits.body_seconds
    """How long its body may; the application refuses it then."""
    grace: float = 5.0
    """How much longer a connection is left for what the application has to say to that."""
    stall: float = 30.0
    """How long an answer may lie unread before it is looked at whether the client reads at all."""
    stall_bytes: int = 32_768
    """So much of it the client must have read in that time."""
    close: float = 10.0
    """How long the other side may take to answer a close, and to read what was sent before."""
    linger: float = 2.0
    """How long what still comes in is read and dropped after the last word was said."""
    dropped: int = 2**20
    """How many bytes of it are."""
    events: int = 256
    """How many frames of one client are handled before all others have their turn."""
