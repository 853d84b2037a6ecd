"""Where a call may go: to the internet, and to other networks only where that is configured.

A name is looked up once for each connection, and the connection is made to an address that
passed: whoever changes the name in between has gained nothing.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Awaitable, Callable, Iterable, Sequence

from host.contract import Reach
from host.contract.reach import Network

Resolve = Callable[[str, int], Awaitable[Sequence[str]]]
"""The addresses of a name, as text."""


class Addresses:
    """Which addresses may be connected to."""

    def __init__(self, allowed: Iterable[Network] = ()) -> None:
        """`allowed` networks may be reached besides the internet."""
        self._reach = Reach(tuple(allowed))

    def may(self, text: str) -> bool:
        """Whether a connection to this address may be made."""
        return self._reach.may(text)


async def looked_up(name: str, port: int) -> Sequence[str]:
    """The addresses of a name, by the system's resolver."""
    found = await asyncio.get_running_loop().getaddrinfo(name, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(one[4][0]) for one in found))
