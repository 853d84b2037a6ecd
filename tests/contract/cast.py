"""A room with somebody in every role, and those who are not in it."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

from host.testing.host import Person, TestHost

ROLES = ("ORGANIZER", "MODERATOR", "PARTICIPANT", "VIEWER")
STATES = ("DRAFT", "ACTIVE", "COMPLETED", "CANCELLED")
UNKNOWN = "01jzzzzzzzzzzzzzzzzzzzzzzz"
"""An id that nothing has."""


@dataclass
class Cast:
    """`people` by role in lower case, with `stranger`, `nobody` and `admin`; `parts` are theirs."""

    host: TestHost
    room: dict[str, Any]
    people: dict[str, Person]
    parts: dict[str, dict[str, Any]] = field(default_factory=dict)

    @property
    def path(self) -> str:
        """The path of the room."""
        return f"/rooms/{self.room['id']}"

    @property
    def organizer(self) -> Person:
        """Whose room it is."""
        return self.people["organizer"]

    async def prize(self, quantity: int = 1, **fields: Any) -> dict[str, Any]:
        """A new prize of so many units."""
        body = {"name": "Sled", "quantity": quantity, **fields}
        made: dict[str, Any] = await self.organizer.post(f"{self.path}/prizes", body)
        return made

    async def award(
        self, role: str = "participant", prize: dict[str, Any] | None = None
    ) -> dict[str, Any]:
        """A win of `prize`, or of a new one."""
        prize = prize or await self.prize()
        body = {"participantId": self.parts[role]["id"], "prizeId": prize["id"]}
        won: dict[str, Any] = await self.organizer.post(f"{self.path}/winners", body)
        return won

    async def cast_out(self) -> None:
        """Adds `removed` and `banned`, who were in the room and were put out of it."""
        ids = {}
        for name in ("removed", "banned"):
            person, part = await self.join(name.title())
            self.people = {**self.people, name: person}
            await self.organizer.delete(f"{self.path}/participants/{part['id']}")
            ids[name] = part["id"]
        ban = "UPDATE participants SET banned_at = deleted_at WHERE id = :id"
        await write(self.host, ban, id=ids["banned"])

    async def join(self, name: str = "Guest") -> tuple[Person, dict[str, Any]]:
        """Somebody new, and the participant they became."""
        person = await self.host.guest(name)
        return person, await self.host.join(self.room, person)


class Stage:
    """A host, and people who play in one room after the other."""

    def __init__(self, host: TestHost, people: dict[str, Person]) -> None:
        self.host = host
        self.people = people
        self._shared: Cast | None = None

    @classmethod
    async def of(cls, host: TestHost) -> Stage:
        """New people for every role, and an administrator."""
        names = [role.lower() for role in ROLES] + ["stranger"]
        guests = await asyncio.gather(*(host.guest(name.title()) for name in names))
        people = dict(zip(names, guests, strict=True))
        return cls(host, people | {"nobody": host.nobody, "admin": await host.admin()})

    async def cast(self, *, state: str = "ACTIVE", **fields: Any) -> Cast:
        """A new room in `state`, a private lottery unless `fields` say otherwise."""
        owner = self.people["organizer"]
        cast = Cast(self.host, await self.host.room(owner, **fields), self.people)
        others = [role.lower() for role in ROLES[1:]]
        joined = await asyncio.gather(
            *(self.host.join(cast.room, self.people[name]) for name in others)
        )
        parts = await asyncio.gather(
            *(
                owner.patch(f"{cast.path}/participants/{part['id']}", {"role": name.upper()})
                for name, part in zip(others, joined, strict=True)
            )
        )
        cast.parts = dict(zip(others, parts, strict=True))
        organizers = await owner.get(f"{cast.path}/participants?role=ORGANIZER")
        cast.parts["organizer"] = organizers[0]
        await put(cast, state)
        return cast

    async def shared(self) -> Cast:
        """One open private room for all tests that leave it as it was, but for more prizes."""
        if self._shared is None:
            self._shared = await self.cast()
        return self._shared


async def put(cast: Cast, state: str) -> None:
    """Moves an open room on to a state, by way of the database where there is no way back."""
    if state == "DRAFT":
        await write(
            cast.host, "UPDATE rooms SET status = 'DRAFT' WHERE id = :id", id=cast.room["id"]
        )
        cast.room = await cast.organizer.get(cast.path)
    elif state != "ACTIVE":
        cast.room = await cast.organizer.patch(cast.path, {"status": state})


async def write(host: TestHost, statement: str, **values: Any) -> None:
    """Changes the database behind the host's back."""
    async with host.host.db.write() as conn:
        await conn.execute(sa.text(statement), values)
