"""What is fixed before anybody knows the outcome: the rules, the seed, and who has entered."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from festoon_lottery.proof.encoding import LARGEST, Plain, canonical, digest
from festoon_lottery.proof.tree import leaf, root

SEED_BYTES = 32
SALT_BYTES = 16


def rules_hash(rules: Plain) -> bytes:
    """The hash of the rules, in their canonical form."""
    return digest("rules", canonical(rules))


def commitment(seed: bytes) -> bytes:
    """What is told of the seed before entries open; `ValueError` unless it has 32 bytes."""
    if len(seed) != SEED_BYTES:
        raise ValueError(f"a seed has {SEED_BYTES} bytes")
    return digest("seed", seed)


def identity(salt: bytes, participant: str, name: str) -> bytes:
    """The hash that stands for a person; `ValueError` unless the salt has 16 bytes.

    Without the salt nobody can find out whom it stands for by trying names, so a person is erased
    by forgetting name and salt.
    """
    if len(salt) != SALT_BYTES:
        raise ValueError(f"a salt has {SALT_BYTES} bytes")
    return digest("entry", salt, participant.encode(), name.encode())


@dataclass(frozen=True)
class Entry:
    """One entry: how many tickets it has (1 or more), and the hash that stands for whom."""

    weight: int
    identity: bytes


@dataclass(frozen=True)
class Closing:
    """What is told to everyone when entries close."""

    root: bytes
    count: int
    total: int


def leaves(entries: Sequence[Entry]) -> list[bytes]:
    """The leaves of the tree, in the order of entering."""
    return [leaf(index, entry.weight, entry.identity) for index, entry in enumerate(entries)]


def closing(entries: Sequence[Entry]) -> Closing:
    """Root, count and total weight.

    Raises `ValueError` where nobody has entered, an entry has no ticket, or there are more tickets
    than can be counted.
    """
    if any(entry.weight < 1 for entry in entries):
        raise ValueError("an entry has at least one ticket")
    total = sum(entry.weight for entry in entries)
    if total > LARGEST:
        raise ValueError(f"there are more than {LARGEST} tickets")
    return Closing(root(leaves(entries)), len(entries), total)
