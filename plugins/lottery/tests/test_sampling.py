"""The drum is fair, and can be run again."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Callable, Sequence
from fractions import Fraction

import pytest

from festoon_lottery.sampling import Drawn, Stream, below, draw


def seed(number: int) -> bytes:
    return number.to_bytes(32, "big")


class UsedUp(Exception):
    """No byte is left: the value before was discarded."""


def scripted(*values: int) -> Callable[[int], bytes]:
    """Reads these bytes in order, and raises `UsedUp` after the last."""
    left = list(values)

    def read(size: int) -> bytes:
        if len(left) < size:
            raise UsedUp
        return bytes(left.pop(0) for _ in range(size))

    return read


def chi_square(seen: Sequence[int], expected: Sequence[float]) -> float:
    return sum((s - e) ** 2 / e for s, e in zip(seen, expected, strict=True))


# The value that a fair source exceeds once in 100,000 runs, by degrees of freedom.
RARE = {1: 19.5, 2: 23.0, 4: 28.5, 5: 30.9, 9: 39.3, 11: 43.2}


@pytest.mark.parametrize("limit", [1, 2, 3, 5, 6, 7, 10, 100, 127, 128, 129, 200, 255, 256])
def test_every_number_comes_from_the_same_count_of_bytes(limit: int) -> None:
    """Not a sample: all 256 bytes are tried, and each number owns equally many of them."""
    accepted: Counter[int] = Counter()
    for byte in range(256):
        try:
            accepted[below(limit, scripted(byte))] += 1
        except UsedUp:
            continue
    assert set(accepted) == set(range(limit))
    assert len(set(accepted.values())) == 1


def test_two_byte_limits_are_exact_too() -> None:
    limit = 421
    accepted: Counter[int] = Counter()
    for high, low in itertools.product(range(256), repeat=2):
        try:
            accepted[below(limit, scripted(high, low))] += 1
        except UsedUp:
            continue
    assert sorted(accepted) == list(range(limit))
    assert set(accepted.values()) == {65536 // 512}


def test_a_discarded_value_is_followed_by_a_fresh_one() -> None:
    assert below(5, scripted(0b11100000, 0b10100000, 0b01100000)) == 3


def test_a_limit_below_one_is_refused() -> None:
    with pytest.raises(ValueError, match="below 1"):
        below(0, scripted())


def test_the_stream_is_hmac_sha256_in_counter_mode() -> None:
    """Fixed for good: a draw recorded today must come out the same in ten years."""
    whole = Stream(seed(1)).read(64)
    assert whole.hex() == KNOWN_STREAM
    pieces = Stream(seed(1))
    assert b"".join(pieces.read(n) for n in (1, 30, 2, 31)) == whole


KNOWN_STREAM = (
    "d7467abbe3315bba7200bbd6bf4be772c84733b4096fd8d6019f38176c25aa7b"
    "d0ac73f9f2c30547c2b422c9090c082267720b87088b4762777ab0824825de3e"
)


def test_the_same_seed_draws_the_same() -> None:
    tickets = [3, 1, 0, 7, 2] * 20
    first = draw(tickets, 30, seed(7))
    assert draw(tickets, 30, seed(7)) == first
    assert draw(tickets, 30, seed(8)) != first


def test_a_recorded_draw_comes_out_the_same_for_good() -> None:
    assert draw([3, 1, 0, 7, 2], 4, seed(2026)) == KNOWN_DRAW


KNOWN_DRAW = [Drawn(3, 4), Drawn(4, 0), Drawn(0, 2), Drawn(1, 0)]


def test_nobody_is_drawn_twice_and_everyone_can_be_drawn() -> None:
    tickets = [1, 5, 2, 9, 4]
    for number in range(200):
        drawn = draw(tickets, 5, seed(number))
        assert sorted(one.entrant for one in drawn) == [0, 1, 2, 3, 4]
        assert all(0 <= one.ticket < tickets[one.entrant] for one in drawn)


def test_one_more_winner_does_not_change_the_earlier_ones() -> None:
    tickets = [2] * 50
    assert draw(tickets, 9, seed(3)) == draw(tickets, 10, seed(3))[:9]


def test_no_tickets_no_chance() -> None:
    assert all(draw([0, 1, 0], 1, seed(n)) == [Drawn(1, 0)] for n in range(50))


def test_every_ticket_has_the_same_chance() -> None:
    tickets = [3, 1, 6]
    runs = 20_000
    seen = Counter(draw(tickets, 1, seed(n))[0] for n in range(runs))
    all_tickets = [Drawn(e, t) for e, held in enumerate(tickets) for t in range(held)]
    assert len(all_tickets) == 10
    counts = [seen[one] for one in all_tickets]
    assert sum(counts) == runs
    assert chi_square(counts, [runs / 10] * 10) < RARE[9]


def test_the_order_of_winners_has_the_exact_odds_of_a_drum() -> None:
    tickets = [3, 1, 2]
    runs = 30_000
    odds = {
        pair: Fraction(tickets[pair[0]], 6) * Fraction(tickets[pair[1]], 6 - tickets[pair[0]])
        for pair in itertools.permutations(range(3), 2)
    }
    assert sum(odds.values()) == 1
    drawn = (draw(tickets, 2, seed(n)) for n in range(runs))
    seen = Counter((first.entrant, second.entrant) for first, second in drawn)
    pairs = sorted(odds)
    expected = [float(odds[pair] * runs) for pair in pairs]
    assert chi_square([seen[pair] for pair in pairs], expected) < RARE[5]


def test_place_in_the_list_gives_no_advantage() -> None:
    runs = 24_000
    seen = Counter(draw([1] * 12, 1, seed(n))[0].entrant for n in range(runs))
    assert chi_square([seen[place] for place in range(12)], [runs / 12] * 12) < RARE[11]


def test_the_test_itself_notices_a_modulo() -> None:
    """A drum that took a byte modulo 200 would fail the bound used above."""
    runs = 20_000
    stream = Stream(seed(1))
    seen = Counter(stream.read(1)[0] % 200 // 40 for _ in range(runs))
    assert chi_square([seen[n] for n in range(5)], [runs / 5] * 5) > RARE[4]


def test_too_few_tickets_are_refused() -> None:
    with pytest.raises(ValueError, match="fewer entrants"):
        draw([1, 0, 0], 2, seed(1))
    with pytest.raises(ValueError, match="fewer than 0"):
        draw([1, -1], 1, seed(1))


def test_a_large_hall_is_drawn_as_a_plain_reading_of_the_rule_says() -> None:
    """The tree of sums against the slowest possible reading of the docstring."""
    tickets = [n * 7 % 5 for n in range(1, 400)]
    stream = Stream(seed(99))
    drum = [(e, t) for e, held in enumerate(tickets) for t in range(held)]
    expected: list[Drawn] = []
    for _ in range(200):
        entrant, ticket = drum[below(len(drum), stream.read)]
        expected.append(Drawn(entrant, ticket))
        drum = [one for one in drum if one[0] != entrant]
    assert draw(tickets, 200, seed(99)) == expected
