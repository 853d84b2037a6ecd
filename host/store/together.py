"""Questions that come together, asked of the store together; and what is to be written."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection, Hashable, Mapping
from itertools import islice
from typing import Generic, TypeVar

from host.store.answer import Answers

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")

MOST = 200
"""The most keys of one question: a hall comes in at once, and the first are not to wait for all."""


class Together(Generic[K, V]):
    """One question at a time for any number of keys; those asked for meanwhile go with the next.

    No answer is older than the call that gets it.
    """

    def __init__(
        self,
        load: Callable[[Collection[K]], Awaitable[Mapping[K, V]]],
        *,
        most: int = MOST,
        refused: type[Exception] | tuple[()] = (),
    ) -> None:
        """`load` leaves out what there is not. It is given up to `most` keys; where it raises
        `refused` for several, it is asked for each alone, as it may be about one of them.
        """
        self._load = load
        self._most = most
        self._refused = refused
        self._asked: dict[K, Answers[V | None]] = {}
        self._asking: asyncio.Task[None] | None = None

    async def get(self, key: K) -> V | None:
        """What `load` gives for a key, None where it gives nothing; raises what `load` raises."""
        answer = self._asked.get(key)
        if answer is None:
            answer = self._asked[key] = Answers()
            if self._asking is None:
                self._asking = asyncio.create_task(self._ask())
        return await answer.another()

    async def _ask(self) -> None:
        try:
            while self._asked:
                keys = list(islice(self._asked, self._most))
                waiting = {key: self._asked.pop(key) for key in keys}
                try:
                    await self._answer(waiting)
                finally:
                    # Without effect on those that have their answer.
                    for answer in waiting.values():
                        answer.give_up()
        finally:
            self._asking = None
            for answer in self._asked.values():
                answer.give_up()
            self._asked.clear()

    async def _answer(self, waiting: Mapping[K, Answers[V | None]]) -> None:
        try:
            found = await self._load(list(waiting))
        except BaseException as error:
            if isinstance(error, self._refused) and len(waiting) > 1:
                for key, answer in waiting.items():
                    await self._answer({key: answer})
                return
            for answer in waiting.values():
                _fail(answer, error)
            if not isinstance(error, Exception):
                raise
        else:
            for key, answer in waiting.items():
                answer.give(found.get(key))


def _fail(answer: Answers[V | None], error: BaseException) -> None:
    if isinstance(error, Exception):
        answer.fail(error)
    else:
        answer.give_up()
