"""Messages to applications: answered from memory, and never from what is no longer so."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AsyncExitStack, contextmanager
from importlib.metadata import EntryPoint
from typing import Any

import pytest
import sqlalchemy as sa

from host.apps.discovery import GROUP
from host.store.engine import Database
from host.testing.host import Person
from tests.realtime.evening import A_SECOND, until
from tests.realtime.live import Phone, Place, phone, served
from tests.servers.redis import Redis

APPS = [
    EntryPoint("platform", "host.defaults", GROUP),
    EntryPoint("mirror", "tests.fixtures.mirror", GROUP),
    EntryPoint("lottery", "festoon_lottery", GROUP),
]


class Hall:
    """Nina's socket at one host, and Olga's calls to a host that may be another."""

    def __init__(self, here: Place, olga: Person, room: dict[str, Any], nina: Person) -> None:
        self.here = here
        self.olga = olga
        self.room = room
        self.path = f"/rooms/{room['id']}"
        self.nina = nina
        self.phone: Phone
        self.same = False

    async def say(self) -> dict[str, Any]:
        """What the application answers Nina."""
        return await self.phone.ask("mirror:look", roomId=self.room["id"])

    async def holds(self, condition: Callable[[dict[str, Any]], bool]) -> None:
        """At once at the host that made the change, within a second at another."""
        answer = await self.say()
        deadline = asyncio.get_running_loop().time() + A_SECOND
        while not condition(answer):
            assert not self.same, answer
            assert asyncio.get_running_loop().time() < deadline, answer
            answer = await self.say()


@pytest.fixture(params=["here", "at another host"])
async def hall(request: pytest.FixtureRequest) -> AsyncIterator[Hall]:
    same = request.param == "here"
    async with AsyncExitStack() as stack:
        values: dict[str, Any] = {"entry_points": APPS}
        if not same:
            redis: Redis = request.getfixturevalue("redis")
            values |= {
                "database_url": request.getfixturevalue("postgresql_url"),
                "channels_url": redis.url,
                "public_url": "http://evening.example",
            }
        there = await stack.enter_async_context(served(**values))
        here = there if same else await stack.enter_async_context(served(**values))
        olga = await there.host.register("Olga")
        room = await there.host.room(olga, "lottery")
        await olga.post(f"/rooms/{room['id']}/apps", {"appId": "mirror"})
        nina = await there.host.guest("Nina")
        part = await there.host.join(room, nina)
        hall = Hall(here, olga, room, nina)
        hall.room["part"] = part["id"]
        hall.same = same
        hall.phone = await stack.enter_async_context(phone(here, token=nina.token))
        await hall.phone.ask("room:subscribe", roomId=room["id"])
        yield hall


@contextmanager
def counted_reads(db: Database) -> Iterator[list[str]]:
    """The statements that a host sends while this lasts."""
    sent: list[str] = []

    def note(_c: Any, _cursor: Any, statement: str, *_: Any) -> None:
        sent.append(statement)

    engine = db.engine.sync_engine
    sa.event.listen(engine, "before_cursor_execute", note)
    yield sent
    sa.event.remove(engine, "before_cursor_execute", note)


async def test_a_message_after_the_first_asks_the_database_nothing(hall: Hall) -> None:
    first = await hall.say()
    assert first["data"]["colour"] == "grey"
    with counted_reads(hall.here.host.host.db) as sent:
        for _ in range(20):
            assert (await hall.say())["data"] == first["data"]
    about_rooms = [s for s in sent if "rooms" in s or "participants" in s]
    assert not about_rooms


async def test_who_was_removed_is_not_answered(hall: Hall) -> None:
    await hall.olga.patch(hall.path, {"isPublic": False})
    await hall.say()
    await hall.olga.delete(f"{hall.path}/participants/{hall.room['part']}")
    await hall.holds(lambda answer: answer.get("error", {}).get("code") == "NOT_FOUND")


CHANGES: dict[str, tuple[Callable[[Hall], Awaitable[Any]], Callable[[dict[str, Any]], bool]]] = {
    "an application that is switched off": (
        lambda hall: hall.olga.patch(f"{hall.path}/apps/mirror", {"enabled": False}),
        lambda answer: answer.get("error", {}).get("code") == "NOT_FOUND",
    ),
    "an application that is taken out": (
        lambda hall: hall.olga.delete(f"{hall.path}/apps/mirror"),
        lambda answer: answer.get("error", {}).get("code") == "NOT_FOUND",
    ),
    "settings": (
        lambda hall: hall.olga.patch(f"{hall.path}/apps/mirror", {"settings": {"colour": "blue"}}),
        lambda answer: answer["data"]["colour"] == "blue",
    ),
    "the room's name": (
        lambda hall: hall.olga.patch(hall.path, {"name": "Old Year"}),
        lambda answer: answer["data"]["name"] == "Old Year",
    ),
    "a role": (
        lambda hall: hall.olga.patch(
            f"{hall.path}/participants/{hall.room['part']}", {"role": "MODERATOR"}
        ),
        lambda answer: answer["data"]["role"] == "MODERATOR",
    ),
    "metadata": (
        lambda hall: hall.olga.patch(
            f"{hall.path}/participants/{hall.room['part']}", {"metadata": {"table": 7}}
        ),
        lambda answer: answer["data"]["metadata"] == {"table": 7},
    ),
    "a deleted room": (
        lambda hall: hall.olga.delete(hall.path),
        lambda answer: answer.get("error", {}).get("code") == "NOT_FOUND",
    ),
}


@pytest.mark.parametrize("what", CHANGES)
async def test_a_change_counts_for_the_next_message(hall: Hall, what: str) -> None:
    change, is_done = CHANGES[what]
    before = await hall.say()
    assert "data" in before
    assert not is_done(before)
    await change(hall)
    await hall.holds(is_done)


async def test_who_joins_is_a_participant_with_the_next_message(hall: Hall) -> None:
    await hall.olga.patch(hall.path, {"isPublic": True})
    otto = await hall.here.host.guest("Otto")
    async with phone(hall.here, token=otto.token) as looking_on:
        await looking_on.ask("room:subscribe", roomId=hall.room["id"])
        first = await looking_on.ask("mirror:look", roomId=hall.room["id"])
        assert (first["data"]["role"], first["data"]["people"]) == (None, 2)
        await hall.here.host.join(hall.room, otto)
        then = await looking_on.ask("mirror:look", roomId=hall.room["id"])
        assert (then["data"]["role"], then["data"]["people"]) == ("PARTICIPANT", 3)


async def test_while_nothing_can_be_heard_nothing_is_remembered(
    postgresql_url: str, redis: Redis
) -> None:
    values: dict[str, Any] = {
        "entry_points": APPS,
        "database_url": postgresql_url,
        "channels_url": redis.url,
        "public_url": "http://evening.example",
    }
    async with served(**values) as there, served(**values) as here:
        olga = await there.host.register("Olga")
        room = await there.host.room(olga, "mirror")
        async with phone(here, token=olga.token) as ear:

            async def name() -> str:
                answer = await ear.ask("mirror:look", roomId=room["id"])
                return str(answer["data"]["name"])

            await ear.ask("room:subscribe", roomId=room["id"])
            assert await name() == "New Year"
            redis.kill()
            channels = here.host.host.channels
            await until(lambda: not channels.healthy)
            for new in ("Old Year", "Any Year"):
                await olga.patch(f"/rooms/{room['id']}", {"name": new})
                assert await name() == new
            redis.start()
            await until(lambda: channels.healthy, 30)
            assert await name() == "Any Year"
            await olga.patch(f"/rooms/{room['id']}", {"name": "Next Year"})
            async with asyncio.timeout(30):
                while await name() != "Next Year":
                    pass
