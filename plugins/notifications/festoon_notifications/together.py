"""What many ask of the database at once, asked by one: an announcement asks thousands of times."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar

Asked = TypeVar("Asked")
Answer = TypeVar("Answer")

SECONDS = 0.01
"""How long the first waits for others."""


class Together(Generic[Asked, Answer]):
    """Collects what is asked within a moment; `load` answers all of it, one for each, in order."""

    def __init__(self, load: Callable[[Sequence[Asked]], Awaitable[Sequence[Answer]]]) -> None:
        self._load = load
        self._waiting: list[tuple[Asked, asyncio.Future[Answer]]] = []
        self._running: set[asyncio.Task[None]] = set()

    async def ask(self, asked: Asked) -> Answer:
        """The answer; raises what `load` raises. Who is cancelled takes nobody along."""
        loop = asyncio.get_running_loop()
        future: asyncio.Future[Answer] = loop.create_future()
        self._waiting.append((asked, future))
        if len(self._waiting) == 1:
            task = loop.create_task(self._answer())
            self._running.add(task)
            task.add_done_callback(self._running.discard)
        return await future

    async def _answer(self) -> None:
        await asyncio.sleep(SECONDS)
        waiting, self._waiting = self._waiting, []
        try:
            answers = await self._load([asked for asked, _ in waiting])
        except Exception as error:
            for _, future in waiting:
                if not future.done():
                    future.set_exception(error)
            return
        for (_, future), answer in zip(waiting, answers, strict=True):
            if not future.done():
                future.set_result(answer)
