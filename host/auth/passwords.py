"""Passwords with argon2id, hashed in threads of their own so that the loop goes on."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from host.errors import Unavailable

T = TypeVar("T")

MOST_WAITING = 200
"""Hashes that may wait for a thread; past it the answer is 503, not a queue of minutes."""


@dataclass(frozen=True)
class Cost:
    """What one hash costs: `memory` in KiB, `passes` over it, `lanes` side by side.

    The default is OWASP's first choice for argon2id (Password Storage Cheat Sheet): some 30 ms
    of one core, so that the logins of a whole hall do not stop the evening.
    """

    memory: int = 46 * 1024
    passes: int = 1
    lanes: int = 1


class Passwords:
    """Hashes and verifies. `close` waits for the threads."""

    def __init__(self, cost: Cost | None = None, *, threads: int | None = None) -> None:
        """`threads` bounds how many hashes (and how many times `cost.memory`) run at once."""
        cost = cost or Cost()
        self._hasher = PasswordHasher(
            time_cost=cost.passes, memory_cost=cost.memory, parallelism=cost.lanes
        )
        self._threads = ThreadPoolExecutor(
            threads or min(4, max(1, (os.cpu_count() or 1) - 1)), thread_name_prefix="passwords"
        )
        self._waiting = 0
        # Verified where there is no account, so that the time does not tell who has one.
        self._decoy = self._hasher.hash(os.urandom(16).hex())

    async def hash(self, password: str) -> str:
        """The password as an argon2id string with its parameters and salt."""
        return await self._in_thread(lambda: self._hasher.hash(password))

    async def verify(self, password: str, stored: str | None) -> bool:
        """Whether the password belongs to the stored hash; without a hash it costs the same."""
        matches = await self._in_thread(lambda: self._verify(password, stored or self._decoy))
        return matches and stored is not None

    def is_outdated(self, stored: str) -> bool:
        """Whether the hash was made with other parameters than today's."""
        return self._hasher.check_needs_rehash(stored)

    def close(self) -> None:
        """Ends the threads; hashes that wait are dropped."""
        self._threads.shutdown(cancel_futures=True)

    def _verify(self, password: str, stored: str) -> bool:
        try:
            return self._hasher.verify(stored, password)
        except (VerificationError, InvalidHashError):
            return False

    async def _in_thread(self, work: Callable[[], T]) -> T:
        if self._waiting >= MOST_WAITING:
            raise Unavailable(
                "Too many people are signing in at this moment. Try again in a few seconds.",
                headers={"Retry-After": "5"},
            )
        self._waiting += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._threads, work)
        finally:
            self._waiting -= 1
