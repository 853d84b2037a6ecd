"""Answers that are kept for a moment, and never after they were declared void."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

V = TypeVar("V")


class Kept(Generic[V]):
    """A bounded store of answers that age.

    `seconds` is the greatest age of an answer, `most` how many are kept (the oldest goes).
    """

    def __init__(self, monotonic: Callable[[], float], *, seconds: float, most: int) -> None:
        self._monotonic = monotonic
        self._seconds = seconds
        self._most = most
        self._answers: OrderedDict[str, tuple[float, V]] = OrderedDict()
        self._drops = 0

    async def get(self, key: str, load: Callable[[], Awaitable[V | None]]) -> V | None:
        """The kept answer, or the one that `load` gives; None is not kept."""
        asked_at = self._monotonic()
        kept = self._answers.get(key)
        if kept is not None and asked_at - kept[0] < self._seconds:
            return kept[1]
        drops = self._drops
        value = await load()
        # What was dropped while the question was under way may be what it answered.
        if value is not None and drops == self._drops:
            self._answers[key] = (asked_at, value)
            self._answers.move_to_end(key)
            self._tidy(asked_at)
        return value

    def _tidy(self, now: float) -> None:
        """Lets go of what nobody will be given any more; the oldest stands first."""
        while self._answers:
            asked_at, _ = next(iter(self._answers.values()))
            if now - asked_at < self._seconds and len(self._answers) <= self._most:
                return
            self._answers.popitem(last=False)

    def drop(self, void: Callable[[V], bool]) -> None:
        """Forgets every answer that `void` holds for, those under way included."""
        self._drops += 1
        for key in [key for key, (_, value) in self._answers.items() if void(value)]:
            del self._answers[key]
