"""Ids, join codes, the clock and randomness, passed in so that an evening can be run again."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache

# Crockford's alphabet: no I, L, O, U, so that a code read aloud in a loud hall survives.
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
JOIN_CODE_LENGTH = 6


def _system_now() -> datetime:
    return datetime.now(UTC)


_OF_BYTES = bytes(ALPHABET.lower().encode()[byte & 31] for byte in range(256))
"""For each byte a character of the alphabet, each as often as any other."""


@lru_cache(maxsize=16)
def _stamp(milliseconds: int) -> str:
    return "".join(ALPHABET.lower()[(milliseconds >> shift) & 31] for shift in range(45, -1, -5))


@dataclass(frozen=True)
class Sources:
    """Where the host takes time and chance from.

    `now` gives an aware UTC time, `monotonic` seconds, `random_bytes(n)` n bytes that
    nobody can guess.
    """

    now: Callable[[], datetime] = _system_now
    monotonic: Callable[[], float] = time.monotonic
    random_bytes: Callable[[int], bytes] = secrets.token_bytes

    def new_id(self) -> str:
        """A 26-character id that sorts by the millisecond it was made in (ULID layout)."""
        # Every request has an id: the part that is chance is made at once, the other one kept.
        chance = self.random_bytes(16).translate(_OF_BYTES).decode()
        return _stamp(int(self.now().timestamp() * 1000)) + chance

    def join_code(self) -> str:
        """A room's join code: 6 characters of Crockford's alphabet, 30 bits of chance."""
        return "".join(ALPHABET[byte & 31] for byte in self.random_bytes(JOIN_CODE_LENGTH))

    def secret(self, length: int = 32) -> str:
        """An unguessable URL-safe text made of `length` random bytes, in hexadecimal."""
        return self.random_bytes(length).hex()


def normalize_join_code(text: str) -> str:
    """What a person typed, as a code: upper case, no spaces and dashes, O as 0, I and L as 1."""
    kept = "".join(c for c in text.upper() if c.isalnum())
    return kept.translate(str.maketrans("OIL", "011"))
