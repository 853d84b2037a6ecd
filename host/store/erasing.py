"""Forgetting a person: what goes at once, and what is gone through room by room."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from host.contract import Role, RoomStatus
from host.store import inbox, preferences, sessions, users
from host.store.tables import (
    audit_log,
    codes,
    events,
    idempotency_keys,
    jobs,
    participants,
    rooms,
    sign_in_flows,
)
from host.store.tables import users as users_table

LIVING = (RoomStatus.DRAFT, RoomStatus.ACTIVE)

Rewrite = Callable[[str, Any], Any]
"""Gives the JSON of an event or an act, which comes first, back without the person."""


@dataclass(frozen=True)
class Place:
    """A room that a person was in or answers for, and their part in it."""

    room_id: str
    participant_id: str | None


async def last_admin(connection: AsyncConnection, user_id: str) -> bool:
    """Whether the user is the only platform admin that may come in.

    On PostgreSQL the rows of all admins are locked, so that two who go at once see each other.
    """
    query = (
        sa.select(users_table.c.id)
        .where(
            users_table.c.is_admin,
            users_table.c.deleted_at.is_(None),
            users_table.c.disabled_at.is_(None),
        )
        .order_by(users_table.c.id)
        .with_for_update()
    )
    return list((await connection.execute(query)).scalars()) == [user_id]


async def answers_for(connection: AsyncConnection, user_id: str) -> Sequence[tuple[str, str]]:
    """Ids and names of rooms, not over yet, that the person owns or organizes alone."""
    mine, other = participants.alias("mine"), participants.alias("other")
    organizer = (Role.ORGANIZER.value,)
    alone = sa.exists().where(
        mine.c.room_id == rooms.c.id,
        mine.c.user_id == user_id,
        mine.c.role.in_(organizer),
        mine.c.deleted_at.is_(None),
    ) & ~sa.exists().where(
        other.c.room_id == rooms.c.id,
        other.c.user_id != user_id,
        other.c.role.in_(organizer),
        other.c.deleted_at.is_(None),
    )
    query = (
        sa.select(rooms.c.id, rooms.c.name)
        .where(
            rooms.c.deleted_at.is_(None),
            rooms.c.status.in_(LIVING),
            sa.or_(rooms.c.owner_id == user_id, alone),
        )
        .order_by(rooms.c.id)
    )
    return [(row.id, row.name) for row in (await connection.execute(query)).all()]


async def forget(
    connection: AsyncConnection, user_id: str, email: str | None, now: datetime
) -> list[str] | None:
    """Takes away who the user was, wherever the host keeps it by user.

    Answers the ids of the sessions that ended, or None where there is no such user (any more).
    """
    if not await users.erase(connection, user_id, now):
        return None
    ended = await sessions.end_all_of(connection, user_id, now)
    await sessions.forget_devices(connection, user_id)
    await connection.execute(sa.delete(sign_in_flows).where(sign_in_flows.c.user_id == user_id))
    sent = codes.c.user_id == user_id
    told = sa.cast(jobs.c.payload, sa.Text).contains(user_id, autoescape=True)
    if email is not None:
        sent = sa.or_(sent, codes.c.target == email)
        told = sa.or_(
            told, sa.cast(jobs.c.payload, sa.Text).contains(f'"{email}"', autoescape=True)
        )
    await connection.execute(sa.delete(codes).where(sent))
    await inbox.forget(connection, user_id)
    await preferences.forget(connection, user_id)
    # Nothing is sent to them any more, and what was given up keeps no address.
    await connection.execute(sa.delete(jobs).where(told))
    # Answers that are kept under their keys tell of them.
    await connection.execute(
        sa.delete(idempotency_keys).where(
            idempotency_keys.c.caller == f"user:{user_id}", idempotency_keys.c.status.is_not(None)
        )
    )
    await connection.execute(
        sa.update(participants)
        .where(participants.c.user_id == user_id)
        .values(metadata={}, name_key=None)
    )
    return ended


async def places(connection: AsyncConnection, user_id: str) -> Sequence[Place]:
    """Every room, living or not, whose log may name the person."""
    mine = sa.and_(participants.c.room_id == rooms.c.id, participants.c.user_id == user_id)
    query = (
        sa.select(rooms.c.id, participants.c.id.label("participant_id"))
        .select_from(rooms.outerjoin(participants, mine))
        .where(
            sa.or_(
                participants.c.id.is_not(None),
                rooms.c.owner_id == user_id,
                rooms.c.created_by == user_id,
            )
        )
        .order_by(rooms.c.id)
    )
    return [Place(*row) for row in (await connection.execute(query)).all()]


async def rewrite_events(
    connection: AsyncConnection,
    room_id: str,
    after: int,
    limit: int,
    names: Collection[str],
    rewrite: Rewrite,
) -> int | None:
    """Rewrites up to `limit` events past a seq in which one of `names` stands as text.

    Answers the seq to go on from, None at the end. What an event told, to whom and when stays.
    """
    texts = (sa.cast(events.c.data, sa.Text), sa.cast(events.c.editor_data, sa.Text))
    named = sa.or_(*(text.contains(one, autoescape=True) for text in texts for one in names))
    named = sa.or_(named, events.c.audience.in_([f"user:{one}" for one in names]))
    query = (
        sa.select(
            *(events.c.seq, events.c.event, events.c.data, events.c.editor_data, events.c.audience)
        )
        .where(events.c.room_id == room_id, events.c.seq > after, named)
        .order_by(events.c.seq)
        .limit(limit)
    )
    found = (await connection.execute(query)).all()
    for row in found:
        theirs = row.audience in {f"user:{one}" for one in names}
        data = {} if theirs else rewrite(row.event, row.data)
        editor = rewrite(row.event, row.editor_data)
        if (data, editor) != (row.data, row.editor_data):
            await connection.execute(
                sa.update(events)
                .where(events.c.room_id == room_id, events.c.seq == row.seq)
                .values(data=data, editor_data=editor)
            )
    return found[-1].seq if len(found) == limit else None


async def rewrite_audit(
    connection: AsyncConnection,
    after: str,
    limit: int,
    names: Collection[str],
    rewrite: Rewrite,
) -> str | None:
    """As `rewrite_events`, for what the audit log keeps of before and after."""
    texts = (sa.cast(audit_log.c.before, sa.Text), sa.cast(audit_log.c.after, sa.Text))
    named = sa.or_(*(text.contains(one, autoescape=True) for text in texts for one in names))
    query = (
        sa.select(
            audit_log.c.id,
            audit_log.c.act,
            audit_log.c.subject_id,
            audit_log.c.before,
            audit_log.c.after,
        )
        .where(audit_log.c.id > after, sa.or_(audit_log.c.subject_id.in_(names), named))
        .order_by(audit_log.c.id)
        .limit(limit)
    )
    found = (await connection.execute(query)).all()
    for row in found:
        before, later = rewrite(row.act, row.before), rewrite(row.act, row.after)
        if row.subject_id in names:
            before, later = _impersonal(before), _impersonal(later)
        if (before, later) != (row.before, row.after):
            await connection.execute(
                sa.update(audit_log)
                .where(audit_log.c.id == row.id)
                .values(before=before, after=later)
            )
    return found[-1].id if len(found) == limit else None


PERSONAL = frozenset({"name", "email", "avatar", "phone", "metadata", "user"})
"""Keys under which an audit entry about a person tells who they are."""


def _impersonal(value: Any) -> Any:
    """Which fields changed stays told, but not from what to what."""
    if not isinstance(value, dict):
        return value
    return {key: None if key in PERSONAL else item for key, item in value.items()}
