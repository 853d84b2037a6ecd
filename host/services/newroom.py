"""A room before it is written: what the hooks that shape it are shown."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from host.access import Actor
from host.apps.manifest import Manifest
from host.contract import (
    AppRef,
    Capability,
    JsonObject,
    PrizeDraft,
    Role,
    Room,
    RoomCounts,
    RoomStatus,
    User,
)
from host.ids import Sources
from host.services.core import Core
from host.services.idempotency import keep_answer
from host.services.text import unstorable
from host.store import audit, participants, prizes, room_apps
from host.store import rooms as store

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


async def write_new(
    core: Core,
    actor: Actor,
    room: Room,
    fund: Sequence[PrizeDraft],
    answerer: dict[Capability, str],
) -> None:
    """Writes the room, its organizer, its fund and who answers in it, all in one transaction."""
    now = room.created_at
    async with core.db.write() as conn:
        await store.insert(
            conn,
            room_id=room.id,
            name=room.name,
            description=room.description,
            app_id=room.app_id,
            settings=room.app_settings,
            manifest_version=room.app_manifest_version,
            is_public=room.is_public,
            join_code=room.join_code,
            created_by=room.created_by,
            now=now,
        )
        for capability, app_id in answerer.items():
            await room_apps.delegate(conn, room.id, capability, app_id)
        await participants.insert(
            conn,
            participant_id=core.sources.new_id(),
            room_id=room.id,
            user_id=room.created_by,
            role=Role.ORGANIZER,
            metadata={},
            now=now,
        )
        for draft in fund:
            await prizes.insert(
                conn,
                prize_id=core.sources.new_id(),
                room_id=room.id,
                name=draft.name,
                description=draft.description,
                image_url=None,
                quantity=draft.quantity,
                metadata=draft.metadata,
                now=now,
            )
        await store.advance(
            conn,
            room.id,
            event_seq=0,
            participants=1,
            prizes=len(fund),
            winners=0,
            revisions=0,
        )
        await audit.append(
            conn,
            entry_id=core.sources.new_id(),
            act="room:create",
            now=now,
            room_id=room.id,
            actor_id=room.created_by,
            app_id=actor.app_id,
            after={"name": room.name, "appId": room.app_id, "isPublic": room.is_public},
            request_id=actor.request_id,
        )
        await keep_answer(conn, await store.get(conn, room.id))
