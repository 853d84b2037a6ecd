"""How much a client may ask of the server before the application has a say."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class WireLimits:
    """Times in seconds. The size of a message is uvicorn's `ws_max_size`, in bytes."""

    fragments: int = 1024
    """The most frames that one message may come in."""
    handshake: float = 10.0
    """How long the first request of a connection may take to come in."""
    close: float = 10.0
    """How long the other side may take to answer a close, and to read what was sent before."""
    linger: float = 2.0
    """How long what still comes in is read and dropped after the last word was said."""
    events: int = 256
    """How many frames of one client are handled before all others have their turn."""
