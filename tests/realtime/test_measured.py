"""What an application is told of a message: when it was read, over which socket, how far away."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, contextmanager
from importlib.metadata import EntryPoint
from typing import Any
from urllib.parse import urlsplit

import pytest
import pytest_asyncio
import sqlalchemy as sa

from host.apps.discovery import GROUP
from host.testing.host import Person
from tests.realtime.evening import until
from tests.realtime.live import Phone, Place, phone, served
from tests.servers.network import network

APPS = [
    EntryPoint("platform", "host.defaults", GROUP),
    EntryPoint("stopwatch", "tests.fixtures.stopwatch", GROUP),
]
DELAY = 0.06

pytestmark = pytest.mark.asyncio(loop_scope="module")


class Hall:
    """Nina in a room of Olga's."""

    part: dict[str, Any]

    def __init__(self, place: Place, olga: Person, room: dict[str, Any], nina: Person) -> None:
        self.place = place
        self.olga = olga
        self.room = room
        self.nina = nina
        self._path = f"/apps/stopwatch/rooms/{room['id']}"

    def socket(self, name: str, after: int | None = None) -> str:
        """The path of one of the application's sockets."""
        return f"{self._path}/{name}" + ("" if after is None else f"?after={after}")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def hall() -> AsyncIterator[Hall]:
    async with served(entry_points=APPS) as place:
        yield await a_hall(place)


async def a_hall(place: Place) -> Hall:
    olga, nina = await place.host.register("Olga"), await place.host.guest("Nina")
    room = await place.host.room(olga, "stopwatch")
    hall = Hall(place, olga, room, nina)
    hall.part = await place.host.join(room, nina)
    return hall


@contextmanager
def asked_of_the_room(hall: Hall) -> Iterator[list[str]]:
    """The statements meanwhile that read rooms or who takes part in them."""
    asked: list[str] = []
    engine = hall.place.host.host.db.engine.sync_engine

    def count(_c: Any, _k: Any, statement: str, *_: Any) -> None:
        # What goes on beside, by a name of its own, is none of theirs.
        if "FROM rooms" in statement or "FROM participants" in statement:
            asked.append(statement)

    sa.event.listen(engine, "before_cursor_execute", count)
    try:
        yield asked
    finally:
        sa.event.remove(engine, "before_cursor_execute", count)


