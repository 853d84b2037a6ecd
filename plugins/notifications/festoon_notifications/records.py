"""What was handed to which way: so that a retry never repeats one that has it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from festoon_notifications.channels.base import Asked, Way
from festoon_notifications.outcomes import Bounced, Later, Outcome, Refused
from festoon_notifications.tables import deliveries
from festoon_notifications.together import Together
from host import AsyncDatabase, JsonObject, iso

CLAIMED, SENT, BOUNCED, REFUSED, LATER = "CLAIMED", "SENT", "BOUNCED", "REFUSED", "LATER"
OVER = frozenset({SENT, BOUNCED, REFUSED})
CLAIM = timedelta(seconds=60)
"""After that long, whoever had claimed a message has died over it."""
KEPT = timedelta(days=90)
Key = tuple[str, str]
"""Of a message and a way."""


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


@dataclass(frozen=True)
class Change:
    """Rows of one try: those that nobody has written before, and the others."""

    new: list[dict[str, Any]] = field(default_factory=list)
    changed: list[dict[str, Any]] = field(default_factory=list)


class Records:
    """The deliveries of one host."""

    def __init__(self, database: AsyncDatabase) -> None:
        self._database = database
        self._reading = Together(self._read)
        self._writing = Together(self._write)

    async def of(self, asked: Asked, ways: Sequence[Way]) -> dict[str, Record]:
        """What is known of these ways, by key."""
        wanted = [(message_of(asked, way), way.key) for way in ways]
        found = await self._reading.ask(wanted) if wanted else {}
        return {way: record for (_, way), record in found.items()}

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
        """Writes what came of a try, together with what came of others."""
        change = Change()
        for way, outcome, sent in results:
            tries = known[way.key].tries + 1 if way.key in known else 1
            row = self._row(asked, way, state_of(outcome), tries, why_of(outcome), now, sent)
            there = way.key in known or way.once
            (change.changed if there else change.new).append(row)
        await self._writing.ask(change)

    async def _read(self, wanted: Sequence[Sequence[Key]]) -> list[dict[Key, Record]]:
        query = sa.select(deliveries).where(
            deliveries.c.message_id.in_({message_id for one in wanted for message_id, _ in one})
        )
        async with self._database.read() as connection:
            rows = (await connection.execute(query)).all()
        found = {(row.message_id, row.way): Record(row.state, row.tries, row.why) for row in rows}
        return [{key: found[key] for key in one if key in found} for one in wanted]

    async def _write(self, changes: Sequence[Change]) -> list[None]:
        try:
            await self._write_all(changes)
        except sa.exc.IntegrityError:
            # Somebody else has written one of them; the others are not to suffer for it.
            for one in changes:
                await self._write_all([Change([], [*one.new, *one.changed])])
        return [None] * len(changes)

    async def _write_all(self, changes: Sequence[Change]) -> None:
        new = [row for one in changes for row in one.new]
        async with self._database.write() as connection:
            for row in (row for one in changes for row in one.changed):
                same = (
                    deliveries.c.message_id == row["message_id"],
                    deliveries.c.way == row["way"],
                )
                changed = deliveries.update().where(*same).values(row)
                if not (await connection.execute(changed)).rowcount:
                    await connection.execute(deliveries.insert(), row)
            if new:
                await connection.execute(deliveries.insert(), new)

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
    ) -> dict[str, Any]:
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
