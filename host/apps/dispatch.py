"""Calling applications: one asked by name, many told side by side, by a table that is frozen.

pluggy loads and checks, and calls nothing: which application answers is the room's choice and
not an order among plugins, and with `async def` its first answer is always a coroutine, which
is never None.
"""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from types import MappingProxyType
from typing import Any

from host.apps.answers import wrong_answer
from host.apps.entry import AppEntry
from host.apps.guard import Broke, OutOfTime, told
from host.apps.implementations import Implementation
from host.apps.names import PLATFORM
from host.apps.registry import MakeContext, Registry
from host.apps.remote.problems import Late, LeftOut, NoAnswer
from host.apps.remote.service import Services
from host.apps.remote.where import Where
from host.apps.standing import StandingCall
from host.apps.states import AppRecord
from host.contract import AppContext, OnFailure, Room
from host.errors import DelegationFailed, DelegationTimeout, FestoonError
from host.hookspecs import BOOT, DELEGATED, OBSERVERS

log = logging.getLogger("festoon.apps")

OBSERVER_SECONDS = 10.0
JOB_SECONDS = 30.0
QUARANTINE_AFTER = 5

Table = Mapping[str, Mapping[str, Implementation]]
"""`{hook: {app_id: implementation}}`"""


@dataclass(frozen=True)
class Answer:
    """What came of asking. `failure` says why the platform answered instead, if it did."""

    value: Any
    app_id: str
    fell_back: bool = False
    failure: str | None = None


@dataclass(frozen=True)
class Failure:
    """An application that was told something and failed."""

    app_id: str
    hook: str
    reason: str


