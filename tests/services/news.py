"""A room in which an application brings notifications, on a clock that a test moves."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from importlib.metadata import EntryPoint
from typing import Any

import sqlalchemy as sa

from host.access import Actor
from host.apps.discovery import GROUP
from host.ids import Sources
from host.store import sending, users
from host.store import tables as t
from host.testing.host import Person, TestHost, running_host
from tests.fixtures.postbox import ANSWERS, BROUGHT
from tests.remote.conftest import until

APPS = (
    EntryPoint("platform", "host.defaults", GROUP),
    EntryPoint("lottery", "festoon_lottery", GROUP),
    EntryPoint("postbox", "tests.fixtures.postbox", GROUP),
)
NOON = datetime(2026, 12, 31, 12, tzinfo=UTC)


@dataclass
class Clock:
    """Goes on with the machine's, from noon of a day; a test moves it."""

    ahead: timedelta = field(default_factory=lambda: NOON - datetime.now(UTC))

    def now(self) -> datetime:
        return datetime.now(UTC) + self.ahead


@dataclass
class Party:
    """An open room in which an application brings notifications, and who is in it."""

    host: TestHost
    clock: Clock
    olga: Person
    masha: Person
    room: dict[str, Any]

    @property
    def path(self) -> str:
        return f"/rooms/{self.room['id']}"

    async def settled(self) -> None:
        """Waits until nothing is left to be brought now."""

        async def done() -> bool:
            async with self.host.host.db.read() as connection:
                due = await sending.next_due(connection)
                jobs = await connection.execute(
                    sa.select(t.jobs.c.id).where(
                        t.jobs.c.parked_at.is_(None), t.jobs.c.run_at <= self.clock.now()
                    )
                )
                # What somebody has just now is theirs for less than a minute.
                later = self.clock.now() + timedelta(minutes=1)
                return not jobs.all() and (due is None or due > later)

        await until(done)

    async def states(self) -> dict[str, str]:
        """The state of each delivery, by the notification's title."""
        query = sa.select(t.notifications.c.title, t.notification_deliveries.c.state).join(
            t.notification_deliveries,
            sa.and_(
                t.notification_deliveries.c.notification_id == t.notifications.c.id,
                t.notification_deliveries.c.user_id == t.notifications.c.user_id,
            ),
        )
        async with self.host.host.db.read() as connection:
            return {row.title: row.state for row in await connection.execute(query)}


@asynccontextmanager
async def party_on(database_url: str) -> AsyncIterator[Party]:
    """The room, with Olga who runs it and Masha who is in it."""
    BROUGHT.clear()
    ANSWERS.clear()
    clock = Clock()
    async with running_host(
        database_url=database_url,
        entry_points=APPS,
        sources=Sources(now=clock.now),
        limits="off,notices_per_app=7",
    ) as running:
        running.host.services.deliverer.first_pause = 0.01
        olga, masha = await running.register("Olga"), await running.guest("Masha")
        room = await running.room(olga)
        made = Party(running, clock, olga, masha, room)
        await running.join(room, masha)
        await olga.post(f"{made.path}/apps", {"appId": "postbox"})
        await olga.put(f"{made.path}/delegations", {"notifications": "postbox"})
        yield made


async def length(found: list[Any], wanted: int) -> bool:
    """Whether there are so many by now."""
    return len(found) >= wanted


async def has_state(party: Party, title: str, state: str) -> bool:
    """Whether the delivery of what is called so is in this state."""
    return (await party.states()).get(title) == state


async def parked(party: Party) -> list[str]:
    """The ids of deliveries that were given up."""
    table = t.notification_deliveries
    async with party.host.host.db.read() as connection:
        query = sa.select(table.c.id).where(table.c.state == "PARKED")
        return list((await connection.execute(query)).scalars())


async def admin_of(party: Party) -> Actor:
    """An administrator of the host."""
    admin = await party.host.admin()
    async with party.host.host.db.read() as connection:
        account = await users.get(connection, admin.id or "")
    assert account
    return Actor(account.user, is_admin=True)
