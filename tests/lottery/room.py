"""A room of the lottery on a real host: its people, its prizes, and what they fetch to check."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import sqlalchemy as sa

from festoon_lottery import verify
from host.ids import Sources
from host.testing import running_host
from host.testing.host import Person, TestHost

Json = dict[str, Any]
PATIENCE = 30.0


@dataclass
class Clock:
    """A host's clock that a test turns."""

    now: datetime = field(default_factory=lambda: datetime.now(UTC).replace(microsecond=0))

    def turn(self, seconds: float) -> None:
        """So many seconds pass."""
        self.now += timedelta(seconds=seconds)


@dataclass
class LotteryRoom:
    """A room, whose it is, and its guests in the order in which they came."""

    host: TestHost
    organizer: Person
    room: Json
    guests: list[Person] = field(default_factory=list)
    parts: list[Json] = field(default_factory=list)

    @property
    def path(self) -> str:
        """The room's path below the API."""
        return f"/rooms/{self.room['id']}"

    async def come(self, count: int) -> None:
        """So many guests more join."""
        for _ in range(count):
            guest = await self.host.guest(f"Guest {len(self.guests)}")
            self.guests.append(guest)
            self.parts.append(await self.host.join(self.room, guest))

    async def prize(self, name: str = "Tea", quantity: int = 1) -> Json:
        """A prize more."""
        made: Json = await self.organizer.post(
            f"{self.path}/prizes", {"name": name, "quantity": quantity}
        )
        return made

    async def draw(self, prize: Json | None = None, count: int = 1) -> list[Json]:
        """Presses Draw; the winners."""
        body = {"count": count} | ({"prizeId": prize["id"]} if prize else {})
        won: list[Json] = await self.organizer.post(f"{self.path}/draws", body)
        return won

    async def send(self, action: str, person: Person | None = None, **data: Any) -> Json:
        """What the organizer, or somebody else, sends over the room's socket."""
        return await self.host.send(person or self.organizer, self.room, f"lottery:{action}", data)

    async def fetch(self, page: str, person: Person | None = None) -> httpx.Response:
        """One of the lottery's addresses in the room."""
        token = (person or self.organizer).token
        return await self.host.client.get(
            f"/apps/lottery/rooms/{self.room['id']}/{page}",
            headers={"Authorization": f"Bearer {token}"},
        )

    async def proof(self, number: int | None = None) -> Json:
        """The proof as whoever downloads it has it."""
        answer = await self.fetch("proof.json" + (f"?round={number}" if number else ""))
        assert answer.status_code == 200, answer.text
        found: Json = verify.read(answer.text)
        return found

    async def receipt(self, person: Person) -> Json | None:
        """Somebody's receipt, or None where they have none."""
        answer = await self.fetch("receipt.json", person)
        if answer.status_code == 404:
            return None
        assert answer.status_code == 200, answer.text
        found: Json = json.loads(answer.text)
        return found

    async def revealed(self, number: int | None = None) -> Json:
        """The proof once its seed is told."""
        return await self.proof_that(lambda found: found["seed"] is not None, number)

    async def proof_that(self, is_so: Callable[[Json], bool], number: int | None = None) -> Json:
        """The proof once something is so of it."""
        ends = time.monotonic() + PATIENCE
        while time.monotonic() < ends:
            if is_so(found := await self.proof(number)):
                return found
            await asyncio.sleep(0.05)
        raise AssertionError("the proof was not as it should be in time")

    async def opened(self, number: int) -> None:
        """Returns when a round is the latest."""
        ends = time.monotonic() + PATIENCE
        while time.monotonic() < ends:
            answer = await self.fetch("proof.json")
            log = answer.json().get("log")
            if log and log[0]["data"]["round"] == number:
                return
            await asyncio.sleep(0.05)
        raise AssertionError(f"round {number} was not opened in time")

    async def events(self, *names: str) -> list[Json]:
        """The room's events with these names."""
        found = await self.organizer.get(f"{self.path}/events?after=0&limit=100")
        return [one for one in found if one["event"] in names]

    async def sql(self, statement: str, **values: Any) -> Sequence[Any]:
        """What somebody who can write to the database does."""
        async with self.host.host.db.write() as connection:
            done = await connection.execute(sa.text(statement), values)
            return done.all() if done.returns_rows else ()


def kinds(proof: Json) -> list[str]:
    """What the log of a proof tells of."""
    return [entry["kind"] for entry in proof["log"]]


@asynccontextmanager
async def lottery_room(
    *,
    guests: int = 0,
    database_url: str | None = None,
    clock: Clock | None = None,
    active: bool = True,
    host: Mapping[str, Any] | None = None,
    **settings: Any,
) -> AsyncIterator[LotteryRoom]:
    """A room with these settings of the lottery on a host of its own, which asks no beacon.

    `host` are fields of its `Config`.
    """
    sources = Sources(now=lambda: clock.now) if clock else None
    values = {"apps": {"LOTTERY_BEACON_URL": "off"}, **(host or {})}
    async with running_host(database_url=database_url, sources=sources, **values) as running:
        organizer = await running.register("Olga")
        room = await running.room(organizer, "lottery", appSettings=settings, active=active)
        made = LotteryRoom(running, organizer, room)
        if active:
            await made.opened(1)
        await made.come(guests)
        yield made