class Dispatch:
    """Calls hooks. `freeze` builds its table once, after the applications were loaded."""

    def __init__(
        self,
        registry: Registry,
        make_context: MakeContext,
        *,
        remote: Services | None = None,
        observer_seconds: float = OBSERVER_SECONDS,
        quarantine_after: int = QUARANTINE_AFTER,
        on_quarantine: Callable[[AppRecord], Awaitable[None]] | None = None,
    ) -> None:
        """An application that fails `quarantine_after` times in a row when it is told something
        is quarantined; `on_quarantine` then hears of it, and may fail without harm. `remote` asks
        those that run as services of their own.
        """
        self.remote = remote
        self._registry = registry
        self._make_context = make_context
        self._observer_seconds = observer_seconds
        self._quarantine_after = quarantine_after
        self._on_quarantine = on_quarantine
        self._failures: Counter[str] = Counter()
        self._table: Table = MappingProxyType({})

    @property
    def table(self) -> Table:
        """Who implements what."""
        return self._table

    def freeze(self) -> None:
        """Takes over the hooks of every application that was loaded."""
        self._table = MappingProxyType(
            {
                hook: MappingProxyType(
                    {e.app_id: e.hooks[hook] for e in self._registry.entries if hook in e.hooks}
                )
                for hook in sorted({*DELEGATED, *OBSERVERS, *BOOT})
            }
        )

    async def ask(
        self,
        hook: str,
        answerer: str,
        room: Room | None,
        *,
        fallback: bool = False,
        actor: Any = None,
        **arguments: Any,
    ) -> Answer:
        """Asks the application that answers for a delegated hook in this room.

        When it fails, and the hook's policy or the room (`fallback`) says so, the platform is
        asked instead. Raises `DelegationFailed` or `DelegationTimeout` otherwise, with `hook`,
        `appId` and `reason` in the details.
        """
        try:
            value = await self._ask_one(hook, answerer, room, actor, arguments)
        except (DelegationFailed, DelegationTimeout) as error:
            may_fall_back = fallback or DELEGATED[hook].on_failure is OnFailure.DEFAULT
            if answerer == PLATFORM or not may_fall_back:
                raise
            value = await self._ask_one(hook, PLATFORM, room, actor, arguments)
            return Answer(value, PLATFORM, fell_back=True, failure=error.message)
        return Answer(value, answerer)

    async def call(
        self,
        hook: str,
        app_id: str,
        room: Room | None,
        *,
        actor: Any = None,
        **arguments: Any,
    ) -> Any:
        """Asks one application something that nobody could answer in its place.

        For `panels`, `client_message` and `export_person`. A `FestoonError` of the application
        is its answer and comes through; other failures raise as in `ask`. One that does not
        implement the hook has nothing to say: None.
        """
        if not self._has(hook, app_id) and self._is_active(app_id):
            return None
        return await self._ask_one(hook, app_id, room, actor, arguments, may_refuse=True)

    def answers(self, hook: str, app_id: str) -> bool:
        """Whether the application is there and has this hook."""
        return self._has(hook, app_id) and self._is_active(app_id)

    def is_service(self, app_id: str) -> bool:
        """Whether the application runs as a service of its own."""
        return self._service(app_id) is not None

    async def tries(self, hook: str, app_id: str, room: Room | None) -> int:
        """How often an application wants to be asked before others step in; 1 for most."""
        if (service := self._service(app_id)) is None:
            return 1
        remote, entry = service
        return await remote.tries(entry, hook, room)

    async def standing(
        self, hook: str, app_id: str, room: Room, varying: str
    ) -> StandingCall | None:
        """As `call`, to be made many times in one room, always with another `varying`.

        None where there is no such application, it is not active or has no such hook: `call`
        knows what to say of that.
        """
        if not self.answers(hook, app_id):
            return None
        context = await self._make_context(app_id, room, None)
        entry = self._registry.get(app_id)
        if entry is None:
            return None
        return StandingCall(
            entry,
            hook,
            {"ctx": context, "room": room},
            varying,
            self._registry.guard,
            self._seconds(hook),
            partial(_settle, hook, app_id),
            partial(_failure_or_refusal, hook, app_id),
        )

    def stands(self, call: StandingCall) -> bool:
        """Whether nothing has changed since it was made."""
        return self._registry.get(call.app_id) is call.entry

    async def tell(
        self,
        hook: str,
        app_ids: Iterable[str],
        room: Room | None,
        *,
        actor: Any = None,
        **arguments: Any,
    ) -> Sequence[Failure]:
        """Tells applications what happened, side by side; those that are not active hear nothing.

        A failure stays with its application: it is logged and counted, and given back.
        """
        table = self._table.get(hook, {})
        told_ones = [one for one in dict.fromkeys(app_ids) if one in table and self._is_active(one)]
        telling = [self._tell_one(hook, one, room, actor, arguments) for one in told_ones]
        # One alone, as most are, needs no task of its own.
        ended = [await telling[0]] if len(telling) == 1 else await asyncio.gather(*telling)
        return [failure for failure in ended if failure is not None]

    async def _tell_one(
        self, hook: str, app_id: str, room: Room | None, actor: Any, arguments: Mapping[str, Any]
    ) -> Failure | None:
        try:
            context = await self._make_context(app_id, room, actor)
            call = self._prepared(hook, app_id, room, context, arguments)
        except Exception as error:
            log.exception("%s could not be told of %s", app_id, hook)
            return Failure(app_id, hook, told(error))
        try:
            await self._registry.guard.run(call, self._observer_seconds, f"{app_id}: {hook}")
        except Exception as error:
            log.warning("%s failed in %s", app_id, hook, exc_info=error)
            reason = told(error)
            await self._count(app_id, f"{hook}: {reason}")
            return Failure(app_id, hook, reason)
        self._failures.pop(app_id, None)
        return None

    async def _count(self, app_id: str, reason: str) -> None:
        self._failures[app_id] += 1
        if self._failures[app_id] != self._quarantine_after:
            return
        problem = f"failed {self._quarantine_after} times in a row, the last time in {reason}"
        try:
            record = await self._registry.quarantine(app_id, problem)
            if self._on_quarantine is not None:
                await self._on_quarantine(record)
        except Exception:
            log.exception("the quarantine of %s could not be made known", app_id)

    async def _ask_one(
        self,
        hook: str,
        app_id: str,
        room: Room | None,
        actor: Any,
        arguments: Mapping[str, Any],
        *,
        may_refuse: bool = False,
    ) -> Any:
        if not self._is_active(app_id):
            record = self._registry.record(app_id)
            raise _failed(hook, app_id, f"it is not running here ({record.state})")
        if (service := self._service(app_id)) is not None:
            return await self._ask_service(*service, hook, room, actor, arguments)
        if app_id not in self._table.get(hook, {}):
            entry = self._registry.get(app_id)
            version = entry.version if entry else None
            raise _failed(hook, app_id, f"version {version}, which runs, does not answer {hook}")
        context = await self._make_context(app_id, room, actor)
        call = self._prepared(hook, app_id, room, context, arguments)
        try:
            value = await self._registry.guard.run(call, self._seconds(hook), f"{app_id}: {hook}")
        except Exception as error:
            if may_refuse and isinstance(error, FestoonError):
                raise
            raise _failure(hook, app_id, error) from error
        _settle(hook, app_id, value)
        return value

    async def _ask_service(
        self,
        remote: Services,
        entry: AppEntry,
        hook: str,
        room: Room | None,
        actor: Any,
        arguments: Mapping[str, Any],
    ) -> Any:
        context = await self._make_context(entry.app_id, room, actor)
        try:
            return await remote.ask(entry, hook, context, room, actor, arguments, _wrong_of_service)
        except NoAnswer as error:
            raise _service_failure(hook, entry.app_id, error) from error

    def _has(self, hook: str, app_id: str) -> bool:
        if (service := self._service(app_id)) is not None:
            remote, entry = service
            return remote.answers(entry, hook)
        return app_id in self._table.get(hook, {})

    def _service(self, app_id: str) -> tuple[Services, AppEntry] | None:
        """An application that is a service of its own, and who asks it."""
        entry = self._registry.get(app_id)
        if entry is None or not entry.is_service or self.remote is None:
            return None
        return self.remote, entry

    def _prepared(
        self,
        hook: str,
        app_id: str,
        room: Room | None,
        context: AppContext,
        arguments: Mapping[str, Any],
    ) -> Callable[[], Awaitable[Any]]:
        return partial(self._table[hook][app_id].call, {"ctx": context, "room": room, **arguments})

    def _seconds(self, hook: str) -> float:
        if hook == "job_due":
            return JOB_SECONDS
        if hook not in DELEGATED:
            return self._observer_seconds
        return self._registry.config.delegation_seconds or DELEGATED[hook].seconds

    def _is_active(self, app_id: str) -> bool:
        entry = self._registry.get(app_id)
        return entry is not None and entry.active


