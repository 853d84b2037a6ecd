"""Beginning a coroutine at once: one that waits for nothing needs no task of its own."""

from __future__ import annotations

import asyncio
from asyncio.tasks import _enter_task, _leave_task
from collections.abc import Coroutine, Generator
from contextvars import Context, copy_context
from functools import partial
from types import coroutine
from typing import Any, NamedTuple

from host.store.answer import Answer

Steps = Coroutine[Any, Any, None]


class Begun(NamedTuple):
    """A coroutine after its first step: whose task made it, what it waits for, and where."""

    ready: _Ready
    waited: Any
    context: Context


class Beginner:
    """Makes the first step of coroutines inside the call, as the task that makes the others.

    That task stands ready before: while first steps turn out to be all, one serves for any
    number of coroutines, one after the other. So what a coroutine asks of its task (a timeout,
    say) holds from its first line on.
    """

    def __init__(self) -> None:
        self._ready: _Ready | None = None
        self._under_way: set[asyncio.Task[None]] = set()

    def begin(self, steps: Steps, name: str | None = None) -> asyncio.Task[None] | None:
        """The task that goes on with it; None where it has come to its end.

        Raises what the first step raises. `name` is the task's meanwhile.
        """
        try:
            begun = self.step(steps, name)
        except StopIteration:
            return None
        return self.carry_on(begun, steps)

    def drive(self, steps: Steps) -> None:
        """As `begin`, and needs no task while the coroutine waits for an `Answer`.

        So it must hold nothing of its task meanwhile: after that it is another, and a timeout
        from before would cancel whoever has that one now. It must not raise an Exception.
        """
        self._drive(steps, copy_context())

    def _drive(self, steps: Steps, context: Context) -> None:
        try:
            begun = self.step(steps, context=context)
        except StopIteration:
            return
        except asyncio.CancelledError:
            # What it waited for was given up.
            return
        waited = begun.waited
        if isinstance(waited, Answer):
            # As a task would say that it has heard.
            waited._asyncio_future_blocking = False
            waited.then = partial(self._drive, steps, context)
            self._ready = begun.ready
        else:
            self.carry_on(begun, steps)

    def step(
        self, steps: Steps, name: str | None = None, *, context: Context | None = None
    ) -> Begun:
        """Makes the first step, and raises what it raises: `StopIteration` with what it returns.

        What is not over then must be given to `carry_on`, at once.
        """
        # One that begins another in its first step must not share the task with it.
        ready, self._ready = self._ready, None
        if ready is None or ready.is_spent():
            ready = _Ready(asyncio.get_running_loop())
        loop, task = ready.loop, ready.task
        if name is not ready.name:
            ready.rename(name)
        asking = asyncio.current_task(loop)
        if context is None:
            context = copy_context()
        if asking is not None:
            _leave_task(loop, asking)
        _enter_task(loop, task)
        is_over = True
        try:
            waited = context.run(steps.send, None)
            is_over = False
        finally:
            _leave_task(loop, task)
            if asking is not None:
                _enter_task(loop, asking)
            if is_over:
                self._ready = ready
        return Begun(ready, waited, context)

    def attempt(self, steps: Steps, name: str | None = None) -> tuple[Any] | Begun:
        """As `step`, and answers what it returns: with no exception, which takes as long as all
        the rest, where the first step was all.
        """
        ready, self._ready = self._ready, None
        if ready is None or ready.is_spent():
            ready = _Ready(asyncio.get_running_loop())
        loop, task, driver = ready.loop, ready.task, ready.driver
        if name is not ready.name:
            ready.rename(name)
        asking = asyncio.current_task(loop)
        if asking is not None:
            _leave_task(loop, asking)
        _enter_task(loop, task)
        context = copy_context()
        try:
            waited = context.run(driver.send, steps)
        except BaseException:
            ready.driver = _driver()
            self._ready = ready
            raise
        finally:
            _leave_task(loop, task)
            if asking is not None:
                _enter_task(loop, asking)
        if type(waited) is _Over:
            self._ready = ready
            return waited.value
        return Begun(ready, waited, context)

    def carry_on(self, begun: Begun, steps: Steps) -> asyncio.Task[None]:
        """The task that goes on with `steps`, from what the first step waits for."""
        ready = begun.ready
        ready.take_on(steps, begun.waited, begun.context)
        self._hold(ready.task)
        ready.task.add_done_callback(partial(self._over, ready))
        return ready.task

    def rest(self) -> None:
        """Nothing is to follow for now: the task that stands ready ends, and is not left over."""
        ready, self._ready = self._ready, None
        if ready is not None and not ready.is_spent():
            ready.task.cancel()

    def _hold(self, task: asyncio.Task[None]) -> None:
        # The loop itself holds tasks only weakly.
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)

    def _over(self, ready: _Ready, task: asyncio.Task[None]) -> None:
        if not ready.has_begun:
            # Cancelled before its first turn, it never came to tell the coroutine.
            self._hold(task.get_loop().create_task(ready.cancel()))


class _Ready:
    """A task that waits for something to do."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.loop = loop
        self._work: tuple[Steps, Any, Context] | None = None
        self._given: asyncio.Future[None] = loop.create_future()
        self.task = loop.create_task(self._go_on())
        self.name: str | None = None
        self.driver = _driver()
        """Makes first steps. One that was not all lies in it until the task is done."""
        self.has_begun = False
        """Whether the task has had a turn."""

    def rename(self, name: str | None) -> None:
        """Whose task it is for now."""
        self.name = name
        self.task.set_name(name or "ready")

    def is_spent(self) -> bool:
        """Whether it belongs to a loop that is over, or was cancelled by one that it served."""
        # To ask for the running loop is a system call, in Python 3.11.
        task = self.task
        return task.done() or task.cancelling() > 0 or not self.loop.is_running()

    def take_on(self, steps: Steps, waited: Any, context: Context) -> None:
        """Goes on with what was begun in its name, and waits for `waited` now."""
        self._work = (steps, waited, context)
        if not self._given.done():
            self._given.set_result(None)

    async def cancel(self) -> None:
        """Lets a coroutine that the task never went on with come to its end."""
        assert self._work is not None
        await _rest(*self._work, asyncio.CancelledError())

    async def _go_on(self) -> None:
        self.has_begun = True
        cancelled: asyncio.CancelledError | None = None
        try:
            await self._given
        except asyncio.CancelledError as error:
            if self._work is None:
                raise
            cancelled = error
        assert self._work is not None
        await _rest(*self._work, cancelled)


class _Over:
    """What a coroutine returned, in a tuple."""

    __slots__ = ("value",)

    value: tuple[Any]


def _driver() -> Generator[Any, Any, None]:
    driver = _drive_all()
    driver.send(None)
    return driver


@coroutine
def _drive_all() -> Generator[Any, Any, None]:
    over = _Over()
    steps = yield
    while True:
        value = yield from steps
        over.value = (value,)
        # Nothing of it is to live on in here.
        steps = value = None
        steps = yield over


@coroutine
def _rest(
    steps: Steps, waited: Any, context: Context, error: BaseException | None
) -> Generator[Any, Any, None]:
    while True:
        send = None
        if error is None:
            try:
                send = yield waited
            except BaseException as raised:
                error = raised
        try:
            waited = context.run(steps.throw, error) if error else context.run(steps.send, send)
        except StopIteration:
            return
        error = None
