"""How long a host of the tests waits for its applications."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager

from host.main import Host

LONG = 60.0
"""Whatever answers at all does so in this time, also on a machine that stands still for a while."""
SHORT = 0.5
"""As long is one waited for who is to be too late."""


def impatient(host: Host, seconds: float = SHORT) -> AbstractContextManager[None]:
    """Applications of the host have little time for an answer; afterwards what they had."""
    return given(host, seconds)


@contextmanager
def given(host: Host, seconds: float) -> Iterator[None]:
    """Applications of the host have so much time for an answer; afterwards what they had."""
    registry, remote = host.registry, host.remote
    before = registry.config, remote._most_seconds
    registry.config = registry.config.with_values(delegation_seconds=seconds)
    remote._most_seconds = seconds
    try:
        yield
    finally:
        registry.config, remote._most_seconds = before
