"""How long a host of the tests waits for its applications."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from host.main import Host

LONG = 60.0
"""Whatever answers at all does so in this time, also on a machine that stands still for a while."""
SHORT = 0.5
"""As long is one waited for who is to be too late."""


@contextmanager
def impatient(host: Host, seconds: float = SHORT) -> Iterator[None]:
    """Applications of the host have so little time for an answer; afterwards what they had."""
    registry, remote = host.registry, host.remote
    before = registry.config, remote._most_seconds
    registry.config = registry.config.with_values(delegation_seconds=seconds)
    remote._most_seconds = seconds
    try:
        yield
    finally:
        registry.config, remote._most_seconds = before
