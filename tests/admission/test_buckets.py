"""host.admission: a caller who makes too many calls waits, a hall does not."""

from __future__ import annotations

import tracemalloc

from host.admission import Admission, Buckets, Tier
from host.admission.admission import WINDOW
from host.limits import Limits


class Seconds:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def buckets(clock: Seconds, quota: int = 3, seconds: float = 18.0, most: int = 100_000) -> Buckets:
    return Buckets("tries", quota, seconds, clock, most=most)


def test_a_quota_passes_at_once_and_comes_back_evenly() -> None:
    clock = Seconds()
    tries = buckets(clock)
    assert [tries.take("anna").wait for _ in range(5)] == [0, 0, 0, 6, 6]
    clock.now += 5.9
    assert tries.take("anna").wait == 1
    clock.now += 0.1
    assert [tries.take("anna").wait for _ in range(2)] == [0, 6]
    clock.now += 18
    assert [tries.take("anna").wait for _ in range(4)] == [0, 0, 0, 6]


def test_each_caller_hears_how_they_stand() -> None:
    clock = Seconds()
    tries = buckets(clock)
    assert tries.take("anna") == (b'"tries";q=3;w=18', b'"tries";r=2;t=6', 0)
    clock.now += 3
    assert tries.take("anna").left == b'"tries";r=1;t=9'
    tries.take("anna")
    assert tries.take("anna") == (b'"tries";q=3;w=18', b'"tries";r=0;t=15', 3)
    assert tries.take("boris").left == b'"tries";r=2;t=6'


def test_no_more_than_twice_the_quota_passes_in_any_window() -> None:
    clock = Seconds()
    tries = buckets(clock, quota=60, seconds=60)
    passed = 0
    for _ in range(600):
        passed += not tries.take("anna").wait
        clock.now += 0.1
    assert passed == 60 + 59


def test_a_flood_from_many_addresses_takes_no_more_memory() -> None:
    clock = Seconds()
    tries = buckets(clock, most=1000)
    for n in range(1000):
        tries.take(f"10.0.{n // 256}.{n % 256}")
    tracemalloc.start()
    for n in range(20_000):
        tries.take(f"2001:db8:{n:x}:1")
    grown, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert len(tries) == 1000
    assert grown < 500_000
    # Who came last is remembered.
    assert [tries.take(f"2001:db8:{19_999:x}:1").wait for _ in range(3)] == [0, 0, 6]


def test_what_counts_no_more_is_forgotten_by_itself() -> None:
    clock = Seconds()
    tries = buckets(clock)
    for n in range(100):
        tries.take(str(n))
    clock.now += 18
    tries.take("anna")
    assert len(tries) == 1


def test_a_hall_behind_one_address_gets_in_within_a_minute() -> None:
    """rate limits | … never so that a hall of 2,000 guests behind one address can't join one room
    within a minute
    """
    admission = Admission(Limits(), Seconds(), "memory://", b"")
    hall = "192.0.2.1"
    for guest in range(2000):
        # The door, the code, what a browser fetches besides; a form or a call; twice by mistake.
        said = [admission.of_address(Tier.READS, hall) for _ in range(25)]
        said += [admission.of_address(Tier.WRITES, hall) for _ in range(4)]
        said += [admission.of_address(Tier.SIGN_INS, hall) for _ in range(3)]
        said += [admission.of_user(Tier.WRITES, f"guest-{guest}") for _ in range(20)]
        said += [admission.of_user(Tier.READS, f"guest-{guest}") for _ in range(100)]
        assert not any(standing is None or standing.wait for standing in said)


def test_a_subscriber_of_ipv6_is_one_caller_and_limits_can_be_off() -> None:
    admission = Admission(Limits.read("off,reads_per_address=2"), Seconds(), "memory://", b"")
    waits = [admission.of_address(Tier.READS, f"2001:db8:0:1::{n}") for n in range(3)]
    assert [standing is not None and standing.wait > 0 for standing in waits] == [0, 0, 1]
    assert admission.of_user(Tier.READS, "anna") is None
    assert admission.of_app(Tier.EVENTS, "lottery") is None


def test_every_figure_of_a_minute_is_counted() -> None:
    figures = [name for name in vars(Limits()) if name.endswith(("_user", "_app", "_address"))]
    admission = Admission(Limits(), Seconds(), "memory://", b"")
    counted = {buckets.name for buckets in admission._buckets.values()}
    sockets = {"sockets_per_address", "sockets_per_user", "unsigned_per_address"}
    assert counted == set(figures) - sockets
    assert {buckets.seconds for buckets in admission._buckets.values()} == {WINDOW}
