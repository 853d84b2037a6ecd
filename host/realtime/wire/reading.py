"""How much is read at once."""

from __future__ import annotations

import asyncio

READ_BYTES = 64 * 1024
"""More than nearly any message has; what is larger comes in several reads."""


def read_little(transport: asyncio.BaseTransport) -> None:
    """Has the transport ask for `READ_BYTES` at a time, where it can be told.

    asyncio asks for 256 KB, and each read then begins with a piece of memory of that size. The
    allocator has the system map it and take it back again, which costs several times what the
    reading of a small message does.
    """
    if getattr(transport, "max_size", 0) > READ_BYTES:
        transport.max_size = READ_BYTES  # type: ignore[attr-defined]
