"""The catalogue: which applications this host offers, and how they are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from host.access import Actor
from host.apps.states import AppState
from host.contract import JsonObject, ReviewState
from host.errors import NotFound
from host.services.core import Core
from host.services.delegation import PLATFORM
from host.store import apps as store


@dataclass(frozen=True)
class AppEntry:
    """One application of the catalogue. `state` and `reason` are for those who run the host."""

    app_id: str
    manifest: JsonObject
    version: str
    source: str
    review_state: ReviewState
    price: JsonObject | None
    state: str
    reason: str | None


class Apps:
    """What an organizer can choose from."""

    def __init__(self, core: Core) -> None:
        self._core = core

    async def catalogue(self, actor: Actor) -> Sequence[AppEntry]:
        """Applications that can be chosen now; an admin also sees those that cannot."""
        entries = await self._entries()
        return [e for e in entries if actor.is_admin or e.state == AppState.ACTIVE]

    async def get(self, actor: Actor, app_id: str) -> AppEntry:
        """One application, also one that rooms have and the host has lost."""
        return await self.entry(app_id)

    async def entry(self, app_id: str) -> AppEntry:
        """The same for the host itself."""
        for entry in await self._entries():
            if entry.app_id == app_id:
                return entry
        raise NotFound("There is no such application.")

    async def _entries(self) -> list[AppEntry]:
        async with self._core.db.read() as conn:
            rows = await store.listed(conn)
        found = []
        for row in rows:
            if row.app_id == PLATFORM:
                continue
            record = self._core.registry.record(row.app_id)
            found.append(
                AppEntry(
                    app_id=row.app_id,
                    manifest=row.manifest,
                    version=row.version,
                    source=row.source,
                    review_state=row.review_state,
                    price=None,
                    state=record.state.value,
                    reason=record.reason,
                )
            )
        return found
