"""The public beacon: drand's chain "quicknet", a value that nobody knows before its time.

https://docs.drand.love: round r is there at genesis + (r - 1) · period, and its value is the
SHA-256 of a signature that anyone can check against the chain's public key.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from math import ceil

SOURCE = "drand quicknet"
CHAIN = "52db9ba70e0cc0f6eaf7803dd07447a1f5477735fd3f661792ba94600c84e971"
"""The hash by which servers of drand know it."""
GENESIS = datetime(2023, 8, 23, 15, 9, 27, tzinfo=UTC)
PERIOD = timedelta(seconds=3)
AFTER = timedelta(seconds=30)
"""So long after the announced closing the beacon speaks: until then root and count are told."""


def round_after(closing: datetime) -> int:
    """The first round that comes `AFTER` a closing."""
    return ceil((closing + AFTER - GENESIS) / PERIOD) + 1


def there_at(number: int) -> datetime:
    """When a round's value is there."""
    return GENESIS + (number - 1) * PERIOD
