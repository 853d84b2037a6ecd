"""Fills the database that every server gets a copy of.

usage: python -m benchmarks.rest.seed SIZES, a JSON object by the names of `content.Sizes`; the
configuration in the environment as for `festoon serve`. Prints the ids as one line of JSON.
"""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from benchmarks.rest.content import Person, Sizes
from host.access import Actor
from host.apps.migrate import migrate_all
from host.config import Config
from host.ids import Sources
from host.main import Host
from host.store.tables import participants, prizes, rooms, sessions, users, winners

TOGETHER = 500
Row = dict[str, Any]


class Seeder:
    """Rooms are made by the services, the many rows in them in bulk."""

    def __init__(self, host: Host, sizes: Sizes) -> None:
        self._host = host
        self._sizes = sizes
        self._sources = Sources()
        self._now = datetime.now(UTC).replace(microsecond=0)
        self._organizers = 0

    async def fill(self) -> dict[str, object]:
        """Everything; the ids that the calls need."""
        sizes = self._sizes
        readers = await self._people("Guest", max(sizes.people, sizes.entrants))
        newcomers = await self._people("Newcomer", sizes.newcomers)
        owner = await self._organizer()
        for number in range(sizes.rooms):
            room = await self._room(owner, f"Evening {number}")
            await self._join(room, readers[number % 7 : number % 7 + 12])
        main = await self._room(owner, "The room that is read")
        people = await self._join(main, readers[: sizes.people])
        fund = await self._prizes(main, sizes.prizes, 2)
        await self._award(main, people[: sizes.winners], fund)
        hall = await self._room(owner, "The hall that fills")
        drawn = [
            await self._draw_room(await self._organizer(), readers, sizes.draw_prizes)
            for _ in range(sizes.draw_rooms)
        ]
        single = await self._draw_room(await self._organizer(), readers, sizes.single_prizes)
        return {
            "room": main,
            "hall": hall,
            "readers": readers[: sizes.people],
            "newcomers": newcomers,
            "draw_rooms": drawn,
            "single": single,
        }

    async def _draw_room(self, owner: Actor, readers: Sequence[Person], kinds: int) -> Row:
        room = await self._room(owner, "A room with a draw")
        await self._join(room, readers[: self._sizes.entrants])
        fund = await self._prizes(room, kinds, self._sizes.units)
        assert owner.user is not None
        (session,) = await self._sessions([owner.user.id])
        return {"room": room, "organizer": (owner.user.id, session), "prizes": fund}

    async def _organizer(self) -> Actor:
        self._organizers += 1
        address = f"organizer-{self._organizers}@festoon.example"
        user = await self._host.services.identity.create_account(
            address, "an evening to measure", name="Olga"
        )
        return Actor(user=user)

    async def _room(self, owner: Actor, name: str) -> str:
        services = self._host.services
        created = await services.rooms.create(
            owner, {"name": name, "appId": "lottery", "isPublic": True, "description": "x" * 80}
        )
        room_id = created.room.id
        await services.rooms.change(owner, room_id, {"status": "ACTIVE"})
        # The platform's own draw: what the peers can do as well, without an application's rules.
        await services.room_apps.delegate(owner, room_id, {"winnerSelection": None})
        return room_id

    async def _people(self, name: str, count: int) -> list[Person]:
        ids = [self._sources.new_id() for _ in range(count)]
        rows = (
            {
                "id": user_id,
                "name": f"{name} {number}",
                "avatar": f"https://pictures.festoon.example/{user_id}.png",
                "is_guest": True,
                "is_admin": False,
                "created_at": self._now,
                "updated_at": self._now,
            }
            for number, user_id in enumerate(ids)
        )
        await self._insert(users, rows)
        return list(zip(ids, await self._sessions(ids), strict=True))

    async def _sessions(self, user_ids: Sequence[str]) -> list[str]:
        ids = [self._sources.new_id() for _ in user_ids]
        rows = (
            {
                "id": session_id,
                "user_id": user_id,
                "method": "guest",
                "created_at": self._now,
                "seen_at": self._now,
                "expires_at": self._now + timedelta(days=30),
            }
            for session_id, user_id in zip(ids, user_ids, strict=True)
        )
        await self._insert(sessions, rows)
        return ids

    async def _join(self, room_id: str, people: Sequence[Person]) -> list[str]:
        ids = [self._sources.new_id() for _ in people]
        rows = (
            {
                "id": participant_id,
                "room_id": room_id,
                "user_id": user_id,
                "role": "PARTICIPANT",
                "metadata": {"table": number % 20},
                "joined_at": self._now + timedelta(milliseconds=number),
                "updated_at": self._now,
                "name_key": f"guest{number}",
            }
            for number, (participant_id, (user_id, _)) in enumerate(zip(ids, people, strict=True))
        )
        await self._insert(participants, rows)
        await self._counted(room_id, participant_count=rooms.c.participant_count + len(people))
        return ids

    async def _prizes(self, room_id: str, kinds: int, units: int) -> list[str]:
        ids = [self._sources.new_id() for _ in range(kinds)]
        rows = (
            {
                "id": prize_id,
                "room_id": room_id,
                "name": f"Prize {number}",
                "description": "A basket of good things for a long evening",
                "image_url": None,
                "quantity": units,
                "awarded": 0,
                "metadata": {"donor": "The house"},
                "created_at": self._now + timedelta(milliseconds=number),
                "updated_at": self._now,
            }
            for number, prize_id in enumerate(ids)
        )
        await self._insert(prizes, rows)
        await self._counted(room_id, prize_count=rooms.c.prize_count + kinds)
        return ids

    async def _award(self, room_id: str, people: Sequence[str], fund: Sequence[str]) -> None:
        rows = (
            {
                "id": self._sources.new_id(),
                "room_id": room_id,
                "participant_id": participant_id,
                "prize_id": fund[number % len(fund)],
                "metadata": {},
                "created_at": self._now + timedelta(milliseconds=number),
            }
            for number, participant_id in enumerate(people)
        )
        await self._insert(winners, rows)
        async with self._host.db.write() as conn:
            held = sa.select(sa.func.count()).where(winners.c.prize_id == prizes.c.id)
            await conn.execute(
                prizes.update()
                .where(prizes.c.room_id == room_id)
                .values(awarded=held.scalar_subquery())
            )
        await self._counted(room_id, winner_count=len(people), winner_revision=len(people))

    async def _counted(self, room_id: str, **counts: Any) -> None:
        async with self._host.db.write() as conn:
            await conn.execute(rooms.update().where(rooms.c.id == room_id).values(**counts))

    async def _insert(self, table: sa.Table, rows: Iterable[Row]) -> None:
        async with self._host.db.write() as conn:
            await _in_pieces(conn, table, list(rows))


async def _in_pieces(conn: AsyncConnection, table: sa.Table, rows: Sequence[Row]) -> None:
    for first in range(0, len(rows), TOGETHER):
        await conn.execute(table.insert(), rows[first : first + TOGETHER])


async def _seed(config: Config, sizes: Sizes) -> dict[str, object]:
    await migrate_all(config)
    host = Host(config)
    await host.start()
    try:
        return await Seeder(host, sizes).fill()
    finally:
        await host.stop()


if __name__ == "__main__":
    print(json.dumps(asyncio.run(_seed(Config.load(), Sizes(**json.loads(sys.argv[1]))))))
