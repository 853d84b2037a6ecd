"""The audit log of a room: every privileged act, with who, for which application, before, after."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson

from host.access import Act, Actor
from host.apps.settings import public_settings
from host.contract import JsonObject, Room, wire
from host.services.core import Core
from host.services.entry import enter
from host.services.writer import RoomTransaction
from host.store import audit as store
from host.store.audit import AuditEntry
from host.store.paging import Page, PageRequest

LONGEST_TEXT = 200
"""Characters that are kept of a text, and of what is too large to be kept whole, as JSON."""
MOST_BYTES = 2000
ROOM_FIELDS = ("name", "description", "status", "isPublic", "appSettings")


async def record(
    tx: RoomTransaction,
    actor: Actor,
    act: str,
    *,
    subject_id: str | None = None,
    before: JsonObject | None = None,
    after: JsonObject | None = None,
) -> None:
    """Writes an entry in the act's own transaction.

    `act` is `entity:verb`. People are named by their ids alone, so that one who is forgotten is
    forgotten here too. Secrets never come in: see `settings_changed`.
    """
    await tx.audit(
        act,
        actor.user.id if actor.user else None,
        app_id=actor.app_id,
        subject_id=subject_id,
        before=shortened(before),
        after=shortened(after),
        request_id=actor.request_id or None,
    )


def difference(
    before: Mapping[str, Any], after: Mapping[str, Any]
) -> tuple[JsonObject, JsonObject] | None:
    """What differs, before and after; None where nothing does."""
    names = [n for n in {**before, **after} if before.get(n) != after.get(n)]
    if not names:
        return None
    return {n: before.get(n) for n in names}, {n: after.get(n) for n in names}


def room_changed(before: Room, after: Room) -> tuple[JsonObject, JsonObject] | None:
    """What differs between two states of a room, its secrets left out."""
    first, second = ({k: wire(room)[k] for k in ROOM_FIELDS} for room in (before, after))
    settings = settings_changed(
        before.app.manifest.get("settings", {}), before.app_settings, after.app_settings
    )
    first["appSettings"], second["appSettings"] = settings or (None, None)
    return difference(first, second)


def settings_changed(
    schema: JsonObject, before: JsonObject, after: JsonObject
) -> tuple[JsonObject, JsonObject] | None:
    """What differs between settings. Of what is marked writeOnly only that it was changed."""
    if before == after:
        return None
    shown = difference(public_settings(schema, before), public_settings(schema, after))
    first, second = shown or ({}, {})
    if not shown:
        second["secrets"] = "changed"
    return first, second


def shortened(value: JsonObject | None) -> JsonObject | None:
    """What an entry keeps: no long texts, nothing large."""
    if value is None:
        return None
    return {key: _cut(item) for key, item in value.items()}


def _cut(value: Any) -> Any:
    short = _cut_texts(value)
    raw = orjson.dumps(short)
    return short if len(raw) <= MOST_BYTES else raw.decode()[:LONGEST_TEXT] + "…"


def _cut_texts(value: Any) -> Any:
    if isinstance(value, str) and len(value) > LONGEST_TEXT:
        return value[:LONGEST_TEXT] + "…"
    if isinstance(value, dict):
        return {key: _cut_texts(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_cut_texts(item) for item in value]
    return value


class Audit:
    """Who did what in a room, for its organizers."""

    def __init__(self, core: Core) -> None:
        self._core = core

    async def log(self, actor: Actor, room_id: str, request: PageRequest) -> Page[AuditEntry]:
        """The entries of a room, newest first."""
        await enter(self._core, actor, room_id, Act.SEE_AUDIT)
        async with self._core.db.read() as conn:
            return await store.page(conn, request, room_id=room_id)
