"""What applications still have to bring to people: who has it to do, and what came of it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from host.contract import Capability, Category
from host.store.inbox import Notice, adding, notice_of
from host.store.jobs import LONGEST_REASON
from host.store.tables import notification_deliveries as table
from host.store.tables import notifications, room_capabilities

DIGEST = "digest"
"""In place of the notification's id, of a delivery that stands for several."""
SAFETY = timedelta(minutes=15)
"""So long after its digest what belongs to it goes out alone, if it has not by then."""
RANKS = {
    Category.ACCOUNT: 0,
    Category.RESULT: 1,
    Category.ROOM: 2,
    Category.REMINDER: 2,
    Category.ANNOUNCEMENT: 3,
}
"""What goes first of all that is due, the lowest before: a win waits behind no announcement."""
LAST = max(RANKS.values())


class State(StrEnum):
    """How far a delivery is. HELD waits for the end of quiet hours, or for a digest."""

    WAITING = "WAITING"
    HELD = "HELD"
    SENT = "SENT"
    FAILED = "FAILED"
    """It never will, and why is known: no such address, say."""
    PARKED = "PARKED"
    """Tried for the last time; a person can have it sent again."""


@dataclass(frozen=True)
class Sending:
    """A delivery that a process has to itself until its claim ends, the `tries`-th time."""

    id: str
    notification_id: str
    user_id: str
    room_id: str | None
    state: State
    tries: int
    claims: int
    created_at: datetime

    @property
    def is_digest(self) -> bool:
        """Whether it stands for others that go out together."""
        return self.notification_id == DIGEST


@dataclass(frozen=True)
class Ended:
    """What came of a claim. `next_at` is for what waits or is held, `tries` how many count."""

    sending: Sending
    state: State
    at: datetime
    tries: int
    next_at: datetime | None = None
    why: str | None = None
    channel: str | None = None
    digest_id: str | None = None


@dataclass(frozen=True)
class Parked:
    """A delivery that failed or was given up, for who looks after the host or the room."""

    id: str
    room_id: str | None
    state: State
    tries: int
    why: str
    updated_at: datetime


_ANSWERED = sa.select(sa.literal(1)).where(
    room_capabilities.c.room_id == sa.bindparam("room_id"),
    room_capabilities.c.capability == Capability.NOTIFICATIONS.value,
)
OPEN = frozenset({State.WAITING, State.HELD})
_OPEN = table.c.state.in_(OPEN)
_DUE = sa.select(sa.type_coerce(sa.func.min(table.c.next_at), table.c.next_at.type)).where(
    # As the index has it, word by word, or it is not used.
    sa.text("state IN ('WAITING', 'HELD')")
)


def rank_of(notice: Notice) -> int:
    """Which of all that is due goes first, the lowest before."""
    return 0 if notice.urgent else RANKS[notice.category]


async def put(
    connection: AsyncConnection, told: Sequence[tuple[str, Notice]], now: datetime
) -> None:
    """Has notices brought to people, by user id, whose inboxes have them."""
    rows = [
        {
            "id": delivery_id(notice.id, user_id),
            "notification_id": notice.id,
            "user_id": user_id,
            "room_id": notice.room_id,
            "state": State.WAITING,
            "tries": 0,
            "claims": 0,
            "rank": rank_of(notice),
            "next_at": now,
            "created_at": now,
            "updated_at": now,
        }
        for user_id, notice in told
    ]
    if rows:
        await connection.execute(adding(connection, table).values(rows))


async def answered(connection: AsyncConnection, room_id: str) -> bool:
    """Whether an application brings notifications in a room: else the inbox is where they go."""
    found = await connection.execute(_ANSWERED, {"room_id": room_id})
    return found.first() is not None


def delivery_id(notification_id: str, user_id: str) -> str:
    """By what an application knows this notification to this person."""
    return f"{notification_id}.{user_id}"


async def known(connection: AsyncConnection, sending_id: str) -> bool:
    """Whether there is a delivery with this id."""
    found = await connection.execute(sa.select(table.c.id).where(table.c.id == sending_id))
    return found.first() is not None


async def next_due(connection: AsyncConnection) -> datetime | None:
    """When the next may be taken; None where nothing waits."""
    moment: datetime | None = (await connection.execute(_DUE)).scalar_one()
    return moment


async def claim(
    connection: AsyncConnection, *, now: datetime, until: datetime, most: int
) -> list[Sending]:
    """Takes what is due, by rank; nobody else gets it before `until`.

    What others take just now stays.
    """
    due = (
        sa.select(table.c.id)
        .where(sa.text("state IN ('WAITING', 'HELD')"), table.c.next_at <= now)
        .order_by(table.c.rank, table.c.next_at)
        .limit(most)
        .with_for_update(skip_locked=True)
    )
    ids = list((await connection.execute(due)).scalars())
    if not ids:
        return []
    taken = await connection.execute(
        sa.update(table)
        .where(table.c.id.in_(ids))
        .values(next_at=until, tries=table.c.tries + 1, claims=table.c.claims + 1)
        .returning(
            table.c.id,
            table.c.notification_id,
            table.c.user_id,
            table.c.room_id,
            table.c.state,
            table.c.tries,
            table.c.claims,
            table.c.created_at,
        )
    )
    found = {row.id: _sending(row) for row in taken}
    return [found[one] for one in ids]


