"""The audit log: every privileged act, with who, what, before and after."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from host.contract import JsonObject, Person
from host.store.paging import Page, PageRequest, fetch_page
from host.store.tables import audit_log, participants, prizes, users, winners

_SELECT = sa.select(
    audit_log,
    users.c.name.label("actor_name"),
    users.c.avatar.label("actor_avatar"),
).join_from(audit_log, users, users.c.id == audit_log.c.actor_id, isouter=True)
_ORDER = (audit_log.c.at, audit_log.c.id)
_MOST_IDS = 400


@dataclass(frozen=True)
class AuditEntry:
    """One privileged act. `actor` is None for an application alone, and for the host itself.

    `names` says how the people and prizes that the entry names by id are called now.
    """

    id: str
    room_id: str | None
    act: str
    actor: Person | None
    app_id: str | None
    subject_id: str | None
    before: JsonObject | None
    after: JsonObject | None
    names: dict[str, str]
    request_id: str | None
    at: datetime


async def append(
    connection: AsyncConnection,
    *,
    entry_id: str,
    act: str,
    now: datetime,
    room_id: str | None = None,
    actor_id: str | None = None,
    app_id: str | None = None,
    subject_id: str | None = None,
    before: JsonObject | None = None,
    after: JsonObject | None = None,
    request_id: str | None = None,
) -> None:
    """Writes one entry, in the transaction of the act itself."""
    await connection.execute(
        audit_log.insert().values(
            id=entry_id,
            room_id=room_id,
            actor_id=actor_id,
            app_id=app_id,
            act=act,
            subject_id=subject_id,
            before=before,
            after=after,
            request_id=request_id,
            at=now,
        )
    )


async def page(
    connection: AsyncConnection, request: PageRequest, *, room_id: str | None = None
) -> Page[AuditEntry]:
    """Entries, newest first: of a room, or of the whole host."""
    query = _SELECT if room_id is None else _SELECT.where(audit_log.c.room_id == room_id)
    found = await fetch_page(connection, query, _ORDER, request, _read, newest_first=True)
    ids = {one for entry in found.items for one in _ids_in(entry)}
    names = await _names(connection, sorted(ids)) if ids else {}
    items = [
        replace(entry, names={one: names[one] for one in _ids_in(entry) if one in names})
        for entry in found.items
    ]
    return replace(found, items=items)


def _read(row: Any) -> AuditEntry:
    actor = Person(row.actor_id, row.actor_name, row.actor_avatar) if row.actor_name else None
    return AuditEntry(
        id=row.id,
        room_id=row.room_id,
        act=row.act,
        actor=actor,
        app_id=row.app_id,
        subject_id=row.subject_id,
        before=row.before,
        after=row.after,
        names={},
        request_id=row.request_id,
        at=row.at,
    )


def _ids_in(entry: AuditEntry) -> list[str]:
    """Everything in an entry that may be an id of somebody or of a prize."""
    found: list[str] = [entry.subject_id] if entry.subject_id else []
    for values in (entry.before, entry.after):
        for value in (values or {}).values():
            many = value if isinstance(value, list) else [value]
            found += [one for one in many if isinstance(one, str) and _may_be_id(one)]
    return list(dict.fromkeys(found))[:_MOST_IDS]


def _may_be_id(text: str) -> bool:
    return len(text) == 26 and text.isascii() and text.isalnum()


async def _names(connection: AsyncConnection, ids: Sequence[str]) -> dict[str, str]:
    people = sa.select(participants.c.id, users.c.name).join_from(
        participants, users, users.c.id == participants.c.user_id
    )
    won = people.with_only_columns(winners.c.id, users.c.name).join(
        winners, winners.c.participant_id == participants.c.id
    )
    wanted = sa.union_all(
        people.where(participants.c.id.in_(ids)),
        won.where(winners.c.id.in_(ids)),
        sa.select(users.c.id, users.c.name).where(users.c.id.in_(ids)),
        sa.select(prizes.c.id, prizes.c.name).where(prizes.c.id.in_(ids)),
    )
    return {row.id: row.name for row in (await connection.execute(wanted)).all()}
