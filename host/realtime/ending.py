"""Ending a task for certain."""

from __future__ import annotations

import asyncio
from typing import Any

AGAIN_SECONDS = 0.2


async def end(task: asyncio.Task[Any]) -> None:
    """Cancels a task until it has ended.

    Once is not always enough: a client library that is just losing its connection may take the
    cancellation for the loss, and the task goes on as if nothing had been said.
    """
    while not task.done():
        task.cancel()
        await asyncio.wait([task], timeout=AGAIN_SECONDS)
