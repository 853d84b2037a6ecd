"""Many calls at the same moment, at one host or spread over several on the same database."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

import httpx

from host.store.engine import Database
from host.testing.host import Person, TestHost, running_host
from tests.services import invariants

CROWD = 50

Call = tuple[Person, str, str, Any]
"""Who, the method, the path below `/api/v1`, the body."""


class Crowd:
    """An evening at `hosts`, of which each call takes the next."""

    def __init__(self, hosts: Sequence[TestHost]) -> None:
        self.hosts = hosts
        self._rooms: list[str] = []

    @property
    def db(self) -> Database:
        """The database that the hosts share."""
        return self.hosts[0].host.db

    def at(self, person: Person, number: int) -> Person:
        """The same person at another host."""
        host = self.hosts[number % len(self.hosts)]
        signed_in = {
            "user": {"id": person.id, "name": person.name},
            "accessToken": person.token,
            "refreshToken": person.refresh_token,
        }
        return Person(host.client, signed_in)

    async def organizer(self) -> Person:
        """Someone with an account."""
        return await self.hosts[0].register("Olga")

    async def guests(self, count: int) -> list[Person]:
        """People with just a name."""
        host = self.hosts[0]
        return list(await asyncio.gather(*(host.guest(f"Guest {n}") for n in range(count))))

    async def room(self, owner: Person, **fields: Any) -> dict[str, Any]:
        """An open room; it is checked when the crowd goes home."""
        room = await self.hosts[0].room(owner, **fields)
        self._rooms.append(room["id"])
        return room

    async def joined(self, room: dict[str, Any], count: int) -> list[dict[str, Any]]:
        """So many new participants."""
        people = await self.guests(count)
        body = {"joinCode": room["joinCode"]}
        path = f"/rooms/{room['id']}/participants"
        answers = await self.rush((guest, "POST", path, body) for guest in people)
        return [answer.json()["data"] for answer in answers]

    async def prize(self, owner: Person, room: dict[str, Any], quantity: int = 1) -> dict[str, Any]:
        """A prize of so many units."""
        body = {"name": "Bicycle", "quantity": quantity}
        prize: dict[str, Any] = await owner.post(f"/rooms/{room['id']}/prizes", body)
        return prize

    async def rush(self, calls: Iterable[Call]) -> list[httpx.Response]:
        """All calls at once; their answers in the order of the calls."""
        return await asyncio.gather(
            *(
                self.at(person, number).call(method, path, body)
                for number, (person, method, path, body) in enumerate(calls)
            )
        )

    async def check(self, room: dict[str, Any]) -> invariants.Records:
        """Asserts that no promise is broken in the room."""
        return await invariants.check(self.db, room["id"])

    async def leave(self) -> None:
        """Asserts it of every room, and that all events were announced."""
        for room_id in self._rooms:
            await invariants.check(self.db, room_id)


def outcomes(answers: Iterable[httpx.Response]) -> Counter[str]:
    """How often each outcome came: `201`, `409 PRIZE_EXHAUSTED`."""
    return Counter(
        f"{a.status_code} {a.json()['error']['code']}" if a.is_error else str(a.status_code)
        for a in answers
    )


def refusals(answers: Iterable[httpx.Response]) -> set[int]:
    """The statuses of those that were refused."""
    return {a.status_code for a in answers if a.is_error}


@asynccontextmanager
async def crowd_on(database_url: str, hosts: int, **values: Any) -> AsyncIterator[Crowd]:
    """A crowd at so many hosts on one migrated database.

    At the end every room keeps its promises, and stopped hosts leave no event unannounced.
    """
    async with AsyncExitStack() as stack:
        running = [
            await stack.enter_async_context(running_host(database_url=database_url, **values))
            for _ in range(hosts)
        ]
        crowd = Crowd(running)
        yield crowd
        await crowd.leave()
    after = Database(database_url)
    try:
        assert await invariants.outbox_rows(after) == 0
    finally:
        await after.close()
