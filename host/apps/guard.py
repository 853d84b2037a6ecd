"""Running an application's code so that it can fail, hang or block without taking the host along.

A call runs in a task of its own; its first step is made at once, so that one which waits for
nothing is answered without a turn of the loop. When its time is up the task is cancelled, and
when it does not even heed that, it is left behind and the host goes on. Code that blocks the
event loop (a `time.sleep`, an endless loop) lets nobody else run, so nobody could stop it; every
step of the coroutine is therefore under an alarm signal, which interrupts it where it stands.
That needs a system with `SIGALRM` and the loop in the main thread; elsewhere only the first
holds.
"""

from __future__ import annotations

import asyncio
import logging
import threading
import traceback
from collections.abc import Awaitable, Callable, Generator
from pathlib import Path
from types import CoroutineType, coroutine
from typing import Any, Generic, NamedTuple, NoReturn, TypeVar, cast

from host.apps.alarm import Alarm, Blocked
from host.realtime.beginning import Beginner, Begun, Steps

log = logging.getLogger("festoon.apps")

T = TypeVar("T")


class OutOfTime(Exception):
    """The call did not come back within its time."""


class Broke(Exception):
    """The call ended in a way that no call may: it left the program, or cancelled itself."""


class _Outcome(NamedTuple, Generic[T]):
    value: T | None
    error: BaseException | None


class _End(Generic[T]):
    """What became of a call, once it did."""

    __slots__ = ("error", "value")

    value: T

    def __init__(self) -> None:
        self.error: BaseException | None = None


class Guard:
    """Runs calls of applications; knows those that it had to leave behind.

    `grace`: seconds that a call has to end after it was cancelled; `blocking`: seconds that one
    step of it may hold the event loop.
    """

    def __init__(self, *, grace: float = 1.0, blocking: float = 10.0) -> None:
        self._grace = grace
        self._blocking = blocking
        self._alarm = Alarm()
        self._beginner = Beginner()
        self.left_behind: set[asyncio.Task[Any]] = set()
        """Calls that ignored their cancellation and still run."""

    async def run(self, call: Callable[[], Awaitable[T]], seconds: float | None, name: str) -> T:
        """What the call returns.

        Raises `OutOfTime` after `seconds` and the grace (None: it may take for ever), `Broke`
        when the call does what no call may, and otherwise what the call raises. `name` is for
        logs.
        """
        begun = self.begin(call, seconds, name)
        return begun[0] if type(begun) is tuple else await cast(Awaitable[T], begun)

    def begin(
        self, call: Callable[[], Awaitable[T]], seconds: float | None, name: str
    ) -> tuple[T] | Awaitable[T]:
        """The same without waiting: what the call returns, or what is to be awaited for it.

        That must be awaited at once: the time of the call is counted from there.
        """
        try:
            made = call()
            steps = cast(Steps, made if type(made) is CoroutineType else made.__await__())
            earlier = self._alarm.set(self._blocking)
            try:
                begun = self._beginner.attempt(steps, name)
            finally:
                self._alarm.clear(earlier)
        except asyncio.CancelledError as error:
            raise Broke("it cancelled itself") from error
        except (GeneratorExit, KeyboardInterrupt):
            raise
        except BaseException as error:
            _refuse(error, self._blocking)
        if not isinstance(begun, Begun):
            return begun
        end: _End[T] = _End()
        rest = cast(Steps, self._rest(steps, begun.waited, end))
        rest.send(None)
        return self._wait(self._beginner.carry_on(begun, rest), end, seconds)

    async def _wait(self, task: asyncio.Task[None], end: _End[T], seconds: float | None) -> T:
        try:
            done, _ = await asyncio.wait({task}, timeout=seconds)
            if not done:
                task.cancel()
                await asyncio.wait({task}, timeout=self._grace)
                raise OutOfTime(f"no answer within {seconds:g} s")
        finally:
            # Also when whoever asked has gone: then nobody waits for the call either.
            if not task.done():
                task.cancel()
                self._leave(task)
        if task.cancelled():
            raise Broke("it cancelled itself")
        return self._ended(end)

    def _ended(self, end: _End[T]) -> T:
        if end.error is not None:
            _refuse(end.error, self._blocking)
        return end.value

    async def settle(self, seconds: float) -> None:
        """Waits for the calls that were left behind, at most `seconds`, and names the rest."""
        if self.left_behind:
            _, late = await asyncio.wait(set(self.left_behind), timeout=seconds)
            for task in late:
                log.error("%s ignores that it was cancelled", task.get_name())

    def rest(self) -> None:
        """No call is to follow: leaves no alarm to ring while the program ends, and no task."""
        self._alarm.rest()
        self._beginner.rest()

    @coroutine
    def _rest(self, steps: Steps, waited: Any, end: _End[T]) -> Generator[Any, Any, None]:
        """Drives a call that was begun as `await` does, with the alarm set during each step.

        Notes its end as a value: an exit raised in a task would end the event loop.
        """
        alarm, blocking = self._alarm, self._blocking
        send: Any = None
        error: BaseException | None = None
        try:
            while True:
                try:
                    send, error = (yield waited), None
                except BaseException as raised:
                    send, error = None, raised
                earlier = alarm.set(blocking)
                try:
                    waited = steps.throw(error) if error else steps.send(send)
                except StopIteration as stop:
                    end.value = stop.value
                    return
                finally:
                    alarm.clear(earlier)
        except (asyncio.CancelledError, GeneratorExit, KeyboardInterrupt):
            raise
        except BaseException as raised:
            end.error = raised

    def _leave(self, task: asyncio.Task[Any]) -> None:
        self.left_behind.add(task)
        task.add_done_callback(self._came_back)

    def _came_back(self, task: asyncio.Task[Any]) -> None:
        self.left_behind.discard(task)
        if not task.cancelled() and task.exception() is None:
            log.warning("%s ended long after its time", task.get_name())