def _failure(hook: str, app_id: str, error: Exception) -> FestoonError:
    """What is told of what an application raised."""
    if isinstance(error, OutOfTime):
        log.warning("%s: %s in %s", app_id, error, hook)
        return _late(hook, app_id, str(error))
    if isinstance(error, Broke):
        log.warning("%s: %s in %s", app_id, error, hook)
        return _failed(hook, app_id, str(error))
    log.warning("%s failed in %s", app_id, hook, exc_info=error)
    # Only our own errors are worded for people; of others the log has the text.
    text = f": {error.message}" if isinstance(error, FestoonError) else ""
    return _failed(hook, app_id, f"it raised {type(error).__name__}{text}")


def _service_failure(hook: str, app_id: str, error: NoAnswer) -> FestoonError:
    log.warning("%s: %s in %s", app_id, error, hook)
    if isinstance(error, Late):
        return _late(hook, app_id, str(error))
    failed = _failed(hook, app_id, str(error))
    if isinstance(error, LeftOut):
        failed.details["retryAfter"] = error.seconds
    return failed


def _wrong_of_service(hook: str, entry: AppEntry, place: Where, answer: Any) -> str | None:
    return wrong_answer(hook, entry.app_id, answer, pages=f"{place.origin}/")


def _failure_or_refusal(hook: str, app_id: str, error: Exception) -> Exception:
    return error if isinstance(error, FestoonError) else _failure(hook, app_id, error)


def _settle(hook: str, app_id: str, value: Any) -> None:
    if wrong := wrong_answer(hook, app_id, value):
        log.warning("%s: %s in %s", app_id, wrong, hook)
        raise _failed(hook, app_id, wrong)


def _failed(hook: str, app_id: str, reason: str) -> DelegationFailed:
    return DelegationFailed(
        f"The application '{app_id}' failed: {reason}.",
        details={"hook": hook, "appId": app_id, "reason": reason},
    )


def _late(hook: str, app_id: str, reason: str) -> DelegationTimeout:
    return DelegationTimeout(
        f"The application '{app_id}' did not answer in time.",
        details={"hook": hook, "appId": app_id, "reason": reason},
    )
