"""Questions that come together are asked together, and each gets an answer of its own time."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Mapping

import pytest

from host.store.together import MOST, Together


class Shelf:
    """Answers a question when it is let, and counts how often it was asked."""

    def __init__(self) -> None:
        self.asked: list[list[str]] = []
        self.values: dict[str, int] = {}
        self.may_answer = asyncio.Event()
        self.error: BaseException | None = None

    async def load(self, keys: Collection[str]) -> Mapping[str, int]:
        self.asked.append(sorted(keys))
        found = {key: self.values[key] for key in keys if key in self.values}
        await self.may_answer.wait()
        if self.error is not None:
            raise self.error
        return found


async def turns() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


async def test_those_who_ask_at_once_are_one_question() -> None:
    shelf = Shelf()
    shelf.values = {"a": 1, "b": 2}
    shelf.may_answer.set()
    together = Together(shelf.load)
    found = await asyncio.gather(*(together.get(key) for key in ("a", "b", "a", "c")))
    assert found == [1, 2, 1, None]
    assert shelf.asked == [["a", "b", "c"]]


async def test_one_that_is_refused_takes_no_other_along() -> None:
    async def load(keys: Collection[str]) -> Mapping[str, str]:
        if "bad" in keys:
            raise LookupError("bad")
        return {key: key for key in keys}

    together = Together(load, refused=LookupError)
    asked = (together.get(key) for key in ("a", "bad", "b"))
    a, bad, b = await asyncio.gather(*asked, return_exceptions=True)
    assert (a, b) == ("a", "b")
    assert isinstance(bad, LookupError)


async def test_who_asks_while_a_question_is_under_way_gets_no_answer_older_than_that() -> None:
    shelf = Shelf()
    shelf.values = {"a": 1}
    together = Together(shelf.load)
    first = asyncio.create_task(together.get("a"))
    await turns()
    shelf.values = {"a": 2}
    second = asyncio.create_task(together.get("a"))
    await turns()
    shelf.may_answer.set()
    assert (await first, await second) == (1, 2)


async def test_a_crowd_is_asked_for_in_questions_of_bounded_size() -> None:
    shelf = Shelf()
    shelf.may_answer.set()
    together = Together(shelf.load)
    await asyncio.gather(*(together.get(str(number)) for number in range(2 * MOST + 1)))
    assert [len(keys) for keys in shelf.asked] == [MOST, MOST, 1]


async def test_an_error_reaches_all_who_asked_and_nobody_after_them() -> None:
    shelf = Shelf()
    shelf.values = {"a": 1}
    shelf.may_answer.set()
    shelf.error = LookupError("the store is away")
    together = Together(shelf.load)
    found = await asyncio.gather(together.get("a"), together.get("b"), return_exceptions=True)
    assert [str(one) for one in found] == ["the store is away"] * 2
    shelf.error = None
    assert await together.get("a") == 1


async def test_one_who_gives_up_takes_the_answer_from_nobody() -> None:
    shelf = Shelf()
    shelf.values = {"a": 1}
    together = Together(shelf.load)
    gone = asyncio.create_task(together.get("a"))
    stays = asyncio.create_task(together.get("a"))
    await turns()
    gone.cancel()
    await turns()
    assert gone.cancelled()
    shelf.may_answer.set()
    assert await stays == 1


async def test_a_question_that_is_cancelled_leaves_nobody_waiting() -> None:
    shelf = Shelf()
    shelf.error = asyncio.CancelledError()
    together = Together(shelf.load)
    first = asyncio.create_task(together.get("a"))
    await turns()
    behind = asyncio.create_task(together.get("b"))
    await turns()
    shelf.may_answer.set()
    for waiting in (first, behind):
        with pytest.raises(asyncio.CancelledError):
            await asyncio.wait_for(waiting, 30)
    shelf.error, shelf.values = None, {"b": 2}
    assert await together.get("b") == 2


def test_it_serves_one_loop_after_another() -> None:
    async def load(keys: Collection[str]) -> Mapping[str, int]:
        await asyncio.sleep(0)
        return dict.fromkeys(keys, 1)

    together = Together(load)
    assert [asyncio.run(together.get("a")) for _ in range(2)] == [1, 1]
