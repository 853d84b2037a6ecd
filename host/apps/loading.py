"""Loading one application, gate by gate; the first that does not open names the state.

    manifest → disabled? → hook API and host → the kept version → migrations
    → import → contract check → routes

Nothing of an application runs before its manifest passed. Its import runs in a thread with a
time limit, and whatever it raises, an exit included, stays there. What cannot be held: code that
ends the process itself (`os._exit`, a crash in C).
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from importlib.metadata import EntryPoint
from itertools import groupby
from pathlib import Path
from types import MappingProxyType
from typing import Any, TypeVar

from starlette.routing import BaseRoute

from host.apps.discovery import host_version, is_editable, origin, package_folder, read_raw_manifest
from host.apps.entry import AppEntry
from host.apps.guard import aside, told
from host.apps.implementations import BrokenContract, implementations_of
from host.apps.manifest import Manifest, read_manifest
from host.apps.migrations import MigrationFailed, migrate_app
from host.apps.names import PLATFORM
from host.apps.states import QUARANTINED_BECAUSE, AppRecord, AppState
from host.apps.versions import is_greater, newest
from host.contract import JsonObject, ReviewState
from host.errors import AppLoadError, InvalidManifest
from host.hookspecs import API_VERSION
from host.store import apps as store
from host.store.apps import Kept, KnownApp, Source
from host.store.engine import Database

log = logging.getLogger("festoon.apps")

T = TypeVar("T")

IMPORT_SECONDS = 30.0


def candidates(entry_points: Iterable[EntryPoint], now: datetime) -> list[AppEntry]:
    """One entry for each id, sorted, with its manifest or in the state that it ends in.

    An id that two distributions claim is a DUPLICATE and neither is loaded, whichever order they
    were found in. Only the platform's own is the host's, whoever else claims it.
    """
    by_id = sorted(entry_points, key=lambda e: (e.name, origin(e)))
    found = []
    for app_id, group in groupby(by_id, key=lambda e: e.name):
        claims = list(group)
        if app_id == PLATFORM:
            own = [claim for claim in claims if claim.module == "host.defaults"]
            for claim in claims if own else ():
                if claim not in own:
                    log.error("%s claims the platform's id and is not loaded", origin(claim))
            claims = own or claims
        active = AppRecord(app_id, AppState.ACTIVE, now)
        if len(claims) > 1:
            named = " and ".join(origin(claim) for claim in claims)
            problem = f"{named} claim the id; uninstall one of them"
            found.append(AppEntry(active).at(AppState.DUPLICATE, now, problem))
            continue
        (claim,) = claims
        entry = AppEntry(active, claim, origin(claim), editable=is_editable(claim.dist))
        try:
            folder = package_folder(claim)
            entry = replace(entry, folder=folder)
            manifest = read_manifest(read_raw_manifest(folder), app_id)
            found.append(replace(entry, manifest=manifest))
        except InvalidManifest as error:
            problems = [
                f"{at or '/'}: {text}" for at, texts in error.fields.items() for text in texts
            ]
            found.append(entry.at(AppState.INVALID_MANIFEST, now, *problems))
        except Exception as error:
            # No package to read from, or a finder of someone's that fails.
            found.append(entry.at(AppState.IMPORT_FAILED, now, told(error)))
    return found


@dataclass(frozen=True)
class Loader:
    """Takes candidates through the gates. Without `db` nothing is written: no versions are kept
    and no migrations run. `import_seconds` is what an import may take.
    """

    now: Callable[[], datetime]
    db: Database | None = None
    host_version: str = field(default_factory=host_version)
    api_version: int = API_VERSION
    import_seconds: float = IMPORT_SECONDS

    async def load(
        self, entry: AppEntry, known: KnownApp | None, app_ids: Sequence[str] = ()
    ) -> AppEntry:
        """The entry as ACTIVE, with its hooks and routes, or in the state that it ends in.

        `known` is what the database says of it, `app_ids` are all that may own tables.
        """
        if not entry.active or entry.manifest is None or entry.folder is None:
            return entry
        if known is not None and known.disabled_at is not None and entry.app_id != PLATFORM:
            return _disabled(entry, known)
        try:
            if problems := self.unfit(entry.manifest):
                raise AppLoadError(entry.app_id, AppState.INCOMPATIBLE, problems)
            if self.db is not None:
                await self._keep(self.db, entry, entry.manifest, known)
                await self._migrate(self.db, entry.app_id, entry.folder, app_ids)
            return await self._bring_in(entry, entry.manifest)
        except AppLoadError as error:
            log.error("the application %s ends in %s", error, error.state)
            return entry.at(AppState(error.state), self.now(), *error.problems)

    def unfit(self, manifest: Manifest) -> list[str]:
        """Why the application cannot run on this host: the hooks' version, the host's."""
        problems = []
        if not self.api_version - 1 <= manifest.api_version <= self.api_version:
            problems.append(
                f"/apiVersion: was made for version {manifest.api_version} of the hooks; this "
                f"host has {self.api_version} and runs {self.api_version - 1} too"
            )
        if not manifest.runs_on(self.host_version):
            problems.append(f"/host: runs with {manifest.host}; this host is {self.host_version}")
        return problems

    async def _keep(
        self, db: Database, entry: AppEntry, manifest: Manifest, known: KnownApp | None
    ) -> None:
        here = Source.IN_PROCESS, manifest.version, manifest.raw
        if known and (known.source, known.version, known.manifest) == here:
            return
        async with db.write() as connection:
            kept = await store.keep(
                connection,
                app_id=entry.app_id,
                version=manifest.version,
                manifest=manifest.raw,
                source=Source.IN_PROCESS,
                review_state=ReviewState.APPROVED,
                now=self.now(),
                replace=entry.editable,
            )
            before = await store.manifest(connection, entry.app_id, manifest.version)
            if entry.editable:
                await store.forget_unused(connection, entry.app_id, _after(manifest.version))
            kept_ones = await store.versions(connection, entry.app_id)
            if (last := newest(kept_ones)) and is_greater(last, manifest.version):
                # Raised in the transaction: the version is not to become the current one.
                problem = (
                    f"/meta/version: version {last} has run here, and {manifest.version} is older: "
                    f"there is no way back. Install {last} or a newer one"
                )
                raise AppLoadError(entry.app_id, AppState.INCOMPATIBLE, [problem])
        if kept is Kept.REPLACED:
            log.warning(
                "%s: the manifest of version %s was replaced", entry.app_id, manifest.version
            )
        if kept is Kept.REFUSED:
            changed = ", ".join(_differences(before or {}, manifest.raw))
            problem = (
                f"/meta/version: rooms were made with version {manifest.version} and another "
                f"manifest (it differs in {changed}); give this one a new version"
            )
            raise AppLoadError(entry.app_id, AppState.INCOMPATIBLE, [problem])

    async def _migrate(
        self, db: Database, app_id: str, folder: Path, app_ids: Sequence[str]
    ) -> None:
        try:
            await migrate_app(db, app_id, folder, app_ids)
        except MigrationFailed as error:
            raise AppLoadError(app_id, AppState.MIGRATION_FAILED, [str(error)]) from error

    async def _bring_in(self, entry: AppEntry, manifest: Manifest) -> AppEntry:
        assert entry.entry_point is not None
        app_id = entry.app_id
        plugin = await self._aside(app_id, AppState.IMPORT_FAILED, entry.entry_point.load)
        hooks = await self._aside(
            app_id, AppState.CONTRACT_BROKEN, lambda: implementations_of(plugin, manifest)
        )
        routes: Any = ()
        if "routes" in hooks:
            routes = await self._aside(
                app_id, AppState.STARTUP_FAILED, lambda: tuple(hooks["routes"].call({}))
            )
            if wrong := [one for one in routes if not isinstance(one, BaseRoute)]:
                problem = f"routes: gave {wrong[0]!r}, which is no route"
                raise AppLoadError(app_id, AppState.CONTRACT_BROKEN, [problem])
        return replace(entry, hooks=MappingProxyType(hooks), routes=routes)

    async def _aside(self, app_id: str, state: AppState, work: Callable[[], T]) -> T:
        try:
            return await aside(work, self.import_seconds, f"loading {app_id}")
        except BrokenContract as error:
            raise AppLoadError(app_id, state, error.problems) from error
        except Exception as error:
            raise AppLoadError(app_id, state, [told(error)]) from error


def _after(version: str) -> Callable[[str], bool]:
    return lambda other: is_greater(other, version)


def _disabled(entry: AppEntry, known: KnownApp) -> AppEntry:
    reason = known.disabled_reason or "switched off"
    quarantined = reason.startswith(QUARANTINED_BECAUSE)
    assert known.disabled_at is not None
    return entry.at(
        AppState.QUARANTINED if quarantined else AppState.DISABLED,
        known.disabled_at,
        reason.removeprefix(QUARANTINED_BECAUSE),
    )


def _differences(one: JsonObject, other: JsonObject) -> list[str]:
    """The keys, one level deep, in which two manifests differ."""
    keys = sorted(key for key in one.keys() | other.keys() if one.get(key) != other.get(key))
    return [f"/{key}" for key in keys]
