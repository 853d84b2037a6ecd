"""Everything that the host keeps, in tables for those who run it. Secrets are in no column."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from host.store.searching import has
from host.store.tables import (
    audit_log,
    deliveries,
    jobs,
    notification_deliveries,
    rooms,
    sessions,
    users,
)

Value = sa.ColumnElement[Any]


@dataclass(frozen=True)
class Test:
    """One condition. `op`: is, contains, since, until."""

    column: str
    op: Literal["is", "contains", "since", "until"]
    value: Any


@dataclass(frozen=True)
class Tests:
    """Conditions that all hold, or with `either` at least one of them."""

    parts: tuple[Test | Tests, ...] = ()
    either: bool = False


@dataclass(frozen=True)
class Wanted:
    """Which rows of a table, in which order (`(column, descending)`), and which part of them."""

    text: str = ""
    tests: Tests = field(default_factory=Tests)
    order: Sequence[tuple[str, bool]] = ()
    skip: int = 0
    limit: int = 50


@dataclass(frozen=True)
class Listing:
    """A table: its columns by name, the `id` among them, and in which of them a text is sought."""

    columns: Mapping[str, Value]
    source: sa.FromClause
    sought: tuple[str, ...]
    only: tuple[Value, ...] = ()

    def where(self, wanted: Wanted) -> list[Value]:
        """The conditions of the rows that are wanted."""
        found = [*self.only]
        if wanted.text:
            found.append(sa.or_(*(self._has(name, wanted.text) for name in self.sought)))
        if wanted.tests.parts:
            found.append(self._all(wanted.tests))
        return found

    def _all(self, tests: Tests) -> Value:
        parts = [self._all(p) if isinstance(p, Tests) else self._one(p) for p in tests.parts]
        # A group without conditions asks for nothing.
        return sa.or_(*parts) if tests.either and parts else sa.and_(sa.true(), *parts)

    def _one(self, test: Test) -> Value:
        column = self.columns[test.column]
        if test.op == "contains":
            return self._has(test.column, str(test.value))
        if test.op == "since":
            found: Value = column >= test.value
        elif test.op == "until":
            found = column <= test.value
        else:
            found = column == test.value
        return found

    def _has(self, name: str, text: str) -> Value:
        return has(sa.cast(self.columns[name], sa.Text), text)


async def rows(
    connection: AsyncConnection, listing: Listing, wanted: Wanted
) -> list[dict[str, Any]]:
    """The rows that are wanted, each by the names of its columns."""
    columns = [column.label(name) for name, column in listing.columns.items()]
    order = [
        listing.columns[name].desc() if down else listing.columns[name].asc()
        for name, down in wanted.order
    ]
    query = (
        sa.select(*columns)
        .select_from(listing.source)
        .where(*listing.where(wanted))
        .order_by(*order, listing.columns["id"])
        .limit(wanted.limit)
        .offset(wanted.skip)
    )
    return [dict(row) for row in (await connection.execute(query)).mappings()]


async def count(connection: AsyncConnection, listing: Listing, wanted: Wanted) -> int:
    """How many rows there are of what is wanted."""
    query = sa.select(sa.func.count()).select_from(listing.source).where(*listing.where(wanted))
    return int((await connection.execute(query)).scalar_one())


_ACTOR = users.alias("actor")
USERS = Listing(
    {
        "id": users.c.id,
        "name": users.c.name,
        "email": users.c.email,
        "is_guest": users.c.is_guest,
        "is_admin": users.c.is_admin,
        "email_verified_at": users.c.email_verified_at,
        "created_at": users.c.created_at,
        "disabled_at": users.c.disabled_at,
        "deleted_at": users.c.deleted_at,
    },
    users,
    ("id", "name", "email"),
)
ROOMS = Listing(
    {
        "id": rooms.c.id,
        "name": rooms.c.name,
        "status": rooms.c.status,
        "app_id": rooms.c.app_id,
        "organizer": users.c.name,
        "owner_id": rooms.c.owner_id,
        "is_public": rooms.c.is_public,
        "participants": rooms.c.participant_count,
        "prizes": rooms.c.prize_count,
        "winners": rooms.c.winner_count,
        "created_at": rooms.c.created_at,
        "deleted_at": rooms.c.deleted_at,
    },
    rooms.join(users, users.c.id == rooms.c.owner_id),
    ("id", "name", "organizer", "app_id"),
)
SESSIONS = Listing(
    {
        "id": sessions.c.id,
        "user": users.c.name,
        "user_id": sessions.c.user_id,
        "method": sessions.c.method,
        "device": sessions.c.user_agent,
        "created_at": sessions.c.created_at,
        "seen_at": sessions.c.seen_at,
        "expires_at": sessions.c.expires_at,
    },
    sessions.join(users, users.c.id == sessions.c.user_id),
    ("id", "user", "user_id"),
    (sessions.c.revoked_at.is_(None),),
)
AUDIT = Listing(
    {
        "id": audit_log.c.id,
        "at": audit_log.c.at,
        "act": audit_log.c.act,
        "actor": _ACTOR.c.name,
        "actor_id": audit_log.c.actor_id,
        "app_id": audit_log.c.app_id,
        "room_id": audit_log.c.room_id,
        "subject_id": audit_log.c.subject_id,
        "before": audit_log.c.before,
        "after": audit_log.c.after,
        "request_id": audit_log.c.request_id,
    },
    audit_log.outerjoin(_ACTOR, _ACTOR.c.id == audit_log.c.actor_id),
    ("act", "actor", "actor_id", "room_id", "subject_id", "app_id", "request_id"),
)
JOBS = Listing(
    {
        "id": jobs.c.id,
        "kind": jobs.c.kind,
        "app_id": jobs.c.app_id,
        "room_id": jobs.c.room_id,
        "attempts": jobs.c.attempts,
        "run_at": jobs.c.run_at,
        "parked_at": jobs.c.parked_at,
        "reason": jobs.c.reason,
        "created_at": jobs.c.created_at,
    },
    jobs,
    ("id", "kind", "app_id", "room_id", "reason"),
)
CALLS = Listing(
    {
        "id": deliveries.c.id,
        "at": deliveries.c.at,
        "app_id": deliveries.c.app_id,
        "hook": deliveries.c.hook,
        "outcome": deliveries.c.outcome,
        "status": deliveries.c.status,
        "milliseconds": deliveries.c.milliseconds,
        "note": deliveries.c.note,
        "room_id": deliveries.c.room_id,
        "message_id": deliveries.c.message_id,
        "request_id": deliveries.c.request_id,
    },
    deliveries,
    ("app_id", "hook", "outcome", "note", "room_id", "message_id", "request_id"),
)
NOTICES = Listing(
    {
        "id": notification_deliveries.c.id,
        "state": notification_deliveries.c.state,
        "room_id": notification_deliveries.c.room_id,
        "channel": notification_deliveries.c.channel,
        "tries": notification_deliveries.c.tries,
        "next_at": notification_deliveries.c.next_at,
        "why": notification_deliveries.c.why,
        "created_at": notification_deliveries.c.created_at,
        "updated_at": notification_deliveries.c.updated_at,
    },
    notification_deliveries,
    ("id", "state", "room_id", "channel", "why"),
)
