"""One application on this host: where it came from, what it is, and how it is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from importlib.metadata import EntryPoint
from pathlib import Path
from types import MappingProxyType

from starlette.routing import BaseRoute

from host.apps.implementations import Implementation
from host.apps.manifest import Manifest
from host.apps.states import AppRecord, AppState
from host.store.apps import Source


@dataclass(frozen=True)
class AppEntry:
    """What the host knows of an application; it knows more the further loading came.

    `folder` is the package with `manifest.json`, `templates/`, `static/` and `migrations/`;
    `routes` are what the hook of that name gave. Loading an application makes one of these;
    a change of its state makes another.
    """

    record: AppRecord
    entry_point: EntryPoint | None = None
    """None for one that is not installed."""
    origin: str | None = None
    """Its distribution, version and object, for people."""
    editable: bool = False
    manifest: Manifest | None = None
    folder: Path | None = None
    hooks: Mapping[str, Implementation] = field(default_factory=lambda: MappingProxyType({}))
    routes: tuple[BaseRoute, ...] = ()
    source: Source = Source.IN_PROCESS

    @property
    def app_id(self) -> str:
        """The application's id, which is its entry point's name."""
        return self.record.app_id

    @property
    def state(self) -> AppState:
        """How it is."""
        return self.record.state

    @property
    def reason(self) -> str | None:
        """Why it is so; None where there is nothing to say."""
        return self.record.reason

    @property
    def since(self) -> datetime:
        """Since when it is so."""
        return self.record.since

    @property
    def version(self) -> str | None:
        """Its manifest's version, where that could be read."""
        return self.manifest.version if self.manifest else None

    @property
    def is_service(self) -> bool:
        """Whether it runs as a service of its own: it has an address and a secret, and no hooks."""
        return self.source is Source.SERVICE

    @property
    def active(self) -> bool:
        """Whether it is called at all."""
        return self.record.state is AppState.ACTIVE

    def at(self, state: AppState, since: datetime, *problems: str) -> AppEntry:
        """The same application in another state."""
        return replace(self, record=AppRecord(self.app_id, state, since, problems))
