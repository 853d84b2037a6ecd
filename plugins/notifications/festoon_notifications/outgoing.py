"""HTTP to addresses that somebody typed: to where the host lets its applications call."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING, Any

from host import Reach

if TYPE_CHECKING:
    from aiohttp import ClientSession

SECONDS = 8.0
CONNECTIONS = 20


class OutOfReach(OSError):
    """The name leads to an address that this host may not call."""


def checked_socket(reach: Reach, info: tuple[Any, ...]) -> socket.socket:
    """A socket for one address that was looked up, where that may be called.

    It is asked with the very address that is connected to, so a name that means another machine
    the next time gains nothing, and neither does a redirect.
    """
    family, kind, protocol, _, address = info
    if not reach.may(str(address[0])):
        raise OutOfReach("it is at an address that this host may not call")
    return socket.socket(family, kind, protocol)


def session(reach: Reach) -> ClientSession:
    """A client whose every connection is checked."""
    from aiohttp import ClientSession, ClientTimeout, DummyCookieJar, TCPConnector  # when used

    connector = TCPConnector(
        limit=CONNECTIONS, socket_factory=lambda info: checked_socket(reach, info)
    )
    return ClientSession(
        connector=connector,
        timeout=ClientTimeout(total=SECONDS),
        # Nobody's cookie comes along with anybody else's message.
        cookie_jar=DummyCookieJar(),
    )
