"""Background tasks of applications, kept running: one that raises is started again, later.

One that returns has done its work. The task of an application that is quarantined goes on until
it ends, and is not started again.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Sequence
from dataclasses import dataclass

from host.apps.answers import wrong_answer
from host.apps.entry import AppEntry
from host.apps.guard import aside, told
from host.apps.registry import Registry
from host.apps.states import AppState
from host.contract import BackgroundTask

log = logging.getLogger("festoon.apps")

ASKING_SECONDS = 10.0
ENDING_SECONDS = 5.0


@dataclass(frozen=True)
class BackOff:
    """Seconds to wait before starting again: `first`, then twice as long each time up to `most`.

    After it has run for `most` seconds a task begins with `first` again.
    """

    first: float = 1.0
    most: float = 60.0

    def after(self, failures: int) -> float:
        """The wait after so many failures in a row, at least one."""
        return min(self.first * 2.0 ** min(failures - 1, 32), self.most)


class Tasks:
    """The running tasks of all active applications."""

    def __init__(self, registry: Registry, *, back_off: BackOff | None = None) -> None:
        self._registry = registry
        self._back_off = back_off or BackOff()
        self._running: dict[asyncio.Task[None], str] = {}

    @property
    def running(self) -> Sequence[str]:
        """`<appId>: <name>` of every task that is running or waits to be started again."""
        return sorted(self._running.values())

    async def start(self) -> None:
        """Asks every active application for its tasks and starts them."""
        for entry in self._registry.active:
            for task in await self._tasks_of(entry):
                name = f"{entry.app_id}: {task.name}"
                running = asyncio.create_task(self._keep(entry.app_id, task, name), name=name)
                self._running[running] = name
                running.add_done_callback(self._ended)

    async def stop(self) -> None:
        """Cancels every task and gives it time to put its things away."""
        running = list(self._running)
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)
        await self._registry.guard.settle(ENDING_SECONDS)

    async def _tasks_of(self, entry: AppEntry) -> Sequence[BackgroundTask]:
        hook = entry.hooks.get("tasks")
        if hook is None:
            return ()
        try:
            context = await self._registry.context(entry.app_id)
            found = await aside(
                lambda: hook.call({"ctx": context}), ASKING_SECONDS, f"{entry.app_id}: tasks"
            )
        except Exception as error:
            self._registry.end_in(entry.app_id, AppState.STARTUP_FAILED, f"tasks: {told(error)}")
            return ()
        if wrong := wrong_answer("tasks", entry.app_id, found):
            self._registry.end_in(entry.app_id, AppState.STARTUP_FAILED, f"tasks: {wrong}")
            return ()
        tasks: Sequence[BackgroundTask] = found
        return tasks

    async def _keep(self, app_id: str, task: BackgroundTask, name: str) -> None:
        failures = 0
        while self._registry.record(app_id).state is AppState.ACTIVE:
            started = time.monotonic()
            try:
                await self._registry.guard.run(task.run, None, name)
            except Exception as error:
                ran = time.monotonic() - started
                failures = 1 if ran >= self._back_off.most else failures + 1
                wait = self._back_off.after(failures)
                log.warning("%s failed, again in %g s: %s", name, wait, told(error), exc_info=error)
                await asyncio.sleep(wait)
            else:
                return

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._running.pop(task, None)
