"""Every application of this host, by id: what it is and how it is. The facade of `host.apps`."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Collection, Sequence
from importlib.metadata import EntryPoint
from typing import Any

import orjson

from host.apps.discovery import installed
from host.apps.entry import AppEntry
from host.apps.guard import Guard, told
from host.apps.loading import Loader, candidates
from host.apps.manifest import Manifest, stored_manifest
from host.apps.migrations import pending_of_host
from host.apps.names import PLATFORM
from host.apps.registered import Changes, service_entry
from host.apps.states import QUARANTINED_BECAUSE, AppRecord, AppState
from host.config import Config
from host.contract import AppContext, JsonObject, Room
from host.errors import AppLoadError, ConfigurationError, Conflict, NotFound, ValidationFailed
from host.ids import Sources
from host.store import apps as store
from host.store.apps import KnownApp, Source
from host.store.engine import Database

log = logging.getLogger("festoon.apps")

STARTUP_SECONDS = 10.0
SHUTDOWN_SECONDS = 10.0
MOST_KEPT = 256
AT_REST = (AppState.ACTIVE, AppState.DISABLED, AppState.QUARANTINED)
"""The states that somebody chose, or that were told before: strict mode lets them pass."""

MakeContext = Callable[[str, Room | None, Any], Awaitable[AppContext]]
"""`(app_id, room, actor)` to what the application is given; the composition root makes it."""


class Registry:
    """Loads the applications and answers for their states.

    A hook that hangs is left behind by `guard`, which `Dispatch` shares.
    """

    def __init__(
        self,
        db: Database,
        config: Config,
        *,
        entry_points: Sequence[EntryPoint] | None = None,
        sources: Sources | None = None,
        loader: Loader | None = None,
        guard: Guard | None = None,
        startup_seconds: float = STARTUP_SECONDS,
    ) -> None:
        """`entry_points` None discovers what is installed."""
        self.config = config
        self.guard = guard or Guard()
        self._db = db
        self._entry_points = entry_points
        self._now = (sources or Sources()).now
        self._loader = loader or Loader(self._now, db)
        self._startup_seconds = startup_seconds
        self._entries: dict[str, AppEntry] = {}
        self._changes = Changes(db)
        self.on_switched_off: Callable[[str], Awaitable[None]] = _nobody
        """Told of an application that was switched off, once that is kept."""
        self._kept: dict[tuple[str, bytes], Manifest] = {}
        self._make_context: MakeContext | None = None

    @property
    def entries(self) -> tuple[AppEntry, ...]:
        """All applications, by id: also those that failed, and those that rooms still name."""
        return tuple(self._entries[app_id] for app_id in sorted(self._entries))

    @property
    def active(self) -> tuple[AppEntry, ...]:
        """Those that are called, by id."""
        return tuple(entry for entry in self.entries if entry.active)

    def get(self, app_id: str) -> AppEntry | None:
        """One application, whatever its state."""
        return self._entries.get(app_id)

    def record(self, app_id: str) -> AppRecord:
        """How an application is; one that nobody ever heard of is MISSING."""
        entry = self._entries.get(app_id)
        if entry is not None:
            return entry.record
        return AppRecord(app_id, AppState.MISSING, self._now(), ("is not installed",))

    def manifest(self, app_id: str) -> Manifest:
        """The manifest of the installed version. Raises `NotFound` where it cannot be read."""
        entry = self._entries.get(app_id)
        if entry is None or entry.manifest is None:
            raise NotFound(f"The application '{app_id}' is not installed.")
        return entry.manifest

    def usable(self, app_id: str) -> Manifest:
        """The manifest of an application that an organizer may choose now.

        Raises `ValidationFailed` for one that is not there, `Conflict` for one that is not well.
        """
        entry = self._entries.get(app_id)
        if entry is None or entry.state is AppState.MISSING or app_id == PLATFORM:
            message = f"There is no application {app_id!r}."
            raise ValidationFailed(message, {"appId": [message]})
        if not entry.active or entry.manifest is None:
            raise Conflict(
                f"The application '{app_id}' cannot be used now ({entry.state}).",
                details={"appId": app_id, "state": entry.state.value},
            )
        return entry.manifest

    def kept(self, app_id: str, raw: JsonObject) -> Manifest:
        """A stored manifest, that a room is locked to, with its kept validator."""
        entry = self._entries.get(app_id)
        if entry is not None and entry.manifest is not None and entry.manifest.raw == raw:
            return entry.manifest
        key = app_id, orjson.dumps(raw, option=orjson.OPT_SORT_KEYS)
        if key not in self._kept:
            if len(self._kept) >= MOST_KEPT:
                self._kept.clear()
            self._kept[key] = stored_manifest(raw, app_id)
        return self._kept[key]

    async def load(self, make_context: MakeContext) -> None:
        """Loads and starts every application; one that fails stops only itself.

        Raises `ConfigurationError` when the host's own tables are not up to date, and
        `AppLoadError` when the platform itself cannot be loaded, or in strict mode any.
        """
        await self.look()
        self._make_context = make_context
        await asyncio.gather(*(self._start(entry) for entry in self.active))
        for entry in self.entries:
            wanted = self.config.strict or entry.app_id == PLATFORM
            if wanted and not entry.is_service and entry.state not in AT_REST:
                problems = list(entry.record.problems)
                raise AppLoadError(entry.app_id, entry.state, problems)

    async def look(self, loader: Loader | None = None) -> None:
        """Takes every application through the gates, without starting any.

        A `loader` of the caller's own may know no database, so that nothing is written.
        """
        loader = loader or self._loader
        if await pending_of_host(self._db):
            raise ConfigurationError("The database is not up to date. Run `festoon migrate`.")
        async with self._db.read() as connection:
            known = {row.app_id: row for row in await store.listed(connection)}
        found = candidates(self._wanted(), self._now())
        app_ids = [*known, *(entry.app_id for entry in found)]
        self._entries, self._changes = {}, Changes(self._db)
        for entry in found:
            row = known.get(entry.app_id)
            if row is not None and row.source is Source.SERVICE and row.removed_at is None:
                problem = (
                    f"{entry.origin} and a separate service have this id; take one of them off"
                )
                loaded = entry.at(AppState.DUPLICATE, self._now(), problem)
            else:
                loaded = await loader.load(entry, row, app_ids)
            self._entries[entry.app_id] = loaded
        for row in known.values():
            if row.source is Source.IN_PROCESS and self._of_interest(row.app_id):
                self._entries.setdefault(row.app_id, self._missing(row))
        await self.look_again()

    async def look_again(self, named: Collection[str] = ()) -> Collection[str]:
        """Takes over what changed of the separate services: in this process, and in any other.

        Those `named` are looked at in any case. The ids of all that may have changed.
        """
        async with self._changes.turn:
            found = await self._changes.since(named)
            for app_id, row in found.items():
                self._replace(app_id, row)
            return found.keys()

    def _replace(self, app_id: str, row: KnownApp | None) -> None:
        before = self._entries.get(app_id)
        missing = before is None or before.is_service or before.state is AppState.MISSING
        # What is installed in the process is known from there: see `look`.
        if not missing or not self._of_interest(app_id):
            return
        if row is not None and row.source is Source.SERVICE:
            self._entries[app_id] = service_entry(row)
        elif before is not None and before.is_service:
            del self._entries[app_id]

    async def shutdown(self) -> None:
        """Tells every active application that the host ends."""
        await asyncio.gather(*(self._stop(entry) for entry in self.active))
        self.guard.rest()

    async def context(self, app_id: str) -> AppContext:
        """What an application is given outside of a room. Needs `load` to have been called."""
        assert self._make_context is not None
        return await self._make_context(app_id, None, None)

    def end_in(self, app_id: str, state: AppState, problem: str) -> AppRecord:
        """Puts an application into another state, from now on."""
        ended = self._entries[app_id].at(state, self._now(), problem)
        self._entries[app_id] = ended
        log.error("the application %s ends in %s: %s", app_id, state, problem)
        return ended.record

    async def disable(self, app_id: str, reason: str) -> AppRecord:
        """Switches an application off, also after a restart, until it is enabled again."""
        return await self._switch_off(app_id, AppState.DISABLED, reason, reason)

    async def quarantine(self, app_id: str, reason: str) -> AppRecord:
        """Calls the application no more, also after a restart, until it is enabled again."""
        kept = QUARANTINED_BECAUSE + reason
        return await self._switch_off(app_id, AppState.QUARANTINED, reason, kept)

    async def _switch_off(
        self, app_id: str, state: AppState, reason: str, kept_reason: str
    ) -> AppRecord:
        record = self.end_in(app_id, state, reason)
        async with self._db.write() as connection:
            await store.disable(connection, app_id, kept_reason, record.since)
        await self.on_switched_off(app_id)
        return record

    def _wanted(self) -> list[EntryPoint]:
        entry_points = installed() if self._entry_points is None else self._entry_points
        return [one for one in entry_points if self._of_interest(one.name)]

    def _of_interest(self, app_id: str) -> bool:
        return self.config.mode != "standalone" or app_id in (PLATFORM, self.config.app)

    def _missing(self, row: KnownApp) -> AppEntry:
        entry = AppEntry(AppRecord(row.app_id, AppState.ACTIVE, self._now()))
        problem = f"version {row.version} was installed; its distribution is no longer there"
        return entry.at(AppState.MISSING, self._now(), problem)

    def unfit(self, manifest: Manifest) -> list[str]:
        """Why an application cannot run on this host, each with a JSON pointer."""
        return self._loader.unfit(manifest)

    async def _start(self, entry: AppEntry) -> None:
        try:
            await self._boot(entry, "startup", self._startup_seconds)
        except Exception as error:
            log.exception("the application %s did not start", entry.app_id)
            self.end_in(entry.app_id, AppState.STARTUP_FAILED, f"startup: {told(error)}")

    async def _stop(self, entry: AppEntry) -> None:
        try:
            await self._boot(entry, "shutdown", SHUTDOWN_SECONDS)
        except Exception:
            log.exception("the application %s did not end well", entry.app_id)

    async def _boot(self, entry: AppEntry, name: str, seconds: float) -> None:
        hook = entry.hooks.get(name)
        if hook is not None:
            given = {"ctx": await self.context(entry.app_id)}
            await self.guard.run(lambda: hook.call(given), seconds, f"{entry.app_id}: {name}")


async def _nobody(_: str) -> None:
    return None
