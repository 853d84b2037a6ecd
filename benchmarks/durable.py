"""A PostgreSQL as it runs in production, whatever the tests spare themselves on theirs."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from tests.servers.postgresql import PostgreSQL


class Durable(PostgreSQL):
    """Each commit is on the disk before it is answered, and outlives a loss of power."""

    def command(self) -> Sequence[str | Path]:
        """As the tests' own, with what a server has by default; the last word counts."""
        usual = ("fsync", "full_page_writes", "synchronous_commit", "autovacuum")
        return [*super().command(), *(f"--{name}=on" for name in usual)]
