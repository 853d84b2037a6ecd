"""An application's code can fail, hang or block, and the host goes on."""

from __future__ import annotations

import asyncio
import signal
import sys
import threading
import time
from collections.abc import Awaitable, Callable
from contextvars import ContextVar
from typing import Any

import pytest

from host.apps.guard import Broke, Guard, OutOfTime, aside, told

Call = Callable[[], Awaitable[Any]]


def hold() -> None:
    """Holds the event loop for longer than any test may take."""
    time.sleep(30)


@pytest.fixture
def guard() -> Guard:
    """Short times."""
    return Guard(grace=0.05, blocking=0.2)


async def test_a_call_gives_what_it_returns_and_raises_what_it_raises(guard: Guard) -> None:
    async def gives() -> int:
        await asyncio.sleep(0)
        return 7

    async def fails() -> None:
        await asyncio.sleep(0)
        raise LookupError("not here")

    assert await guard.run(gives, 30, "gives") == 7
    with pytest.raises(LookupError, match="not here"):
        await guard.run(fails, 30, "fails")
    assert not guard.left_behind


async def test_a_call_that_hangs_is_cancelled_when_its_time_is_up(guard: Guard) -> None:
    ended = []

    async def hangs() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            ended.append(True)

    with pytest.raises(OutOfTime, match=r"no answer within 0\.05 s"):
        await guard.run(hangs, 0.05, "hangs")
    assert ended == [True]
    assert not guard.left_behind


async def test_a_call_that_ignores_its_cancellation_is_left_behind(guard: Guard) -> None:
    let_go = asyncio.Event()

    async def unheeding() -> None:
        while not let_go.is_set():
            try:
                await let_go.wait()
            except asyncio.CancelledError:
                continue

    with pytest.raises(OutOfTime):
        await guard.run(unheeding, 0.05, "unheeding")
    assert len(guard.left_behind) == 1
    let_go.set()
    await guard.settle(30)
    assert not guard.left_behind


@pytest.mark.parametrize("blocks", [lambda: time.sleep(30), lambda: [None for _ in iter(int, 1)]])
async def test_a_call_that_blocks_the_event_loop_is_interrupted(
    guard: Guard, blocks: Callable[[], object]
) -> None:
    async def blocking() -> None:
        await asyncio.sleep(0)
        blocks()

    started = time.monotonic()
    with pytest.raises(OutOfTime, match=r"blocked the host for 0\.2 s"):
        await guard.run(blocking, 60, "blocking")
    assert time.monotonic() - started < 25


async def test_a_call_that_blocks_before_it_waits_for_anything_is_interrupted(
    guard: Guard,
) -> None:
    async def blocking() -> None:
        hold()

    with pytest.raises(OutOfTime, match=r"blocked the host for 0\.2 s"):
        await guard.run(blocking, 60, "blocking")


async def test_a_call_within_a_call_is_interrupted_and_so_is_the_outer_one(guard: Guard) -> None:
    seen = []

    async def blocking() -> None:
        hold()

    async def outer() -> None:
        with pytest.raises(OutOfTime):
            await guard.run(blocking, 10, "inner")
        assert await guard.run(quick, 10, "quick") == 7
        seen.append("inner")
        hold()

    async def quick() -> int:
        return 7

    with pytest.raises(OutOfTime, match=r"blocked the host for 0\.2 s"):
        await guard.run(outer, 10, "outer")
    assert seen == ["inner"]


async def test_a_call_that_waits_for_nothing_is_answered_without_a_turn_of_the_loop(
    guard: Guard,
) -> None:
    turns: list[bool] = []
    asyncio.get_running_loop().call_soon(turns.append, True)

    async def quick() -> str:
        task = asyncio.current_task()
        return task.get_name() if task else ""

    assert await guard.run(quick, 1, "quick") == "quick"
    assert not turns


async def test_what_a_call_sets_in_its_context_stays_there(guard: Guard) -> None:
    mood: ContextVar[str] = ContextVar("mood", default="calm")

    async def sets() -> str:
        mood.set("cross")
        await asyncio.sleep(0)
        return mood.get()

    assert await guard.run(sets, 1, "sets") == "cross"
    assert mood.get() == "calm"


