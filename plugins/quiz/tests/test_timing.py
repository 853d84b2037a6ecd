"""The rule of time: what is believed, what is not, and who was first."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from festoon_quiz.rules.timing import (
    Limits,
    Reaction,
    Receipt,
    Waiting,
    credit,
    decide,
    wait_until,
    way,
)

LIMITS = Limits()
STEADY = Receipt(elapsed=1000, least=100, spread=10, samples=16, claimed=880)
# The path of STEADY: 100 at the least, 100 + 5 × 10 + 60 usually, 460 more with a lost packet.
USUAL, STALLED = 210, 560


@dataclass(frozen=True)
class Path:
    least: float
    spread: float
    samples: int


whole = st.integers(0, 100_000)
receipts = st.builds(
    Receipt,
    elapsed=whole,
    told=st.booleans(),
    least=st.integers(0, 5_000),
    spread=st.integers(0, 2_000),
    samples=st.integers(0, 16),
    claimed=st.none() | whole,
    answers=st.integers(0, 50),
    doubts=st.integers(0, 20),
)
reactions = st.builds(
    lambda low, best, high: Reaction(low, low + best, low + best + high),
    st.integers(100, 3000),
    st.integers(0, 400),
    st.integers(0, 400),
)


def test_a_claim_that_the_path_leaves_room_for_is_believed() -> None:
    for claimed in (1000 - USUAL, 880, 1000):
        reaction = credit(replace(STEADY, claimed=claimed), 20, LIMITS)
        assert reaction == Reaction(claimed - 1, claimed, claimed + 1)


def test_a_claim_below_that_is_clamped_and_believed_as_a_lower_bound_for_a_lost_packet() -> None:
    reaction = credit(replace(STEADY, claimed=600), 20, LIMITS)
    assert reaction == Reaction(599, 1000 - USUAL, 900, ("clamped", "doubted"))
    reaction = credit(replace(STEADY, claimed=150), 20, LIMITS)
    assert reaction.low == 1000 - STALLED, "one lost packet explains no more than that"


def test_a_player_has_bad_luck_with_the_network_only_so_often() -> None:
    unlucky = replace(STEADY, claimed=600, doubts=2, answers=9)
    assert credit(unlucky, 20, LIMITS) == Reaction(790, 790, 900, ("clamped",))
    assert "doubted" in credit(replace(unlucky, answers=10), 20, LIMITS).marks


def test_a_claim_longer_than_the_server_waited_is_cut_to_what_it_measured() -> None:
    reaction = credit(replace(STEADY, claimed=1001), 20, LIMITS)
    assert (reaction.best, reaction.high, reaction.marks) == (900, 900, ("clamped",))


def test_no_claim_is_counted_by_what_the_server_measured() -> None:
    reaction = credit(replace(STEADY, claimed=None), 20, LIMITS)
    assert reaction == Reaction(790, 790, 900, ("silent",))


def test_a_reaction_that_no_human_has_is_a_false_start_and_not_first() -> None:
    claims_it = credit(replace(STEADY, claimed=1), 20, LIMITS)
    assert claims_it.marks == ("clamped", "inhuman")
    is_it = credit(replace(STEADY, elapsed=230, claimed=99), 20, LIMITS)
    assert is_it.marks == ("inhuman",)
    person = credit(STEADY, 20, LIMITS)
    assert decide({"bot": is_it, "liar": claims_it, "person": person}).first == ("person",)
    assert decide({"bot": is_it}).first == ()


def test_an_answer_after_the_time_limit_is_late_by_when_it_was_given() -> None:
    on_its_way = replace(STEADY, elapsed=3100, claimed=2990)
    assert credit(on_its_way, 3, LIMITS).marks == ()
    late = credit(replace(on_its_way, claimed=3002), 3, LIMITS)
    assert late.marks == ("late",)
    assert decide({"late": late}).first == ()


def test_an_unknown_path_or_opening_is_marked_and_gets_little_credit() -> None:
    for receipt in (replace(STEADY, samples=0, least=0, spread=0), replace(STEADY, told=False)):
        assert "unmeasured" in credit(receipt, 20, LIMITS).marks
    assert way(0, 0, 0, LIMITS).usual == LIMITS.page + LIMITS.unsure
    assert way(0, 0, LIMITS.few, LIMITS).usual == LIMITS.page


@given(receipt=receipts, seconds=st.integers(3, 600))
def test_whatever_a_cheat_sends_and_delays_it_gains_no_more_than_the_cap(
    receipt: Receipt, seconds: int
) -> None:
    reaction = credit(receipt, seconds, LIMITS)
    # The truth is at most what the server waited for.
    assert receipt.elapsed - reaction.low <= LIMITS.cap + LIMITS.grain
    assert 0 <= reaction.low <= reaction.best <= max(reaction.high, reaction.best)
    assert reaction.high <= receipt.elapsed + LIMITS.grain
    assert reaction.low <= reaction.high


@given(receipt=receipts, claims=st.lists(whole, min_size=2, max_size=6))
def test_to_claim_more_never_pays(receipt: Receipt, claims: list[int]) -> None:
    counted = [
        credit(replace(receipt, claimed=claim), 600, LIMITS).best
        for claim in sorted(claims)
        if claim <= receipt.elapsed
    ]
    assert all(earlier <= later for earlier, later in pairwise(counted))


@given(there=st.dictionaries(st.text("abcdef", min_size=1), reactions, min_size=1))
def test_first_are_all_who_may_have_been_and_nobody_else(there: dict[str, Reaction]) -> None:
    first = decide(there).first
    for player, reaction in there.items():
        surely_beaten = any(other.high < reaction.low for other in there.values())
        assert (player in first) is not surely_beaten
    assert decide(dict(reversed(there.items()))).first == first
    assert [there[player].best for player in first] == sorted(there[p].best for p in first)


def test_a_lead_that_clocks_can_tell_wins_and_one_that_they_cannot_is_a_tie() -> None:
    ahead, behind = Reaction(699, 700, 701), Reaction(702, 703, 704)
    assert decide({"a": ahead, "b": behind}).first == ("a",)
    tied = decide({"a": ahead, "b": Reaction(701, 702, 703)})
    assert tied.first == ("a", "b")
    assert tied.tie


def test_one_waits_as_long_as_a_faster_answer_may_still_be_on_its_way() -> None:
    first = Reaction(699, 700, 701)
    near, far = Waiting(10.0, Path(0.1, 0.01, 16)), Waiting(10.0, Path(3.0, 0.1, 16))
    assert wait_until(first, [], LIMITS) == 0.0
    assert wait_until(first, [near], LIMITS) == pytest.approx(10.0 + (701 + STALLED) / 1000)
    bound = pytest.approx(10.0 + (701 + LIMITS.cap) / 1000)
    assert wait_until(first, [near, far], LIMITS) == bound
    assert wait_until(first, [near, Waiting(10.0, None)], LIMITS) == bound


def test_a_receipt_is_made_of_what_host_and_phone_say() -> None:
    path = Path(0.1004, 0.0096, 16)
    told: dict[str, Any] = {"opened": 5.0, "arrived": 6.5, "path": path, "answers": 3}
    receipt = Receipt.of(heard=5.25, shown=1000.2, pressed=1900.9, now=1905.0, **told)
    assert receipt == Receipt(1250, True, 100, 10, 16, 901, 4, 3, 0)
    assert Receipt.from_json(receipt.to_json()) == receipt
    unheard = Receipt.of(heard=None, shown=None, pressed=None, **told)
    assert (unheard.elapsed, unheard.told, unheard.claimed) == (1500, False, None)


@pytest.mark.parametrize("sent", [math.nan, math.inf, "12", True, [], 2.0**60, None])
def test_what_is_no_moment_of_a_clock_claims_nothing(sent: Any) -> None:
    moments: dict[str, Any] = {"shown": 10.0, "pressed": 20.0}
    for name in moments:
        receipt = Receipt.of(
            opened=0.0, heard=0.0, arrived=1.0, path=None, **(moments | {name: sent})
        )
        assert receipt.claimed is None
    backwards = Receipt.of(opened=0, heard=0, arrived=1, path=None, shown=20.0, pressed=10.0)
    assert backwards.claimed is None