async def end(connection: AsyncConnection, ended: Sequence[Ended]) -> int:
    """Keeps what came of claims; of how many somebody else had it by then.

    Those that ended alike, most of an announcement, are one statement.
    """
    alike: dict[tuple[Any, ...], list[Ended]] = {}
    for one in ended:
        how = (one.state, one.tries, one.next_at, one.why, one.channel, one.digest_id)
        alike.setdefault(how, []).append(one)
    late = 0
    for (state, tries, next_at, why, channel, digest_id), those in alike.items():
        at = max(one.at for one in those)
        mine = sa.tuple_(table.c.id, table.c.claims).in_(
            [(one.sending.id, one.sending.claims) for one in those]
        )
        changed = await connection.execute(
            sa.update(table)
            .where(mine, _OPEN)
            .values(
                state=state,
                tries=tries,
                next_at=next_at or at,
                why=_short(why),
                channel=channel,
                digest_id=digest_id,
                updated_at=at,
            )
        )
        late += len(those) - changed.rowcount
    return late


async def put_digest(
    connection: AsyncConnection, digest_id: str, first: Sending, due: datetime
) -> None:
    """Has what is held for a digest brought then; `first` is one of it."""
    row = {
        "id": digest_id,
        "notification_id": DIGEST,
        "user_id": first.user_id,
        "room_id": first.room_id,
        "state": State.HELD,
        "tries": 0,
        "claims": 0,
        "rank": LAST,
        "next_at": due,
        "created_at": first.created_at,
        "updated_at": first.created_at,
    }
    await connection.execute(adding(connection, table).values([row]))


async def digested(connection: AsyncConnection, digest_id: str, most: int) -> list[Notice]:
    """What of a digest is still held, and was not read meanwhile, the oldest first."""
    query = (
        sa.select(notifications)
        .join(
            table,
            sa.and_(
                table.c.user_id == notifications.c.user_id,
                table.c.notification_id == notifications.c.id,
            ),
        )
        .where(
            table.c.digest_id == digest_id,
            table.c.state == State.HELD,
            notifications.c.read_at.is_(None),
        )
        .order_by(notifications.c.created_at, notifications.c.id)
        .limit(most)
    )
    return [notice_of(row) for row in await connection.execute(query)]


async def end_digest(connection: AsyncConnection, ended: Ended) -> None:
    """What came of a digest came of all that it held."""
    await connection.execute(
        sa.update(table)
        .where(table.c.digest_id == ended.sending.id, table.c.state == State.HELD)
        .values(
            state=ended.state, why=_short(ended.why), channel=ended.channel, updated_at=ended.at
        )
    )


async def drop(connection: AsyncConnection, sending: Sending) -> None:
    """Forgets a delivery of something that is no more."""
    await connection.execute(
        sa.delete(table).where(table.c.id == sending.id, table.c.claims == sending.claims)
    )


async def put_back(connection: AsyncConnection, sending_id: str, now: datetime) -> bool:
    """Has a parked or failed delivery tried again. False where there is none such."""
    changed = await connection.execute(
        sa.update(table)
        .where(table.c.id == sending_id, table.c.state.in_((State.PARKED, State.FAILED)))
        .values(state=State.WAITING, tries=0, next_at=now, why=None, updated_at=now)
    )
    return changed.rowcount == 1


async def figures(
    connection: AsyncConnection, notification_ids: Collection[str]
) -> dict[str, dict[State, int]]:
    """How many deliveries of each of these are in which state."""
    rows = await connection.execute(
        sa.select(table.c.notification_id, table.c.state, sa.func.count())
        .where(table.c.notification_id.in_(notification_ids))
        .group_by(table.c.notification_id, table.c.state)
    )
    found: dict[str, dict[State, int]] = {}
    for notification_id, state, many in rows:
        found.setdefault(notification_id, {})[State(state)] = many
    return found


async def reasons(
    connection: AsyncConnection, notification_ids: Collection[str]
) -> dict[str, list[tuple[str, int]]]:
    """Why deliveries of each of these failed, with how many, the most frequent first."""
    many = sa.func.count().label("many")
    rows = await connection.execute(
        sa.select(table.c.notification_id, table.c.why, many)
        .where(
            table.c.notification_id.in_(notification_ids),
            table.c.state.in_((State.FAILED, State.PARKED)),
        )
        .group_by(table.c.notification_id, table.c.why)
        .order_by(many.desc(), table.c.why)
    )
    found: dict[str, list[tuple[str, int]]] = {}
    for notification_id, why, count in rows:
        found.setdefault(notification_id, []).append((why or "", count))
    return found


async def sweep(connection: AsyncConnection, before: datetime, most: int) -> int:
    """Forgets deliveries that ended before a moment; how many."""
    old = (
        sa.select(table.c.id)
        .where(table.c.state.in_((State.SENT, State.FAILED, State.PARKED)))
        .where(table.c.updated_at < before)
        .limit(most)
    )
    gone = await connection.execute(sa.delete(table).where(table.c.id.in_(old)))
    return gone.rowcount


def _sending(row: Any) -> Sending:
    return Sending(
        row.id,
        row.notification_id,
        row.user_id,
        row.room_id,
        State(row.state),
        row.tries,
        row.claims,
        row.created_at,
    )


def _short(why: str | None) -> str | None:
    if why is None:
        return None
    return why.replace("\0", "").encode("utf-8", "replace").decode()[:LONGEST_REASON]
