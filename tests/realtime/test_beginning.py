"""A coroutine is begun inside the call, and cannot tell that from being a task."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from contextvars import ContextVar
from typing import Any

import pytest

from host.realtime.beginning import Beginner
from tests.realtime.evening import until


@pytest.fixture
def beginner() -> Beginner:
    return Beginner()


async def test_one_that_waits_for_nothing_has_ended_inside_the_call(beginner: Beginner) -> None:
    done: list[int] = []

    async def step(number: int) -> None:
        done.append(number)

    assert [beginner.begin(step(number)) for number in range(3)] == [None] * 3
    assert done == [0, 1, 2]


async def test_one_that_waits_goes_on_in_the_task_of_its_first_step(beginner: Beginner) -> None:
    seen: list[asyncio.Task[Any] | None] = []

    async def steps() -> None:
        seen.append(asyncio.current_task())
        await asyncio.sleep(0)
        seen.append(asyncio.current_task())

    asking = asyncio.current_task()
    task = beginner.begin(steps(), "a name")
    assert asyncio.current_task() is asking
    assert task is not None
    assert task.get_name() == "a name"
    await task
    assert seen == [task, task]


async def test_what_the_first_step_raises_is_raised_and_the_next_is_begun_all_the_same(
    beginner: Beginner,
) -> None:
    async def fails() -> None:
        raise LookupError("nothing there")

    async def steps() -> None:
        await asyncio.sleep(0)

    asking = asyncio.current_task()
    with pytest.raises(LookupError, match="nothing there"):
        beginner.begin(fails())
    assert asyncio.current_task() is asking
    task = beginner.begin(steps())
    assert task is not None
    await task


async def test_what_a_later_step_raises_is_the_tasks(beginner: Beginner) -> None:
    async def fails() -> None:
        await asyncio.sleep(0)
        raise LookupError("nothing there")

    task = beginner.begin(fails())
    assert task is not None
    with pytest.raises(LookupError, match="nothing there"):
        await task


async def test_a_timeout_of_the_first_step_cuts_off_the_coroutine_and_nobody_else(
    beginner: Beginner,
) -> None:
    ended: list[str] = []

    async def slow() -> None:
        try:
            async with asyncio.timeout(0.01):
                await asyncio.Event().wait()
        except TimeoutError:
            ended.append("out of time")

    task = beginner.begin(slow())
    assert task is not None
    await asyncio.wait_for(task, 5)
    assert ended == ["out of time"]


@pytest.mark.parametrize("turns", [0, 1, 3])
async def test_it_can_be_cancelled_before_and_after_the_task_has_had_a_turn(
    beginner: Beginner, turns: int
) -> None:
    told: list[str] = []

    async def waits() -> None:
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            told.append("cancelled")
            raise

    task = beginner.begin(waits())
    assert task is not None
    for _ in range(turns):
        await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await until(lambda: told == ["cancelled"])


async def test_one_that_cancels_its_task_and_ends_spoils_nothing_for_the_next(
    beginner: Beginner,
) -> None:
    async def cancels() -> None:
        task = asyncio.current_task()
        assert task is not None
        task.cancel()

    went_on: list[bool] = []

    async def steps() -> None:
        await asyncio.sleep(0)
        went_on.append(True)

    assert beginner.begin(cancels()) is None
    task = beginner.begin(steps())
    assert task is not None
    await task
    assert went_on == [True]


async def test_each_has_a_context_of_its_own(beginner: Beginner) -> None:
    value: ContextVar[str] = ContextVar("value", default="outside")
    seen: list[str] = []

    async def sets(waits: bool) -> None:
        value.set("inside")
        if waits:
            await asyncio.sleep(0)
        seen.append(value.get())

    assert beginner.begin(sets(waits=False)) is None
    task = beginner.begin(sets(waits=True))
    assert task is not None
    await task
    assert (seen, value.get()) == (["inside", "inside"], "outside")


async def test_one_may_begin_another_in_its_first_step(beginner: Beginner) -> None:
    tasks: list[asyncio.Task[Any] | None] = []

    async def inner() -> None:
        await asyncio.sleep(0)

    async def outer() -> None:
        tasks.append(Beginner().begin(inner()))
        tasks.append(asyncio.current_task())
        await asyncio.sleep(0)
        tasks.append(asyncio.current_task())

    task = beginner.begin(outer())
    assert task is not None
    await task
    assert tasks[0] is not None
    await tasks[0]
    assert tasks[1:] == [task, task]


def test_it_serves_one_loop_after_another() -> None:
    beginner = Beginner()
    ran: list[asyncio.AbstractEventLoop] = []

    async def steps() -> None:
        ran.append(asyncio.get_running_loop())
        await asyncio.sleep(0)
        assert asyncio.get_running_loop() is ran[-1]

    async def at_once() -> None:
        pass

    async def begin(steps: Coroutine[Any, Any, None]) -> None:
        task = beginner.begin(steps)
        if task is not None:
            await task

    for _ in range(2):
        asyncio.run(begin(steps()))
        asyncio.run(begin(at_once()))
    assert len(set(ran)) == 2


async def test_one_that_begins_another_in_its_first_step_does_not_share_its_task(
    beginner: Beginner,
) -> None:
    gate = asyncio.Event()
    done: list[str] = []

    async def inner() -> None:
        await gate.wait()
        done.append("inner")

    async def outer() -> None:
        task = beginner.begin(inner())
        assert task is not None
        assert task is not asyncio.current_task()
        await task
        done.append("outer")

    task = beginner.begin(outer())
    assert task is not None
    gate.set()
    await asyncio.wait_for(task, 5)
    assert done == ["inner", "outer"]
