"""The Merkle tree over the entries, in the shape of RFC 9162, section 2.1.

Leaves and nodes are hashed with a byte of their own before them, so that no node passes for a
leaf. A tree over n leaves splits at the largest power of two below n.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from festoon_lottery.proof.encoding import u64

LEAF, NODE = b"\x00", b"\x01"


def leaf(index: int, weight: int, identity: bytes) -> bytes:
    """The leaf of the entry at `index` (from 0): its weight, and the hash that stands for whom."""
    return hashlib.sha256(LEAF + u64(index) + u64(weight) + identity).digest()


def root(leaves: Sequence[bytes]) -> bytes:
    """The root over at least one leaf; `ValueError` over none."""
    if not leaves:
        raise ValueError("nobody has entered")
    level = list(leaves)
    while len(level) > 1:
        level = _above(level)
    return level[0]


def path(leaves: Sequence[bytes], index: int) -> list[bytes]:
    """What has to be hashed with a leaf, from the bottom up, to come to the root."""
    if not 0 <= index < len(leaves):
        raise ValueError(f"there is no leaf {index} among {len(leaves)}")
    found, level = [], list(leaves)
    while len(level) > 1:
        if (other := index ^ 1) < len(level):
            found.append(level[other])
        level, index = _above(level), index // 2
    return found


def climbed(start: bytes, index: int, count: int, steps: Sequence[bytes]) -> bytes:
    """The root that a leaf at `index` of `count` comes to by a path; `ValueError` if it can't be.

    The path fits a tree of `count` leaves and no other.
    """
    if not 0 <= index < count:
        raise ValueError(f"there is no leaf {index} among {count}")
    reached, left = start, list(steps)
    while count > 1:
        if (index ^ 1) < count:
            if not left:
                raise ValueError("the path is too short")
            other = left.pop(0)
            pair = (other, reached) if index % 2 else (reached, other)
            reached = hashlib.sha256(NODE + pair[0] + pair[1]).digest()
        index, count = index // 2, (count + 1) // 2
    if left:
        raise ValueError("the path is too long")
    return reached


def _above(level: list[bytes]) -> list[bytes]:
    # One that has no neighbour goes up as it is: that gives the shape of the RFC.
    sha256 = hashlib.sha256
    paired = [
        sha256(NODE + level[at] + level[at + 1]).digest() for at in range(0, len(level) - 1, 2)
    ]
    return [*paired, level[-1]] if len(level) % 2 else paired
