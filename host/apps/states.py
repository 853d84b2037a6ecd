"""How an application is: one named state, with the reason and since when."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

QUARANTINED_BECAUSE = "Quarantined: "
"""Begins the reason of a quarantine that was stored, so that it outlives a restart as one."""


class AppState(StrEnum):
    """Every end that loading an application can come to. Only an ACTIVE one is ever called."""

    ACTIVE = "ACTIVE"
    DISABLED = "DISABLED"
    """Switched off with `festoon apps disable`. Its code was not imported."""
    INVALID_MANIFEST = "INVALID_MANIFEST"
    INCOMPATIBLE = "INCOMPATIBLE"
    """Made for another hook API or host, a kept version came with another manifest, or a newer
    version has run here before."""
    DUPLICATE = "DUPLICATE"
    """Two distributions claim the id; neither runs, since either might be the wrong one."""
    IMPORT_FAILED = "IMPORT_FAILED"
    CONTRACT_BROKEN = "CONTRACT_BROKEN"
    """The code does not do what the manifest says, or not the way a hook wants it."""
    MIGRATION_FAILED = "MIGRATION_FAILED"
    STARTUP_FAILED = "STARTUP_FAILED"
    QUARANTINED = "QUARANTINED"
    """Failed too often in a row while running."""
    REJECTED = "REJECTED"
    """A separate service whose review ended so."""
    MISSING = "MISSING"
    """Rooms may have it, but it is not installed, or registered no more."""


@dataclass(frozen=True)
class AppRecord:
    """The state of one application. `problems` are all findings; `reason` joins them."""

    app_id: str
    state: AppState
    since: datetime
    problems: tuple[str, ...] = ()

    @property
    def reason(self) -> str | None:
        """What a person reads; None where there is nothing to say."""
        return "; ".join(self.problems) or None
