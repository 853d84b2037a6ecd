"""Which figure a call counts against: by what it does, and by who makes it."""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum
from functools import lru_cache
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from host.admission.buckets import Buckets, Standing
from host.auth.network import network
from host.limits import Limits

if TYPE_CHECKING:
    from host.admission.sharing import Sharing

WINDOW = 60.0
"""Seconds over which a quota comes back."""


class Tier(Enum):
    """What a call does."""

    READS = "reads"
    WRITES = "writes"
    SIGN_INS = "sign_ins"
    EVENTS = "events"
    NOTICES = "notices"


class Kind(Enum):
    """By what a caller is known."""

    USER = "user"
    APP = "app"
    ADDRESS = "address"


class Admission:
    """Counts calls in this process, and over Redis with the others where there is one.

    Nothing here waits: a call is counted by what this process knows, and what it learns of the
    others a moment later counts from then on. Without Redis each process counts for itself.
    """

    def __init__(
        self, figures: Limits, monotonic: Callable[[], float], channels_url: str, key: bytes
    ) -> None:
        """`channels_url` on Redis is where processes tell each other; `key` hides, in there, who
        calls.
        """
        self._sharing = _sharing(channels_url, key)
        shared = self._sharing.wake if self._sharing is not None else None
        self._buckets = {
            (tier, kind): Buckets(
                f"{tier.value}_per_{kind.value}", quota, WINDOW, monotonic, shared=shared
            )
            for tier in Tier
            for kind in Kind
            if (quota := getattr(figures, f"{tier.value}_per_{kind.value}", 0))
        }

    async def start(self) -> None:
        """Begins to tell the other processes."""
        if self._sharing is not None and self._buckets:
            await self._sharing.start(list(self._buckets.values()))

    async def stop(self) -> None:
        """Ends that."""
        if self._sharing is not None:
            await self._sharing.stop()

    def of_user(self, tier: Tier, user_id: str) -> Standing | None:
        """Counts a user's call. None where there is no limit."""
        buckets = self._buckets.get((tier, Kind.USER))
        return None if buckets is None else buckets.take(user_id)

    def of_app(self, tier: Tier, app_id: str) -> Standing | None:
        """Counts a call that an application makes for itself. None where there is no limit."""
        buckets = self._buckets.get((tier, Kind.APP))
        return None if buckets is None else buckets.take(app_id)

    def of_address(self, tier: Tier, address: str) -> Standing | None:
        """Counts a call of somebody known by nothing else. None where there is no limit."""
        buckets = self._buckets.get((tier, Kind.ADDRESS))
        return None if buckets is None else buckets.take(_network(address))


def _sharing(url: str, key: bytes) -> Sharing | None:
    if urlsplit(url).scheme not in ("redis", "rediss"):
        return None
    # Its library would be six megabytes of a host that has no Redis.
    from host.admission.sharing import Sharing

    return Sharing(url, key)


_network = lru_cache(maxsize=4096)(network)