async def test_an_alarm_that_rings_after_its_step_harms_nobody(guard: Guard) -> None:
    async def quick() -> None:
        return None

    before = signal.signal(signal.SIGALRM, signal.SIG_DFL)
    try:
        await guard.run(quick, 1, "quick")
        signal.raise_signal(signal.SIGALRM)
        await guard.run(quick, 1, "quick")
    finally:
        signal.signal(signal.SIGALRM, before)


async def test_somebody_elses_alarm_goes_on(guard: Guard) -> None:
    rung = threading.Event()
    before = signal.signal(signal.SIGALRM, lambda *_: rung.set())
    timer = signal.setitimer(signal.ITIMER_REAL, 0.1)
    try:

        async def quick() -> None:
            await asyncio.sleep(0)

        await guard.run(quick, 1, "quick")
        assert await asyncio.to_thread(rung.wait, 30)
    finally:
        signal.signal(signal.SIGALRM, before)
        signal.setitimer(signal.ITIMER_REAL, *timer)


@pytest.mark.parametrize("error", [SystemExit("bye"), asyncio.CancelledError(), BaseException()])
async def test_a_call_that_would_end_the_loop_only_breaks_itself(
    guard: Guard, error: BaseException
) -> None:
    async def leaves() -> None:
        raise error

    with pytest.raises(Broke):
        await guard.run(leaves, 1, "leaves")


async def test_when_the_one_who_asked_is_gone_the_call_ends_and_the_cancellation_stands(
    guard: Guard,
) -> None:
    under_way, ended = asyncio.Event(), asyncio.Event()

    async def hangs() -> None:
        under_way.set()
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()

    asking = asyncio.create_task(guard.run(hangs, 60, "hangs"))
    await under_way.wait()
    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking
    async with asyncio.timeout(30):
        await ended.wait()
    await guard.settle(30)
    assert not guard.left_behind


async def test_a_call_can_use_everything_that_a_coroutine_can(guard: Guard) -> None:
    async def rich() -> list[str]:
        seen = []
        try:
            async with asyncio.timeout(0.01):
                await asyncio.Event().wait()
        except TimeoutError:
            seen.append("timeout")
        async with asyncio.TaskGroup() as group:
            child = group.create_task(asyncio.sleep(0, "child"))
        seen.append(await child)
        seen.append(await asyncio.to_thread(lambda: "thread"))
        current = asyncio.current_task()
        seen.append(current.get_name() if current else "")
        return seen

    assert await guard.run(rich, 30, "rich") == ["timeout", "child", "thread", "rich"]


async def test_work_aside_gives_its_outcome_and_cannot_end_the_host() -> None:
    assert await aside(lambda: 7, 30, "seven") == 7
    with pytest.raises(ZeroDivisionError):
        await aside(lambda: 1 / 0, 30, "division")
    with pytest.raises(Broke, match="SystemExit"):
        await aside(lambda: sys.exit(1), 30, "exit")
    with pytest.raises(Broke, match="KeyboardInterrupt"):
        await aside(lambda: exec("raise KeyboardInterrupt"), 30, "interrupt")


async def test_work_aside_that_never_ends_is_not_waited_for() -> None:
    let_go = threading.Event()
    with pytest.raises(OutOfTime, match=r"not done within 0\.05 s"):
        await aside(let_go.wait, 0.05, "never")
    let_go.set()


def test_what_was_raised_is_told_with_its_place() -> None:
    try:
        raise ValueError("two\nlines")
    except ValueError as error:
        said = told(error)
    assert said.startswith("ValueError: two lines (test_guard.py, line ")
    assert told(OutOfTime("late")) == "late"


# The usual way to bound a test's time has an alarm of its own under way.
@pytest.mark.timeout(60, method="thread")
async def test_a_guard_at_rest_has_no_alarm_to_ring(guard: Guard) -> None:
    """It would ring in a program that has come to its end, and kill it there."""

    async def gives() -> int:
        return 7

    assert await guard.run(gives, 5.0, "gives") == 7
    assert signal.getitimer(signal.ITIMER_REAL)[0] > 0
    guard.rest()
    assert signal.getitimer(signal.ITIMER_REAL)[0] == 0
