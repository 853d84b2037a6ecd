"""Letters wait where the process is busy: a hall of ten thousand must not hold up a draw."""

from __future__ import annotations

import asyncio

LOOK_SECONDS = 0.005
"""A nap, to see how late one wakes up."""
LATE_SECONDS = 0.008
"""What is later than that has work to do that people wait for."""
TIMES = 4
"""So many times as long as it was late, the next letter waits."""
LONGEST_SECONDS = 0.12
"""And no longer: what is told arrives, however busy the evening."""


class Pace:
    """One letter after the other begins, each once the process has a moment."""

    def __init__(self) -> None:
        self._turn = asyncio.Lock()

    async def wait(self) -> None:
        """Returns when the next may begin."""
        loop = asyncio.get_running_loop()
        async with self._turn:
            before = loop.time()
            await asyncio.sleep(LOOK_SECONDS)
            late = loop.time() - before - LOOK_SECONDS
            if late > LATE_SECONDS:
                await asyncio.sleep(min(late * TIMES, LONGEST_SECONDS))
