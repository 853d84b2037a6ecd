"""A room before it is written: what the hooks that shape it are shown."""

from __future__ import annotations

from typing import Any

from host.apps.manifest import Manifest
from host.contract import (
    AppRef,
    JsonObject,
    PrizeDraft,
    Room,
    RoomCounts,
    RoomStatus,
    User,
)
from host.ids import Sources
from host.services.text import unstorable

MOST_PRIZES = 200
MOST_UNITS = 1_000_000


def drafted(
    sources: Sources, user: User, fields: JsonObject, manifest: Manifest, settings: JsonObject
) -> Room:
    """The room as it will stand in the database once everyone has agreed to it."""
    now = sources.now()
    return Room(
        id=sources.new_id(),
        name=fields["name"],
        description=fields.get("description"),
        app_id=manifest.id,
        app_settings=settings,
        app_manifest_version=manifest.version,
        status=RoomStatus.DRAFT,
        is_public=fields.get("isPublic", False),
        join_code=sources.join_code(),
        created_by=user.id,
        created_at=now,
        updated_at=now,
        deleted_at=None,
        app=AppRef(manifest.id, manifest.raw, manifest.version),
        organizer=user.person,
        counts=RoomCounts(1, 0, 0),
    )


def fund_is_wrong(fund: object) -> str | None:
    """What is wrong with an application's answer to `prize_fund`, or None."""
    if not isinstance(fund, list | tuple):
        return None
    if len(fund) > MOST_PRIZES:
        return f"It proposed {len(fund)} prizes; at most {MOST_PRIZES} are taken."
    for draft in fund:
        if not isinstance(draft, PrizeDraft):
            return "It proposed something that is no PrizeDraft."
        # A plugin may put anything into a dataclass, whatever its annotations say.
        name: Any = draft.name
        quantity: Any = draft.quantity
        if not isinstance(quantity, int) or not 1 <= quantity <= MOST_UNITS:
            return f"It proposed a quantity outside 1 to {MOST_UNITS}."
        if not isinstance(name, str) or not 1 <= len(name) <= 200:
            return "It proposed a prize without a usable name."
        if why := unstorable([draft.name, draft.description, draft.metadata]):
            return f"It proposed a prize whose text {why}."
    return None
