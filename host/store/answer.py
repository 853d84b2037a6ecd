"""What is waited for by those who asked together: to each an answer of their own."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Generic, TypeVar

V = TypeVar("V")


class Answer(asyncio.Future[V]):
    """What one caller waits for.

    To a task it is a future like any other. Who drives a coroutine without a task sets `then`,
    which is called as soon as the answer is there, where a task would have to be woken. It must
    not raise.
    """

    __slots__ = ("then",)

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__(loop=loop)
        self.then: Callable[[], None] | None = None

    def give(self, value: V) -> None:
        """Answers; nobody minds where the caller has gone."""
        if not self.done():
            self.set_result(value)
            if self.then is not None:
                self.then()

    def fail(self, error: Exception) -> None:
        """Answers with an error."""
        if not self.done():
            self.set_exception(error)
            # Whoever asked may have gone, and then nobody looks at it.
            self.exception()
            if self.then is not None:
                self.then()

    def give_up(self) -> None:
        """There will be no answer: whoever waits is cancelled."""
        if self.cancel() and self.then is not None:
            self.then()


class Answers(Generic[V]):
    """The same answer for any number of callers: one of them giving up takes it from nobody."""

    __slots__ = ("_waiting",)

    def __init__(self) -> None:
        self._waiting: list[Answer[V]] = []

    def another(self) -> Answer[V]:
        """For one caller more, as long as there is no answer."""
        answer: Answer[V] = Answer(asyncio.get_running_loop())
        self._waiting.append(answer)
        return answer

    def give(self, value: V) -> None:
        """Answers everybody."""
        for answer in self._waiting:
            answer.give(value)

    def fail(self, error: Exception) -> None:
        """Answers everybody with an error."""
        for answer in self._waiting:
            answer.fail(error)

    def give_up(self) -> None:
        """There will be no answer; without effect on those who have theirs."""
        for answer in self._waiting:
            answer.give_up()
