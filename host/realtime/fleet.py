"""The other processes: who lives, and what they tell each other besides events of rooms."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable

import orjson

from host.contract import JsonObject
from host.errors import Unavailable
from host.ids import Sources
from host.realtime.channels import Channels
from host.realtime.ending import end
from host.realtime.listener import Listener
from host.realtime.timing import Timing

log = logging.getLogger("festoon.realtime")

CHANNEL = "hub"
RETURN = 10.0
"""How long the others may take to come back to a server that was away, in seconds."""

Obey = Callable[[JsonObject], Awaitable[None]]
Changed = Callable[[str], None]


class Fleet:
    """Says every `timing.heartbeat` seconds that this process lives, and hears who else does.

    One that was silent for `timing.silence` seconds is lost, as long as we ourselves could
    have heard it.
    """

    def __init__(
        self, channels: Channels, sources: Sources, timing: Timing, *, on_lost: Changed
    ) -> None:
        """`on_lost` is called with the id of a process that is gone."""
        self.id = sources.new_id()
        """This process, for as long as it lives."""
        self._channels = channels
        self._timing = timing
        self._on_lost = on_lost
        self._on_back: Changed = _nobody
        self._heard: dict[str, float] = {}
        self._lost: set[str] = set()
        self._listener: Listener | None = None
        self._beating: asyncio.Task[None] | None = None

    @property
    def shared(self) -> bool:
        """Whether there can be other processes at all."""
        return self._channels.shared

    async def start(
        self, obey: Obey, resync: Callable[[], Awaitable[None]], on_back: Changed
    ) -> None:
        """Listens. `obey` gets the words of others; `resync` is called when some may be missed;
        `on_back` when a process that was taken for lost is heard again.
        """
        self._on_back = on_back

        async def receive(payload: bytes) -> None:
            word = orjson.loads(payload)
            if "alive" in word:
                self.saw(word["alive"])
            else:
                await obey(word)

        self._listener = await self._channels.listen(CHANNEL, receive, resync)
        if self.shared:
            self._beating = asyncio.create_task(self._beat(), name="heartbeat")

    async def stop(self) -> None:
        """Says and hears no more."""
        if self._beating is not None:
            await end(self._beating)
        if self._listener is not None:
            await self._listener.close()

    async def tell(self, word: JsonObject) -> None:
        """A word to all processes. One that cannot be said is logged."""
        try:
            await self._channels.publish(CHANNEL, orjson.dumps(word))
        except Unavailable:
            # Done here; the others ask for ended sessions when the channels are back.
            log.warning("the other processes could not be told: %s", sorted(word))

    def saw(self, process: str) -> None:
        """Another process was heard of just now."""
        if process == self.id:
            return
        self._heard[process] = asyncio.get_running_loop().time()
        if process in self._lost:
            self._lost.discard(process)
            self._on_back(process)

    async def _beat(self) -> None:
        loop = asyncio.get_running_loop()
        word = orjson.dumps({"alive": self.id})
        due = loop.time()
        while True:
            heard_all = loop.time() - due < self._timing.heartbeat
            try:
                await self._channels.publish(CHANNEL, word)
            except Unavailable:
                heard_all = False
            self._miss(heard_all)
            due = loop.time() + self._timing.heartbeat
            await asyncio.sleep(self._timing.heartbeat)

    def _miss(self, heard_all: bool) -> None:
        now = asyncio.get_running_loop().time()
        if not heard_all:
            # While we ourselves stood still or were cut off, nobody's silence says anything.
            self._heard = dict.fromkeys(self._heard, now + RETURN)
        for process, at in list(self._heard.items()):
            if now - at > self._timing.silence:
                del self._heard[process]
                self._lost.add(process)
                log.warning("the process %s is not heard of any more", process)
                self._on_lost(process)


def _nobody(_: str) -> None:
    return None
