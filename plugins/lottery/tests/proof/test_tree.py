"""The tree: nobody can be in it twice over, and a path leads from one leaf to one root."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import pytest

from festoon_lottery.proof.tree import NODE, climbed, leaf, path, root


def by_the_rfc(leaves: Sequence[bytes]) -> bytes:
    """RFC 9162, section 2.1.1, as it is worded there."""
    if len(leaves) == 1:
        return leaves[0]
    split = 1
    while split * 2 < len(leaves):
        split *= 2
    pair = by_the_rfc(leaves[:split]) + by_the_rfc(leaves[split:])
    return hashlib.sha256(NODE + pair).digest()


def grown(count: int) -> list[bytes]:
    return [leaf(number, 1 + number % 3, bytes([number % 256]) * 32) for number in range(count)]


@pytest.mark.parametrize("count", [*range(1, 20), 31, 32, 33, 100])
def test_the_shape_is_that_of_rfc_9162_and_every_leaf_finds_the_root(count: int) -> None:
    leaves = grown(count)
    assert root(leaves) == by_the_rfc(leaves)
    for index in range(count):
        steps = path(leaves, index)
        assert climbed(leaves[index], index, count, steps) == root(leaves)
        for other in {0, count // 2, count - 1} - {index}:
            wrong = climbed if len(path(leaves, other)) == len(steps) else None
            if wrong is not None:
                assert wrong(leaves[index], other, count, steps) != root(leaves)


def test_a_path_of_another_length_is_refused() -> None:
    leaves = grown(6)
    steps = path(leaves, 2)
    with pytest.raises(ValueError, match="too short"):
        climbed(leaves[2], 2, 6, steps[:-1])
    with pytest.raises(ValueError, match="too long"):
        climbed(leaves[2], 2, 6, [*steps, bytes(32)])
    for index in (-1, 6):
        with pytest.raises(ValueError, match="no leaf"):
            path(leaves, index)
        with pytest.raises(ValueError, match="no leaf"):
            climbed(leaves[0], index, 6, steps)
    with pytest.raises(ValueError, match="nobody"):
        root([])


def test_a_node_does_not_pass_for_a_leaf() -> None:
    leaves = grown(4)
    nodes = [hashlib.sha256(NODE + leaves[at] + leaves[at + 1]).digest() for at in (0, 2)]
    assert root(nodes) == root(leaves), "so what is hashed into a leaf must begin otherwise"
    assert leaf(0, 1, bytes(32)) != hashlib.sha256(NODE + bytes(48)).digest()
