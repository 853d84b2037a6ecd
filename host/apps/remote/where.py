"""Where a service is asked, and for how long: its manifest's word, within the host's bounds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from host.apps.entry import AppEntry
from host.apps.manifest import Manifest
from host.apps.registry import Registry
from host.apps.remote.problems import Unasked
from host.contract import Room
from host.hookspecs import DELEGATED
from host.store import deliveries
from host.store.engine import Database

if TYPE_CHECKING:
    from httpx2 import URL

LONGEST_SECONDS = 10.0
"""What a manifest may lengthen a hook's time to: somebody waits for the answer."""
LONGEST_LATER_SECONDS = 30.0
"""The same where nobody waits, for what is delivered after the fact."""
LATER_TRIES = 12
"""How often a delivery is tried where the manifest says `async` and not how often: for an hour."""


@dataclass(frozen=True)
class Where:
    """The address of one capability of a service. `tries` is 1 for what is asked once."""

    url: str
    origin: str
    seconds: float
    later: bool
    tries: int


class LockedManifests:
    """The manifests that hold: a room's own, however many versions there have been since."""

    def __init__(self, db: Database, registry: Registry) -> None:
        self._db = db
        self._registry = registry

    async def of(self, entry: AppEntry, room: Room | None) -> Manifest:
        """The one that the room is locked to; the one that runs where it has none yet.

        Raises `Unasked` for an application that is registered no more.
        """
        raw = None
        if room is not None and room.app_id == entry.app_id:
            raw = room.app.manifest
        elif room is not None:
            async with self._db.read() as connection:
                raw = await deliveries.locked(connection, room.id, entry.app_id)
        if raw is not None:
            return self._registry.kept(entry.app_id, raw)
        if entry.manifest is None:
            raise Unasked("it is registered here no more")
        return entry.manifest


def where(manifest: Manifest, hook: str, most_seconds: float | None = None) -> Where:
    """Where to ask a service for a hook.

    Its own `timeout` stands in for the hook's time, up to `LONGEST_SECONDS`; `most_seconds` is
    the host's own word, which it can only shorten. Raises `Unasked` where the manifest names
    no address.
    """
    spec = DELEGATED[hook]
    webhook = manifest.webhooks.get(spec.capability)
    if manifest.base_url is None or webhook is None:
        raise Unasked(f"it names no address for {spec.capability} in version {manifest.version}")
    from httpx2 import URL  # with the HTTP client, which many hosts never need

    url = URL(manifest.base_url.rstrip("/") + webhook.path)
    most = LONGEST_LATER_SECONDS if webhook.later else LONGEST_SECONDS
    seconds = most_seconds or spec.seconds
    if webhook.timeout is not None:
        seconds = min(webhook.timeout / 1000, most_seconds or most)
    return Where(
        str(url), _origin(url), seconds, webhook.later, _tries(webhook.later, webhook.retry)
    )


def _origin(url: URL) -> str:
    return f"{url.scheme}://{url.netloc.decode('ascii')}"


def _tries(later: bool, retry: int | bool) -> int:
    if not later:
        return 1
    return LATER_TRIES if isinstance(retry, bool) else 1 + retry
