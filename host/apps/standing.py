"""One hook of one application in one room, to be asked for every message of a hall."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from sys import intern
from typing import Any, NoReturn, cast

from host.apps.entry import AppEntry
from host.apps.guard import Guard

Settled = Callable[[Any], Any]
Failing = Callable[[Exception], Exception]


class StandingCall:
    """All that can be looked up before the call is made; `ask` makes it.

    It holds for the very `entry` that it was made for: an application whose state has changed
    has another.
    """

    __slots__ = (
        "_at",
        "_failing",
        "_function",
        "_given",
        "_guard",
        "_name",
        "_seconds",
        "_settled",
        "app_id",
        "entry",
    )

    def __init__(
        self,
        entry: AppEntry,
        hook: str,
        given: Mapping[str, Any],
        varying: str,
        guard: Guard,
        seconds: float,
        settled: Settled,
        failing: Failing,
    ) -> None:
        """`given` are the arguments but for the one called `varying`.

        `settled` looks at the answer, and raises where that is none; `failing` gives what is to
        be raised for what the application raised.
        """
        implementation = entry.hooks[hook]
        self.entry = entry
        self.app_id = entry.app_id
        self._function = implementation.function
        self._given = [given.get(name) for name in implementation.arguments]
        names = implementation.arguments
        self._at = names.index(varying) if varying in names else None
        self._guard = guard
        self._seconds = seconds
        # One for all calls alike, by which it is seen that nothing is to be renamed.
        self._name = intern(f"{entry.app_id}: {hook}")
        self._settled = settled
        self._failing = failing

    def ask(self, value: Any) -> tuple[Any] | Awaitable[Any]:
        """The answer to `value`, or what is to be awaited for it at once; raises as it does."""
        arguments = self._given
        if self._at is not None:
            arguments = arguments.copy()
            arguments[self._at] = value
        try:
            begun = self._guard.begin(
                partial(self._function, *arguments), self._seconds, self._name
            )
        except Exception as error:
            self._fail(error)
        if type(begun) is not tuple:
            return self._wait(cast(Awaitable[Any], begun))
        if begun[0] is not None:
            self._settled(begun[0])
        return begun

    async def _wait(self, begun: Awaitable[Any]) -> Any:
        try:
            answer = await begun
        except Exception as error:
            self._fail(error)
        self._settled(answer)
        return answer

    def _fail(self, error: Exception) -> NoReturn:
        failure = self._failing(error)
        if failure is error:
            raise error
        raise failure from error
