"""The order is fair, complete, and worked like its older relative where that can be compared."""

from __future__ import annotations

import hashlib
import itertools
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from festoon_lottery.proof.fixed import Closing, Entry, closing
from festoon_lottery.proof.order import draw_key, order_digest, places

keys = st.binary(min_size=32, max_size=32)
weights = st.lists(st.integers(1, 1000), min_size=1, max_size=60)


@given(weights, keys)
def test_everybody_has_one_place(held: list[int], key: bytes) -> None:
    order = list(places(held, key))
    assert sorted(order) == list(range(len(held)))
    assert order == list(places(held, key))
    assert len(order_digest(order)) == 32


@given(weights, keys)
def test_whoever_asks_for_the_first_places_reads_the_same(held: list[int], key: bytes) -> None:
    few = list(itertools.islice(places(held, key), 3))
    assert few == list(places(held, key))[: len(few)]


def test_every_field_turns_the_key() -> None:
    closed = closing([Entry(1, bytes(32)), Entry(2, bytes(32))])
    seed, rules = bytes(32), bytes(32)
    other = bytes([1] * 32)
    made = {
        draw_key(seed, rules, closed, b"", "room", "order"),
        draw_key(other, rules, closed, b"", "room", "order"),
        draw_key(seed, other, closed, b"", "room", "order"),
        draw_key(seed, rules, Closing(other, 2, 3), b"", "room", "order"),
        draw_key(seed, rules, Closing(closed.root, 3, 3), b"", "room", "order"),
        draw_key(seed, rules, Closing(closed.root, 2, 4), b"", "room", "order"),
        draw_key(seed, rules, closed, other, "room", "order"),
        draw_key(seed, rules, closed, b"", "rooms", "order"),
        draw_key(seed, rules, closed, b"", "roo", "morder"),
        draw_key(seed, rules, closed, b"", "room", "prize"),
    }
    assert len(made) == 10


@pytest.mark.parametrize(
    ("entries", "said"),
    [
        ([], "nobody"),
        ([Entry(0, bytes(32))], "at least one ticket"),
        ([Entry(2**53, bytes(32))], "more than"),
    ],
)
def test_what_cannot_be_drawn_from_cannot_be_closed(entries: list[Entry], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        closing(entries)


def chances(held: tuple[int, ...]) -> dict[tuple[int, ...], float]:
    """The chance of each order, by the definition: one ticket after another."""
    found = {}
    for order in itertools.permutations(range(len(held))):
        chance, left = 1.0, sum(held)
        for index in order:
            chance *= held[index] / left
            left -= held[index]
        found[order] = chance
    return found


def test_orders_come_as_often_as_they_should() -> None:
    held, runs = (1, 2, 3, 4), 12_000
    seen = Counter(
        tuple(places(held, hashlib.sha256(number.to_bytes(4, "big")).digest()))
        for number in range(runs)
    )
    expected = chances(held)
    distance = sum(
        (seen[order] - runs * chance) ** 2 / (runs * chance) for order, chance in expected.items()
    )
    # 23 degrees of freedom: a fair drum exceeds this once in 100,000 runs.
    assert distance < 68.0


def rfc_3797(key: str, pool: int, count: int) -> list[int]:
    """The method of RFC 3797, section 4: a digest, taken modulo the number of those left."""
    left, taken = list(range(1, pool + 1)), []
    for number in range(count):
        frame = number.to_bytes(2, "big")
        value = hashlib.md5(frame + key.encode() + frame, usedforsecurity=False).digest()
        taken.append(left.pop(int.from_bytes(value, "big") % len(left)))
    return taken


def test_the_worked_example_of_rfc_3797_comes_out() -> None:
    """Its section 6: the older public method, which the documentation compares with ours."""
    key = "9319./2.5.8.10.12./9.18.26.34.41.45./"
    assert rfc_3797(key, 25, 10) == [17, 7, 2, 16, 25, 23, 8, 24, 19, 13]
