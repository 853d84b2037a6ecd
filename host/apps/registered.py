"""Applications that run as services of their own, as the registry has them: no code, an address."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Mapping
from datetime import datetime

from host.apps.entry import AppEntry
from host.apps.manifest import stored_manifest
from host.apps.states import QUARANTINED_BECAUSE, AppRecord, AppState
from host.contract import ReviewState
from host.store import apps as store
from host.store import registrations
from host.store.apps import KnownApp, Source
from host.store.engine import Database
from host.store.registrations import Mark


def service_entry(row: KnownApp) -> AppEntry:
    """The entry of a service, in the state that the database says: there is no other truth."""
    manifest = stored_manifest(row.manifest, row.app_id)
    state, since, reason = state_of(row)
    return AppEntry(
        AppRecord(row.app_id, state, since, (reason,) if reason else ()),
        origin=f"a service at {manifest.base_url}",
        # Nobody can choose what is gone, and nothing may ask it.
        manifest=None if row.removed_at is not None else manifest,
        source=Source.SERVICE,
    )


def state_of(row: KnownApp) -> tuple[AppState, datetime, str | None]:
    """How a service is, since when, and why."""
    if row.removed_at is not None:
        return AppState.MISSING, row.removed_at, "is registered here no more"
    if row.disabled_at is not None:
        reason = row.disabled_reason or "switched off"
        quarantined = reason.startswith(QUARANTINED_BECAUSE)
        state = AppState.QUARANTINED if quarantined else AppState.DISABLED
        return state, row.disabled_at, reason.removeprefix(QUARANTINED_BECAUSE)
    if row.review_state is ReviewState.REJECTED:
        return AppState.REJECTED, row.updated_at, "its review ended with a no"
    return AppState.ACTIVE, row.updated_at, None


class Changes:
    """What has changed of the services since one looked, in whichever process it was done."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._marks: Mapping[str, Mark] = {}
        self._turn = asyncio.Lock()

    @property
    def turn(self) -> asyncio.Lock:
        """Held from looking until what was seen is taken over, so that nothing older overtakes."""
        return self._turn

    async def since(self, named: Collection[str]) -> dict[str, KnownApp | None]:
        """Those that changed, and in any case those `named`; None for one that is gone."""
        async with self._db.read() as connection:
            marks = await registrations.marks(connection)
            new = {one for one, mark in marks.items() if self._marks.get(one) != mark}
            found = {one: await store.get(connection, one) for one in new.union(named)}
        found |= dict.fromkeys(self._marks.keys() - marks.keys() - found.keys())
        self._marks = marks
        return found
