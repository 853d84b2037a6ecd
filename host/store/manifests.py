"""Manifests that rooms are locked to, as they are read again and again."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from typing import Any

import orjson

from host.contract import AppRef, JsonObject, wire

KEPT_SECONDS = 1.0
"""How long one is believed. A version keeps its manifest once there are rooms of it; only what is
being developed, installed to be edited, may get another.
"""


@dataclass(frozen=True)
class KeptManifest:
    """`content` as it is `stored`, `text` as it stands in the answers of rooms."""

    stored: str
    content: JsonObject
    text: Any
    read_at: float


class Manifests:
    """What was read in the last second, by application and version."""

    def __init__(self, load: Callable[[str, str], Awaitable[str]]) -> None:
        """`load` gives the JSON of one that there is."""
        self._load = load
        self._kept: dict[tuple[str, str], KeptManifest] = {}

    async def get(self, app_id: str, version: str) -> KeptManifest:
        """The manifest of a version that rooms are locked to."""
        now = time.monotonic()
        kept = self._kept.get((app_id, version))
        if kept is None or now - kept.read_at > KEPT_SECONDS:
            stored = await self._load(app_id, version)
            if kept is not None and kept.stored == stored:
                # The same objects again: what others made of them holds.
                kept = replace(kept, read_at=now)
            else:
                content: JsonObject = orjson.loads(stored)
                text = orjson.Fragment(orjson.dumps(wire(AppRef(app_id, content, version))))
                kept = KeptManifest(stored, content, text, now)
            self._kept[app_id, version] = kept
        return kept
