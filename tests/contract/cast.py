"""A room with somebody in every role, and those who are not in it."""

from __future__ import annotations

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
    things: dict[str, Any] = field(default_factory=dict)

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

    async def join(self, name: str = "Guest") -> tuple[Person, dict[str, Any]]:
        """Somebody new, and the participant they became."""
        person = await self.host.guest(name)
        return person, await self.host.join(self.room, person)


async def gather_cast(
    host: TestHost, *, admin: Person | None = None, state: str = "ACTIVE", **fields: Any
) -> Cast:
    """A lottery room in `state`, with everybody."""
    people = {role.lower(): await host.guest(role.title()) for role in ROLES}
    people |= {"stranger": await host.guest("Stranger"), "nobody": host.nobody}
    if admin is not None:
        people["admin"] = admin
    owner = people["organizer"]
    cast = Cast(host, await host.room(owner, **fields), people)
    for role in ROLES[1:]:
        part = await host.join(cast.room, people[role.lower()])
        path = f"{cast.path}/participants/{part['id']}"
        cast.parts[role.lower()] = await owner.patch(path, {"role": role})
    everyone = await owner.get(f"{cast.path}/participants?role=ORGANIZER")
    cast.parts["organizer"] = everyone[0]
    await put(cast, state)
    return cast


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
