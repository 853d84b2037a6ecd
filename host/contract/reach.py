"""Where calls may go: to the internet, and to other networks only where that is configured."""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
    ip_network,
)

Network = IPv4Network | IPv6Network

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


@dataclass(frozen=True)
class Reach:
    """Which addresses this deployment lets its applications call.

    `networks` are those that may be called besides the internet. Whoever calls an address that
    somebody typed looks its name up, asks `may` of what was found, and connects to that very
    address: a name may mean another machine the next time.
    """

    networks: tuple[Network, ...] = ()

    def may(self, text: str) -> bool:
        """Whether a connection to this address may be made; False for what is none."""
        try:
            address = ip_address(text)
        except ValueError:
            return False
        if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
            address = address.ipv4_mapped
        if any(address.version == one.version and address in one for one in self.networks):
            return True
        return is_public(address)
