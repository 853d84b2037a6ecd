"""Background tasks are kept running, and end with the host."""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator

import pytest

from host.apps.states import AppState
from host.apps.tasks import BackOff, Tasks
from tests.apps.conftest import LoadBroken
from tests.realtime.evening import until

QUICK = BackOff(first=0.001, most=0.01)


@pytest.fixture
async def running(load: LoadBroken) -> AsyncIterator[Tasks]:
    """The tasks of an application, with a short back-off."""
    tasks = Tasks(await load("tasks", "well"), back_off=QUICK)
    await tasks.start()
    yield tasks
    await tasks.stop()


async def until_running(tasks: Tasks, *names: str) -> None:
    await until(lambda: tasks.running == list(names))


def seen() -> list[str]:
    found: list[str] = sys.modules["broken_tasks"].SEEN
    return found


async def test_a_task_that_fails_is_started_again_until_its_work_is_done(running: Tasks) -> None:
    assert running.running == ["tasks: fails twice", "tasks: goes on"]
    await until_running(running, "tasks: goes on")
    assert seen() == ["began", "began", "began", "done"]
    assert running.running == ["tasks: goes on"]


async def test_at_the_hosts_end_a_task_may_put_its_things_away(running: Tasks) -> None:
    await until_running(running, "tasks: goes on")
    await running.stop()
    assert seen()[-1] == "put away"
    assert running.running == []


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("tasks_nonsense", "tasks: it answered NoneType"),
        ("tasks_raises", "tasks: RuntimeError: no tasks today"),
    ],
)
async def test_an_application_that_cannot_say_its_tasks_did_not_start(
    load: LoadBroken, name: str, reason: str
) -> None:
    registry = await load("well", name)
    tasks = Tasks(registry)
    await tasks.start()
    record = registry.record(name.replace("_", "-"))
    assert record.state is AppState.STARTUP_FAILED
    assert (record.reason or "").startswith(reason)
    assert registry.record("well").state is AppState.ACTIVE
    await tasks.stop()


async def test_a_task_of_an_application_in_quarantine_is_not_started_again(
    load: LoadBroken,
) -> None:
    registry = await load("tasks")
    tasks = Tasks(registry, back_off=BackOff(first=0.05, most=1))
    await tasks.start()
    await until(lambda: "began" in seen())
    registry.end_in("tasks", AppState.QUARANTINED, "failed too often")
    await until_running(tasks, "tasks: goes on")
    assert "done" not in seen()
    await tasks.stop()


def test_the_wait_doubles_up_to_its_most() -> None:
    waits = [BackOff().after(failures) for failures in (1, 2, 3, 6, 7, 10_000)]
    assert waits == [1, 2, 4, 32, 60, 60]
