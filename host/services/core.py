"""What every service hangs on: one frozen object, made once by the composition root."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Coroutine
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from weakref import WeakValueDictionary

from host.config import Config
from host.ids import Sources
from host.store.engine import Database

if TYPE_CHECKING:
    from host.access import Actor
    from host.admission import Admission
    from host.apps.bulletin import Bulletin
    from host.apps.dispatch import Dispatch
    from host.apps.registry import Registry
    from host.apps.secrets import AppSecrets
    from host.auth.passwords import Passwords
    from host.auth.tokens import Tokens
    from host.realtime.channels import Channels
    from host.realtime.hub import Hub
    from host.services.jobs import Jobs
    from host.services.outbox import Outbox
    from host.services.schedule import Schedule
    from host.services.writer import RoomWriter
    from host.store.lane import Lane

log = logging.getLogger("festoon")


class Background:
    """Work that goes on after the answer: kept alive, its failures logged, drained at the end."""

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[Any]] = set()

    def start(self, work: Coroutine[Any, Any, Any]) -> None:
        """Runs `work` beside everything else."""
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._done)

    def _done(self, task: asyncio.Task[Any]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("background work failed", exc_info=error)

    async def settle(self, seconds: float = 5.0) -> None:
        """Waits for what is under way and what follows from it, at most `seconds`."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                while self._tasks:
                    await asyncio.wait(self._tasks)

    async def drain(self, seconds: float = 5.0) -> None:
        """Waits for what is under way, at most `seconds`, then cancels it."""
        tasks = list(self._tasks)
        if not tasks:
            return
        _, late = await asyncio.wait(tasks, timeout=seconds)
        for task in late:
            task.cancel()
        await asyncio.gather(*late, return_exceptions=True)


@dataclass(frozen=True)
class Core:
    """The parts that services share. See `host.main` for how they are put together."""

    config: Config
    sources: Sources
    db: Database
    registry: Registry
    secrets: AppSecrets
    bulletin: Bulletin
    dispatch: Dispatch
    channels: Channels
    hub: Hub
    tokens: Tokens
    passwords: Passwords
    outbox: Outbox
    writer: RoomWriter
    jobs: Jobs
    schedule: Schedule
    admission: Admission
    background: Background = field(default_factory=Background)
    turns: WeakValueDictionary[str, asyncio.Lock] = field(default_factory=WeakValueDictionary)
    """Draws of one room wait for each other here, so that two clicks at once do not spoil each
    other's inputs. Between processes the winners' revision refuses the later one.
    """
    to_deliver: asyncio.Event = field(default_factory=asyncio.Event)
    """Set when something waits to be brought to somebody."""

    def lane_for(self, actor: Actor) -> Lane | None:
        """The database's short way, where it has one and the actor may be served by it:
        applications are not.
        """
        return self.db.lane if actor.app_id is None else None
