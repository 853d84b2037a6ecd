"""A coroutine is begun inside the call, and cannot tell that from being a task."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from contextvars import ContextVar
from typing import Any

import pytest

from host.realtime.beginning import Beginner
from host.store.answer import Answer
from host.store.together import Together
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
    await asyncio.wait_for(task, 30)
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
    await asyncio.wait_for(task, 30)
    assert done == ["inner", "outer"]


async def test_one_that_is_driven_needs_no_task_for_answers_and_has_one_for_all_else(
    beginner: Beginner,
) -> None:
    said = ContextVar("said", default="nothing")
    seen: list[object] = []
    tasks = asyncio.all_tasks()

    async def ask(answer: Answer[Any]) -> None:
        said.set("something")
        seen.append(await answer)
        seen.append(said.get())
        await asyncio.sleep(0)
        task = asyncio.current_task()
        seen.append(await asyncio.wait_for(asyncio.sleep(0, "late"), 30))
        assert asyncio.current_task() is task
        seen.append(said.get())

    answers = [Answer[Any](asyncio.get_running_loop()) for _ in range(20)]
    for answer in answers:
        beginner.drive(ask(answer))
    assert len(asyncio.all_tasks() - tasks) <= 1
    for number, answer in enumerate(answers):
        answer.give(number)
    assert seen == [piece for number in range(20) for piece in (number, "something")]
    await until(lambda: len(seen) == 80)
    assert seen[40:].count("late") == seen[40:].count("something") == 20
    assert said.get() == "nothing"


async def test_one_that_is_driven_hears_of_errors_and_of_questions_that_are_given_up(
    beginner: Beginner,
) -> None:
    seen: list[str] = []

    async def ask(answer: Answer[Any]) -> None:
        try:
            await answer
        except BaseException as error:
            seen.append(type(error).__name__)
            raise

    async def calm(answer: Answer[Any]) -> None:
        with pytest.raises(LookupError):
            await ask(answer)

    failing, given_up = (Answer[Any](asyncio.get_running_loop()) for _ in range(2))
    beginner.drive(calm(failing))
    beginner.drive(ask(given_up))
    failing.fail(LookupError("nothing there"))
    given_up.give_up()
    assert seen == ["LookupError", "CancelledError"]


async def test_driven_or_not_all_who_ask_together_get_the_same(beginner: Beginner) -> None:
    async def load(keys: object) -> dict[str, int]:
        await asyncio.sleep(0)
        return {"a": 1, "b": 2}

    together = Together(load)
    found: list[int | None] = []

    async def ask(key: str) -> None:
        found.append(await together.get(key))

    for key in "abc":
        beginner.drive(ask(key))
    assert await asyncio.gather(*(together.get(key) for key in "abc")) == [1, 2, None]
    assert found == [1, 2, None]


async def test_one_that_rests_leaves_no_task_behind() -> None:
    async def at_once() -> None:
        return None

    before = asyncio.all_tasks()
    beginner = Beginner()
    assert beginner.begin(at_once()) is None
    assert asyncio.all_tasks() != before, "the one that stands ready for the next"
    beginner.rest()
    await asyncio.sleep(0)
    assert asyncio.all_tasks() == before
    beginner.rest()
    assert beginner.begin(at_once()) is None
    beginner.rest()
    await asyncio.sleep(0)
