"""host.auth.throttle: guessing is slowed, a hall is not."""

from __future__ import annotations

import pytest

from host.auth import throttle as module
from host.auth.throttle import Throttle
from host.errors import RateLimited


class Seconds:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def test_a_burst_passes_then_one_attempt_every_few_seconds() -> None:
    clock = Seconds()
    throttle = Throttle(clock, burst=3, seconds=6)
    for _ in range(3):
        throttle.take("anna")
    with pytest.raises(RateLimited) as refused:
        throttle.take("anna")
    assert refused.value.headers["Retry-After"] == "6"
    clock.now += 5.9
    with pytest.raises(RateLimited) as refused:
        throttle.take("anna")
    assert refused.value.headers["Retry-After"] == "1"
    clock.now += 0.1
    throttle.take("anna")
    with pytest.raises(RateLimited):
        throttle.take("anna")


def test_each_key_has_attempts_of_its_own() -> None:
    throttle = Throttle(Seconds(), burst=1)
    for n in range(2000):
        throttle.take(f"hall person-{n}")


def test_who_knew_the_password_starts_anew() -> None:
    throttle = Throttle(Seconds(), burst=1)
    throttle.take("anna")
    throttle.clear("anna")
    throttle.take("anna")


def test_the_memory_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_BUCKETS", 3)
    throttle = Throttle(Seconds(), burst=1)
    for n in range(10):
        throttle.take(str(n))
    assert len(throttle._full_at) == 3
