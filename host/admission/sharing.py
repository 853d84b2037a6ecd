"""What processes tell each other of the calls that they let pass, over Redis."""

from __future__ import annotations

import asyncio
import hmac
import logging
from collections.abc import Sequence
from contextlib import suppress

from host.admission.buckets import Buckets
from host.realtime.over_redis import redis_at

log = logging.getLogger("festoon.admission")

EVERY = 0.2
"""Seconds for which calls are gathered before the others hear of them."""
LONGEST_PAUSE = 5.0
PATIENCE = 2.0
AT_ONCE = 500
"""Callers in one question, so that it never holds up the event loop, or Redis, for long."""
PREFIX = "festoon:calls:"

# In microseconds, by the one clock that all processes share. A bucket is never more than empty,
# so that two processes which let too much pass at the same moment lock nobody out for longer.
_COUNT = """
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local used = {}
for i, key in ipairs(KEYS) do
  local full = math.max(tonumber(redis.call('GET', key) or 0), now)
  full = math.min(full + tonumber(ARGV[i]), now + tonumber(ARGV[#KEYS + i]))
  redis.call('SET', key, string.format('%d', full), 'PX', math.ceil((full - now) / 1000) + 1)
  used[i] = full - now
end
return used
"""


class Sharing:
    """Tells Redis of calls, a moment after they were made, and learns of those made elsewhere.

    While Redis is away nothing is waited for and nobody is refused because of it.
    """

    def __init__(self, url: str, key: bytes) -> None:
        """`key` hides who it is that calls."""
        self._key = key
        self._redis = redis_at(url, PATIENCE)
        self._count = self._redis.register_script(_COUNT)
        self._woken = asyncio.Event()
        self._work: asyncio.Task[None] | None = None

    def wake(self) -> None:
        """There is something to tell."""
        self._woken.set()

    async def start(self, buckets: Sequence[Buckets]) -> None:
        """Tells what is unsent in these buckets, from now on."""
        if self._work is None:
            self._work = asyncio.create_task(self._keep_telling(buckets), name="admission")

    async def stop(self) -> None:
        """Ends it. What is unsent stays so."""
        if self._work is not None:
            self._work.cancel()
            with suppress(asyncio.CancelledError):
                await self._work
            self._work = None
        await self._redis.aclose()

    async def _keep_telling(self, buckets: Sequence[Buckets]) -> None:
        pause = EVERY
        while True:
            await self._woken.wait()
            await asyncio.sleep(pause)
            self._woken.clear()
            try:
                for one in buckets:
                    await self._tell(one)
            except Exception as error:
                if pause == EVERY:
                    log.warning("calls are counted by each process alone: %r", error)
                self._woken.set()
                pause = min(max(pause, 0.5) * 2, LONGEST_PAUSE)
            else:
                if pause != EVERY:
                    log.warning("calls are counted by all processes together again")
                pause = EVERY

    async def _tell(self, buckets: Buckets) -> None:
        while buckets.unsent:
            some = dict(list(buckets.unsent.items())[:AT_ONCE])
            callers = list(some)
            micro = 1_000_000
            used = await self._count(
                keys=[self._named(buckets.name, caller) for caller in callers],
                args=[
                    *(round(some[caller] * buckets.step * micro) for caller in callers),
                    *(round(buckets.seconds * micro) for _ in callers),
                ],
            )
            buckets.heard(some, [micros / micro for micros in used])

    def _named(self, name: str, caller: str) -> str:
        return f"{PREFIX}{name}:{hmac.digest(self._key, caller.encode(), 'sha256').hex()[:32]}"
