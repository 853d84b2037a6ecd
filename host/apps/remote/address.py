"""Where a call may go: to the internet, and to other networks only where that is configured.

A name is looked up once for each connection, and the connection is made to an address that
passed: whoever changes the name in between has gained nothing.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Awaitable, Callable, Iterable, Sequence
from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
    ip_network,
)

Network = IPv4Network | IPv6Network
Resolve = Callable[[str, int], Awaitable[Sequence[str]]]
"""The addresses of a name, as text."""

_UNICAST = ip_network("2000::/3")
_SPECIAL: tuple[Network, ...] = tuple(
    map(
        ip_network,
        (
            "192.0.0.0/24",  # for protocols: some of it counts as global
            "192.88.99.0/24",  # relays of 6to4
            "2001::/23",  # for protocols: Teredo among them
            "2002::/16",  # 6to4, which holds an IPv4 address
            "3fff::/20",  # for documentation
        ),
    )
)


def is_public(address: IPv4Address | IPv6Address) -> bool:
    """Whether it is one machine's on the internet.

    Of IPv6 only what is given out; addresses that hold an IPv4 address are none of those.
    """
    if address.version == 6 and address not in _UNICAST:
        return False
    if any(address.version == one.version and address in one for one in _SPECIAL):
        return False
    return address.is_global and not address.is_multicast


class Addresses:
    """Which addresses may be connected to."""

    def __init__(self, allowed: Iterable[Network] = ()) -> None:
        """`allowed` networks may be reached besides the internet."""
        self._allowed = tuple(allowed)

    def may(self, text: str) -> bool:
        """Whether a connection to this address may be made."""
        try:
            address = ip_address(text)
        except ValueError:
            return False
        if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
            address = address.ipv4_mapped
        if any(address.version == one.version and address in one for one in self._allowed):
            return True
        return is_public(address)


async def looked_up(name: str, port: int) -> Sequence[str]:
    """The addresses of a name, by the system's resolver."""
    found = await asyncio.get_running_loop().getaddrinfo(name, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(one[4][0]) for one in found))
