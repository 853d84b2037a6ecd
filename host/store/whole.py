"""A room as services know it, and who answers in it, by PostgreSQL's lane."""

from __future__ import annotations

from collections.abc import Mapping

import asyncpg
import orjson

from host.contract import (
    AppRef,
    Capability,
    JsonObject,
    Person,
    Room,
    RoomCounts,
    RoomStatus,
)
from host.store.lane import Lane
from host.store.room_apps import Answerer

ROOM = """
    r.*, ra.settings, ra.manifest_version, o.name AS owner_name, o.avatar AS owner_avatar,
    ARRAY(SELECT x.app_id FROM room_apps AS x WHERE x.room_id = r.id AND x.enabled
        ORDER BY x.created_at, x.app_id) AS enabled,
    (SELECT json_object_agg(c.capability, json_build_array(c.app_id, c.fallback))::text
        FROM room_capabilities AS c WHERE c.room_id = r.id) AS answerers
"""
OF_ROOM = """
    JOIN users AS o ON o.id = r.owner_id
    JOIN room_apps AS ra ON ra.room_id = r.id AND ra.app_id = r.app_id
"""


def answerers(text: str | None) -> Mapping[Capability, Answerer]:
    """Who answers for what, as `ROOM` has it."""
    found = orjson.loads(text) if text else {}
    return {Capability(name): Answerer(*chosen) for name, chosen in found.items()}


def _read_room(row: asyncpg.Record, manifest: JsonObject) -> Room:
    return Room(
        id=row["id"],
        name=row["name"],
        description=row["description"],
        app_id=row["app_id"],
        app_settings=orjson.loads(row["settings"]),
        app_manifest_version=row["manifest_version"],
        status=RoomStatus(row["status"]),
        is_public=row["is_public"],
        join_code=row["join_code"],
        created_by=row["created_by"],
        created_at=row["created_at"],
        updated_at=row["updated_at"],
        deleted_at=None,
        app=AppRef(row["app_id"], manifest, row["manifest_version"]),
        organizer=Person(row["owner_id"], row["owner_name"], row["owner_avatar"]),
        counts=RoomCounts(row["participant_count"], row["prize_count"], row["winner_count"]),
    )


async def room(lane: Lane, row: asyncpg.Record) -> Room:
    """The room in a row that has the columns of `ROOM`."""
    manifest = await lane.manifests.get(row["app_id"], row["manifest_version"])
    return _read_room(row, manifest.content)
