"""What was handed to which way: so that a retry never repeats one that has it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa

from festoon_notifications.channels.base import Asked, Way
from festoon_notifications.outcomes import Bounced, Later, Outcome, Refused
from festoon_notifications.tables import deliveries
from host import AsyncDatabase, JsonObject, iso

CLAIMED, SENT, BOUNCED, REFUSED, LATER = "CLAIMED", "SENT", "BOUNCED", "REFUSED", "LATER"
OVER = frozenset({SENT, BOUNCED, REFUSED})
CLAIM = timedelta(seconds=60)
"""After that long, whoever had claimed a message has died over it."""
KEPT = timedelta(days=90)


@dataclass(frozen=True)
class Record:
    """How one way stands. `tries` is what was tried already."""

    state: str
    tries: int
    why: str | None


def state_of(outcome: Outcome) -> str:
    """The state that an outcome leads to."""
    match outcome:
        case Bounced():
            return BOUNCED
        case Refused():
            return REFUSED
        case Later():
            return LATER
    return SENT


def why_of(outcome: Outcome) -> str | None:
    """The reason of an outcome that is not well."""
    return getattr(outcome, "why", None)


def message_of(asked: Asked, way: Way) -> str:
    """The id under which a way is recorded."""
    return way.once or asked.notification.id


class Records:
    """The deliveries of one host."""

    def __init__(self, database: AsyncDatabase) -> None:
        self._database = database

    async def of(self, asked: Asked, ways: Sequence[Way]) -> dict[str, Record]:
        """What is known of these ways, by key."""
        ids = {message_of(asked, way) for way in ways}
        query = sa.select(deliveries).where(
            deliveries.c.message_id.in_(ids), deliveries.c.way.in_([way.key for way in ways])
        )
        wanted = {(message_of(asked, way), way.key) for way in ways}
        async with self._database.read() as connection:
            rows = (await connection.execute(query)).all()
        return {
            row.way: Record(row.state, row.tries, row.why)
            for row in rows
            if (row.message_id, row.way) in wanted
        }

    async def claim(self, asked: Asked, way: Way, now: datetime) -> bool:
        """Takes a message that is one for many; False while, or since, somebody else has it."""
        key = deliveries.c.message_id == message_of(asked, way), deliveries.c.way == way.key
        free = sa.or_(
            deliveries.c.state == LATER,
            sa.and_(deliveries.c.state == CLAIMED, deliveries.c.at < iso(now - CLAIM)),
        )
        async with self._database.write() as connection:
            again = deliveries.update().where(*key, free).values(state=CLAIMED, at=iso(now))
            if (await connection.execute(again)).rowcount:
                return True
        try:
            async with self._database.write() as connection:
                await connection.execute(
                    deliveries.insert(), self._row(asked, way, CLAIMED, 0, None, now)
                )
        except sa.exc.IntegrityError:
            return False
        return True

    async def keep(
        self,
        asked: Asked,
        results: Sequence[tuple[Way, Outcome, JsonObject | None]],
        known: dict[str, Record],
        now: datetime,
    ) -> None:
        """Writes what came of a try, in one transaction."""
        fresh = []
        async with self._database.write() as connection:
            for way, outcome, sent in results:
                state, why = state_of(outcome), why_of(outcome)
                tries = known[way.key].tries + 1 if way.key in known else 1
                row = self._row(asked, way, state, tries, why, now, sent)
                if way.key in known or way.once:
                    await connection.execute(
                        deliveries.update()
                        .where(
                            deliveries.c.message_id == row["message_id"],
                            deliveries.c.way == way.key,
                        )
                        .values(row)
                    )
                else:
                    fresh.append(row)
            if fresh:
                await connection.execute(deliveries.insert(), fresh)

    async def sweep(self, now: datetime) -> None:
        """Forgets what is old."""
        async with self._database.write() as connection:
            old = deliveries.c.at < iso(now - KEPT)
            await connection.execute(deliveries.delete().where(old))

    def _row(
        self,
        asked: Asked,
        way: Way,
        state: str,
        tries: int,
        why: str | None,
        now: datetime,
        sent: JsonObject | None = None,
    ) -> dict[str, object]:
        return {
            "message_id": message_of(asked, way),
            "way": way.key,
            "user_id": None if way.once else asked.notification.user_id,
            "room_id": asked.room.id if asked.room else None,
            "state": state,
            "tries": tries,
            "why": why,
            "at": iso(now),
            "sent": sent,
        }
