"""host.auth.kept: a kept answer is never older than it may be."""

from __future__ import annotations

import asyncio

from host.auth.kept import Kept


class Seconds:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


class Source:
    """Counts how often it is asked."""

    def __init__(self, answer: str | None) -> None:
        self.answer = answer
        self.asked = 0

    async def __call__(self) -> str | None:
        self.asked += 1
        return self.answer


async def test_an_answer_is_kept_for_its_time_and_asked_for_again_after() -> None:
    clock, source = Seconds(), Source("yes")
    kept: Kept[str] = Kept(clock, seconds=0.5, most=10)
    for _ in range(3):
        assert await kept.get("key", source) == "yes"
    assert source.asked == 1
    clock.now = 0.5
    source.answer = "no longer"
    assert await kept.get("key", source) == "no longer"


async def test_nothing_is_not_kept() -> None:
    source = Source(None)
    kept: Kept[str] = Kept(Seconds(), seconds=0.5, most=10)
    assert await kept.get("key", source) is None
    source.answer = "now"
    assert await kept.get("key", source) == "now"


async def test_what_is_dropped_is_asked_for_again_at_once() -> None:
    first, second = Source("a"), Source("b")
    kept: Kept[str] = Kept(Seconds(), seconds=0.5, most=10)
    await kept.get("first", first)
    await kept.get("second", second)
    kept.drop(lambda value: value == "a")
    await kept.get("first", first)
    await kept.get("second", second)
    assert (first.asked, second.asked) == (2, 1)


async def test_an_answer_on_its_way_while_it_is_dropped_is_not_kept() -> None:
    kept: Kept[str] = Kept(Seconds(), seconds=0.5, most=10)
    asked, go_on = asyncio.Event(), asyncio.Event()

    async def slow() -> str:
        asked.set()
        await go_on.wait()
        return "alive"

    reading = asyncio.create_task(kept.get("session", slow))
    await asked.wait()
    kept.drop(lambda value: True)
    go_on.set()
    assert await reading == "alive"
    later = Source(None)
    assert await kept.get("session", later) is None
    assert later.asked == 1


async def test_the_memory_is_bounded() -> None:
    kept: Kept[str] = Kept(Seconds(), seconds=0.5, most=3)
    for n in range(10):
        await kept.get(str(n), Source("x"))
    assert len(kept._answers) == 3
