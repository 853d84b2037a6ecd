"""A program that has imported the host already and forks for each order: a process of the host
starts in a fraction of the time, so that a test can afford to lose a hundred of them.

Orders are lines of JSON on standard input, each answered by a line of JSON:

    {"festoon": [arguments], "settings": {…}, "folder": path, "log": path} → {"pid": …}
    {"call": {…}, "log": path} → {"status": …}: one call, see `_call`
    {"ended": pid} → {"status": …}: the exit status of a process, null while it runs
"""

from __future__ import annotations

import asyncio
import gc
import json
import os
import sys
import threading
import traceback
from collections.abc import Callable
from functools import cache
from importlib.metadata import EntryPoint
from typing import Any

from sqlalchemy import event

from host.apps.discovery import GROUP, installed
from host.cli import main
from host.store import sending
from host.store.engine import Database
from host.testing.host import running_host

CRASHED = 86
STEPS = ("begin", "before_cursor_execute", "commit", "rollback")
"""What happens between the host and its database. What a crash leaves behind is settled between
two of these: nothing else that the host waits for changes what is on the disk.
"""


def crash_at(db: Database, number: int) -> None:
    """Ends the process, without a word to anybody, at so many steps from now."""
    left = number

    def step(*_: Any) -> None:
        nonlocal left
        left -= 1
        if left == 0:
            os._exit(CRASHED)

    for name in STEPS:
        event.listen(db.engine.sync_engine, name, step)


async def _call(order: dict[str, Any]) -> int:
    """Makes a call at a host of its own, and crashes at the step `at` of it; the status.

    With `apps` those are there as well, by name and module, and with `environment` its variables.
    With `brings` the host lives on until it has brought the notifications that follow.
    """
    os.environ.update(order.get("environment", {}))
    others = [EntryPoint(name, value, GROUP) for name, value in order.get("apps", {}).items()]
    async with running_host(
        database_url=order["database_url"], entry_points=[*_applications(), *others]
    ) as running:
        crash_at(running.host.db, order["at"])
        headers = {
            "Authorization": f"Bearer {order['token']}",
            "Idempotency-Key": order["key"],
        }
        response = await running.client.post(order["path"], headers=headers, json=order["body"])
        print(response.status_code, response.text, flush=True)
        while order.get("brings") and response.is_success:
            if not await _brings(running.host.db):
                break
            await asyncio.sleep(0.02)
        # At once: what the host does when it is stopped well is not what is tested.
        os._exit(0 if response.is_success else 1)


async def _brings(db: Database) -> bool:
    async with db.read() as connection:
        return await sending.next_due(connection) is not None


@cache
def _applications() -> list[EntryPoint]:
    return [one for one in installed() if one.name in ("platform", "lottery")]


async def _warm_up() -> None:
    """One evening in this process, so that its children find everything imported."""
    async with running_host(entry_points=_applications()) as running:
        olga = await running.guest("Olga")
        room = await running.room(olga)
        await running.join(room, await running.guest("Ann"))
        await olga.post(f"/rooms/{room['id']}/prizes", {"name": "Sledge"})
        await olga.post(f"/rooms/{room['id']}/draws")


def _fork(work: Callable[[], Any], log: str) -> int:
    pid = os.fork()
    if pid:
        return pid
    os.setsid()
    file = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    for number, descriptor in ((0, os.open(os.devnull, os.O_RDONLY)), (1, file), (2, file)):
        os.dup2(descriptor, number)
    try:
        work()
    except BaseException:
        traceback.print_exc()
    finally:
        os._exit(1)


def _festoon(order: dict[str, Any]) -> None:
    os.environ.update(order["settings"])
    os.chdir(order["folder"])
    status = main(order["festoon"])
    sys.stdout.flush()
    os._exit(status)


def _obey(order: dict[str, Any]) -> dict[str, int | None]:
    if "festoon" in order:
        return {"pid": _fork(lambda: _festoon(order), order["log"])}
    if "call" in order:
        pid = _fork(lambda: asyncio.run(_call(order["call"])), order["log"])
        return {"status": os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])}
    pid, status = os.waitpid(order["ended"], os.WNOHANG)
    return {"status": os.waitstatus_to_exitcode(status) if pid else None}


if __name__ == "__main__":
    asyncio.run(_warm_up())
    if threading.active_count() > 1:
        sys.exit(f"threads do not survive a fork: {threading.enumerate()}")
    # What is here stays here. A child that looked through all of it for what could go, as a host
    # does when it starts, would copy each page of it.
    gc.collect()
    gc.freeze()
    for line in sys.stdin:
        print(json.dumps(_obey(json.loads(line))), flush=True)
