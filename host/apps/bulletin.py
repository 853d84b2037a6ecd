"""What changed of the separate services, told to every process of the fleet.

A word over the channels makes it quick; the database is asked every second besides, so that a
word that was lost, or that nobody said (`festoon apps register` is no part of the fleet), costs
a second at most.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Collection

import orjson

from host.apps.registry import Registry
from host.errors import Unavailable
from host.realtime.channels import Channels
from host.realtime.ending import end
from host.realtime.listener import Listener

log = logging.getLogger("festoon.apps")

CHANNEL = "apps"
HEAL_SECONDS = 1.0

Looked = Callable[[Collection[str]], Awaitable[None]]


class Bulletin:
    """Keeps the registry of this process as the database has it, and says so to the others."""

    def __init__(
        self, registry: Registry, channels: Channels, *, heal_seconds: float = HEAL_SECONDS
    ) -> None:
        self._registry = registry
        self._channels = channels
        self._heal_seconds = heal_seconds
        self._listener: Listener | None = None
        self._healing: asyncio.Task[None] | None = None
        self.on_look: Looked = _nothing
        """Told, after each look, the ids of services that may have changed: often of none."""
        registry.on_switched_off = self.changed

    async def start(self) -> None:
        """Listens to the others; the channels must be started."""
        self._listener = await self._channels.listen(CHANNEL, self._receive, self._look)
        self._healing = asyncio.create_task(self._heal(), name="bulletin")

    async def stop(self) -> None:
        """Hears no more."""
        if self._healing is not None:
            await end(self._healing)
        if self._listener is not None:
            await self._listener.close()

    async def changed(self, app_id: str) -> None:
        """After a commit that changed a service: takes it over here, and tells the others."""
        try:
            await self._look([app_id])
        except Exception:
            # It is done, and cannot be refused any more; in a second it is looked at again.
            log.warning("%s has changed and could not be looked at", app_id, exc_info=True)
        if self._listener is None:
            # A command beside the fleet, that is heard by nobody.
            return
        try:
            await self._channels.publish(CHANNEL, orjson.dumps(app_id))
        except Unavailable:
            # They look by themselves.
            log.warning("the other processes could not be told that %s has changed", app_id)

    async def _receive(self, payload: bytes) -> None:
        await self._look([orjson.loads(payload)])

    async def _look(self, named: Collection[str] = ()) -> None:
        await self.on_look(await self._registry.look_again(named))

    async def _heal(self) -> None:
        blind = False
        while True:
            await asyncio.sleep(self._heal_seconds)
            try:
                await self._look()
                blind = False
            except Exception:
                if not blind:
                    log.warning("the services cannot be looked at; trying on", exc_info=True)
                blind = True


async def _nothing(_: Collection[str]) -> None:
    return None
