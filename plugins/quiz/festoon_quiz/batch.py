"""Writing together what arrives together: one transaction for a hall that answers at once."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar

from host import FestoonError, Unavailable

Item = TypeVar("Item")
Result = TypeVar("Result")

MOST = 500
"""Items of one transaction at most: bounded in what a database takes as parameters."""
LINGER = 0.008
"""Seconds that the first of a batch waits for others."""


class Batch(Generic[Item, Result]):
    """Collects items and hands them to `write`, one batch after the other.

    `write` answers a result, or an error to be raised, for each item in order; what it raises
    is raised for all of them. Nobody is answered before `write` has returned, so what is
    acknowledged is committed. Whoever stops waiting does not stop the write.
    """

    def __init__(
        self, write: Callable[[Sequence[Item]], Awaitable[Sequence[Result | FestoonError]]]
    ) -> None:
        self._write = write
        self._waiting: list[tuple[Item, asyncio.Future[Result]]] = []
        self._under_way: list[tuple[Item, asyncio.Future[Result]]] = []
        self._worker: asyncio.Task[None] | None = None

    async def add(self, item: Item) -> Result:
        """The result for one item, once its batch is written."""
        answer: asyncio.Future[Result] = asyncio.get_running_loop().create_future()
        self._waiting.append((item, answer))
        if self._worker is None:
            self._worker = asyncio.create_task(self._work())
        return await answer

    async def stop(self) -> None:
        """Waits for what is being written."""
        if self._worker is not None:
            await asyncio.wait([self._worker])

    async def drain(self) -> None:
        """Waits until all that was added before is written, or refused."""
        added = [answer for _, answer in (*self._under_way, *self._waiting)]
        if added:
            await asyncio.wait(added)

    async def _work(self) -> None:
        try:
            while self._waiting:
                await asyncio.sleep(LINGER)
                batch, self._waiting = self._waiting[:MOST], self._waiting[MOST:]
                self._under_way = batch
                await self._run(batch)
        finally:
            self._worker, self._under_way = None, []
            for _, answer in self._waiting:
                if not answer.done():
                    answer.set_exception(Unavailable("The host is stopping. Try again soon."))
            self._waiting = []

    async def _run(self, batch: list[tuple[Item, asyncio.Future[Result]]]) -> None:
        try:
            results = await self._write([item for item, _ in batch])
        except Exception as error:
            results = [_told(error)] * len(batch)
        except asyncio.CancelledError:
            self._waiting = batch + self._waiting
            raise
        for (_, answer), result in zip(batch, results, strict=True):
            if answer.done():
                continue
            if isinstance(result, FestoonError):
                answer.set_exception(result)
            else:
                answer.set_result(result)


def _told(error: Exception) -> FestoonError:
    if isinstance(error, FestoonError):
        return error
    told = Unavailable("This could not be written down just now. Try again.")
    told.__cause__ = error
    return told