def _refuse(error: BaseException, blocking: float) -> NoReturn:
    if isinstance(error, Blocked):
        raise OutOfTime(f"it blocked the host for {blocking:g} s") from error
    if isinstance(error, Exception):
        raise error
    raise Broke(f"it raised {type(error).__name__}") from error


def told(error: BaseException) -> str:
    """What was raised, and where: the last line of the traceback is the nearest to the cause."""
    text = " ".join(str(error).split())[:300]
    if isinstance(error, OutOfTime | Broke):
        return text
    frames = [f for f in traceback.extract_tb(error.__traceback__) if f.filename[0] != "<"]
    where = f" ({Path(frames[-1].filename).name}, line {frames[-1].lineno})" if frames else ""
    return f"{type(error).__name__}{': ' if text else ''}{text}{where}"


async def aside(work: Callable[[], T], seconds: float, name: str) -> T:
    """Runs blocking `work` in a thread that the host does not wait for at its end.

    Raises `OutOfTime` after `seconds`; the thread then goes on until it ends by itself, since
    Python cannot stop one. Raises `Broke` for an exit, and otherwise what the work raises.
    """
    loop = asyncio.get_running_loop()
    outcome: asyncio.Future[_Outcome[T]] = loop.create_future()

    def deliver(value: T | None, error: BaseException | None) -> None:
        if not outcome.done():
            outcome.set_result(_Outcome(value, error))

    def body() -> None:
        value, error = None, None
        try:
            value = work()
        except BaseException as raised:
            error = raised
        try:
            loop.call_soon_threadsafe(deliver, value, error)
        except RuntimeError:
            log.warning("%s ended after the host", name)

    threading.Thread(target=body, name=name, daemon=True).start()
    try:
        async with asyncio.timeout(seconds):
            value, error = await outcome
    except TimeoutError:
        raise OutOfTime(f"not done within {seconds:g} s") from None
    if error is not None and not isinstance(error, Exception):
        raise Broke(f"it raised {type(error).__name__}") from error
    if error is not None:
        raise error
    return value  # type: ignore[return-value]