@pytest.fixture
def _long_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing of a room is asked again only because it is some seconds old."""
    for name in ("KEPT_SECONDS", "SURE_SECONDS", "LONGEST_SECONDS"):
        monkeypatch.setattr(f"host.realtime.memory.{name}", 3600.0)


async def look(ear: Phone, **data: Any) -> dict[str, Any]:
    answer: dict[str, Any] = (await ear.ask("stopwatch:look", **data))["data"]
    return answer


async def gone(ear: Phone) -> int:
    """The seq of an event that everybody in the room has got."""
    seq: int = (await ear.ask("stopwatch:go"))["data"]["seq"]
    await until(lambda: seq in ear.seqs)
    return seq


async def test_the_least_round_trip_is_that_of_the_way_and_no_script_is_needed_for_it(
    hall: Hall,
) -> None:
    port = urlsplit(hall.place.url).port
    assert port is not None
    async with network(port) as (between, far):
        between.delay = DELAY
        away = Place(hall.place.host, f"http://127.0.0.1:{far}")
        options = {"origin": hall.place.url}
        async with phone(away, hall.socket("measured", 0), token=hall.nina.token, **options) as ear:
            seq = await gone(ear)
            said = await look(ear, seq=seq)
            # Where the machine stood still for a moment, the least of the first is not the way's.
            async with asyncio.timeout(60):
                while said["path"]["least"] > 2 * DELAY + 0.1:
                    said = await look(ear, seq=await gone(ear))
    path = said["path"]
    assert path["samples"] >= 1
    assert 2 * DELAY <= path["least"] <= 2 * DELAY + 0.1
    assert path["least"] <= path["latest"]
    assert path["spread"] >= 0 <= path["age"]
    # The event went out one way before it was answered over the other.
    assert said["arrived"] - said["heard"] >= 2 * DELAY
    assert said["arrived"] <= said["clock"]


async def test_what_is_sent_again_counts_from_when_it_is(hall: Hall) -> None:
    async with phone(hall.place, hall.socket("measured", 0), token=hall.nina.token) as first:
        seq = await gone(first)
        before = await look(first, seq=seq)
    between = time.monotonic()
    path = hall.socket("measured", seq - 1)
    async with phone(hall.place, path, token=hall.nina.token) as second:
        await until(lambda: seq in second.seqs)
        after = await look(second, seq=seq)
        assert (await look(second, seq=seq + 1))["heard"] is None
        assert (await look(second))["connection"] == after["connection"]
    assert before["heard"] < between < after["heard"] <= after["arrived"]
    assert before["connection"] != after["connection"]


async def test_a_socket_that_is_not_measured_says_so_and_still_when_a_message_came(
    hall: Hall,
) -> None:
    async with phone(hall.place, hall.socket("plain", 0), token=hall.nina.token) as ear:
        seq = await gone(ear)
        before = time.monotonic()
        said = await look(ear, seq=seq)
    assert (said["path"], said["heard"]) == (None, None)
    assert before <= said["arrived"] <= said["clock"]
    assert said["connection"]


async def test_under_another_server_there_is_no_path_and_the_rest_is_as_good_as_it_can_be() -> None:
    async with served(entry_points=APPS, engine="websockets-sansio") as place:
        hall = await a_hall(place)
        async with phone(place, hall.socket("measured", 0), token=hall.nina.token) as ear:
            seq = await gone(ear)
            said = await look(ear, seq=seq)
    assert said["path"] is None
    assert said["heard"] <= said["arrived"] <= said["clock"]


@pytest.mark.usefixtures("_long_memory")
async def test_messages_over_an_applications_socket_need_not_ask_the_database(hall: Hall) -> None:
    async with phone(hall.place, hall.socket("measured", 0), token=hall.nina.token) as ear:
        await look(ear)
        await look(ear)
        with asked_of_the_room(hall) as asked:
            for _ in range(20):
                await look(ear)
        assert asked == []
        # And still nobody is believed to be who they are no more.
        await hall.olga.delete(f"/rooms/{hall.room['id']}/participants/{hall.part['id']}")
        answer = await ear.ask("stopwatch:look")
        assert answer["error"]["code"] == "NOT_FOUND"


@pytest.mark.usefixtures("_long_memory")
async def test_a_hall_that_speaks_at_once_after_a_silence_is_looked_up_together(hall: Hall) -> None:
    host = hall.place.host
    people = [await host.guest(f"Guest {number}") for number in range(12)]
    parts = [await host.join(hall.room, person) for person in people]
    memory = host.host.core.hub.memory
    async with AsyncExitStack() as stack:
        ears = [
            await stack.enter_async_context(
                phone(hall.place, hall.socket("measured", 0), token=person.token)
            )
            for person in people
        ]
        for ear in ears:
            await look(ear)
        await until(lambda: memory(hall.room["id"]) is not None)
        known = memory(hall.room["id"])
        assert known is not None
        known.forget()
        with asked_of_the_room(hall) as asked:
            await asyncio.gather(*map(look, ears))
        # Not once more for each who asks. What the host does beside may ask for the room as well.
        assert sum("FROM rooms" in statement for statement in asked) < len(ears) / 2
        # Who is there no more is refused, though the others are let in by the same question.
        await hall.olga.delete(f"/rooms/{hall.room['id']}/participants/{parts[0]['id']}")
        known.forget()
        answers = await asyncio.gather(*(ear.ask("stopwatch:look") for ear in ears))
        assert ["error" in answer for answer in answers] == [True] + [False] * 11
