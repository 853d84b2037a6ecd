"""A person who goes is forgotten everywhere, and what was drawn and won stays provable."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from importlib.metadata import EntryPoint
from typing import Any

import pytest
import sqlalchemy as sa

from host.apps.discovery import GROUP
from host.apps.migrate import migrate_all
from host.config import Config
from host.services.writer import RoomTransaction
from host.store.tables import metadata
from host.testing.host import PASSWORD, SECRET, Person, TestHost, running_host
from tests.contract.answers import error
from tests.fixtures import keeper

APPS = [
    EntryPoint("platform", "host.defaults", GROUP),
    EntryPoint("keeper", "tests.fixtures.keeper", GROUP),
    EntryPoint("lottery", "festoon_lottery", GROUP),
    EntryPoint("notifications", "festoon_notifications", GROUP),
]
NAME, TABLE, SECONDS = "Masha Unmistakable", "the table by the window", 30


@pytest.fixture(autouse=True)
def _well() -> None:
    keeper.ASKED.clear()
    keeper.TROUBLE.clear()


@pytest.fixture
async def url(database_url: str) -> str:
    await migrate_all(Config(database_url=database_url, secret_key=SECRET), entry_points=APPS)
    return database_url


@pytest.fixture
async def host(url: str) -> AsyncIterator[TestHost]:
    async with _host(url) as running:
        yield running


@asynccontextmanager
async def _host(url: str) -> AsyncIterator[TestHost]:
    async with running_host(database_url=url, entry_points=APPS) as running:
        yield running


@dataclass
class Evening:
    """A room in which Masha won, and told the organizer where she sits."""

    olga: Person
    masha: Person
    room: dict[str, Any]
    part: dict[str, Any]
    winner: dict[str, Any]

    @property
    def path(self) -> str:
        return f"/rooms/{self.room['id']}"


async def _evening(host: TestHost) -> Evening:
    olga, masha = await host.register("Olga"), await host.register(NAME)
    await masha.patch(f"/users/{masha.id}", {"avatar": "https://example.com/unmistakable.png"})
    room = await host.room(olga)
    body = {"joinCode": room["joinCode"], "metadata": {"seat": TABLE}}
    part = await masha.post(f"/rooms/{room['id']}/participants", body)
    prize = await olga.post(f"/rooms/{room['id']}/prizes", {"name": "Sled"})
    (winner,) = await olga.post(f"/rooms/{room['id']}/draws", {"prizeId": prize["id"]})
    evening = Evening(olga, masha, room, part, winner)
    path = f"{evening.path}/participants/{part['id']}"
    await olga.patch(path, {"metadata": {"seat": TABLE, "note": "late"}})
    await olga.patch(path, {"role": "MODERATOR"})
    await masha.patch(f"/users/{masha.id}", {"name": NAME})

    async def tell(tx: RoomTransaction) -> None:
        tx.emit("keeper:called", {"who": NAME, "participantId": part["id"]})
        tx.emit("keeper:sent", {"text": TABLE}, audience=f"user:{masha.id}")

    await host.host.core.writer.write(room["id"], tell)
    return evening


async def _traces(host: TestHost, words: tuple[str, ...]) -> list[str]:
    found = []
    async with host.host.db.read() as connection:
        for table in metadata.sorted_tables:
            rows = (await connection.execute(sa.select(table))).all()
            found += [f"{table.name}: {row}" for row in rows if any(w in str(row) for w in words)]
    return found


async def _until(holds: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(SECONDS):
        while not await holds():  # noqa: ASYNC110 - what it waits for is in a database
            await asyncio.sleep(0.02)


async def _jobs(host: TestHost) -> list[str]:
    async with host.host.db.read() as connection:
        return list((await connection.execute(sa.text("SELECT kind FROM jobs"))).scalars())


async def _none_left(host: TestHost) -> None:
    async def done() -> bool:
        return await _jobs(host) == []

    await _until(done)


async def test_nothing_is_left_of_who_they_were_in_any_table(host: TestHost) -> None:
    evening = await _evening(host)
    masha = evening.masha
    email = (await masha.get("/auth/me"))["email"]
    words = (NAME, TABLE, email, "unmistakable.png")
    assert {one.partition(":")[0] for one in await _traces(host, words)} >= {
        *("users", "participants", "events")
    }
    await masha.delete(f"/users/{masha.id}")
    await _none_left(host)
    assert await _traces(host, words) == []
    assert set(keeper.ASKED) == {masha.id}


async def test_draws_and_wins_stay_provable_and_they_leave_the_room(host: TestHost) -> None:
    evening = await _evening(host)
    olga, path = evening.olga, evening.path
    draws = sa.text("SELECT seed, entrants, record FROM draws")
    async with host.host.db.read() as connection:
        drawn = (await connection.execute(draws)).all()
    log = await olga.get(f"{path}/events?limit=100")
    await evening.masha.delete(f"/users/{evening.masha.id}")
    await _none_left(host)
    async with host.host.db.read() as connection:
        assert (await connection.execute(draws)).all() == drawn
    (winner,) = await olga.get(f"{path}/winners")
    assert (winner["id"], winner["metadata"]) == (evening.winner["id"], evening.winner["metadata"])
    assert winner["participant"]["user"]["name"] == "Deleted user"
    after = await olga.get(f"{path}/events?limit=100")
    seen = [(one["seq"], one["event"], one["at"]) for one in log]
    assert [(one["seq"], one["event"], one["at"]) for one in after][: len(seen)] == seen
    assert after[-1]["event"] == "participant:left"
    told = next(one["data"] for one in after if one["event"] == "winner:selected")
    assert told == {
        **evening.winner,
        "participant": {
            **evening.winner["participant"],
            "metadata": {},
            "user": {"id": evening.masha.id, "name": "Deleted user", "avatar": None},
        },
    }
    assert (await olga.get(path))["_count"]["participants"] == 1
    names = [one["data"].get("name") for one in after if one["event"] == "prize:created"]
    assert names == ["Sled"], "what is not the person's keeps its name"


async def test_an_application_that_fails_is_told_again_by_whoever_runs_next(url: str) -> None:
    async with _host(url) as first:
        masha = await first.guest(NAME)
        keeper.TROUBLE.append("the disk is full")
        await masha.delete(f"/users/{masha.id}")

        async def failed() -> bool:
            return bool(keeper.ASKED) and await _jobs(first) == ["erase:app"]

        await _until(failed)
    keeper.TROUBLE.clear()
    times = len(keeper.ASKED)
    async with _host(url) as second:
        await _none_left(second)
    assert len(keeper.ASKED) > times
    assert set(keeper.ASKED) == {masha.id}


async def test_who_answers_for_a_room_hands_it_over_or_ends_it_first(host: TestHost) -> None:
    evening = await _evening(host)
    olga = evening.olga
    refused = error(await olga.call("DELETE", f"/users/{olga.id}"), 409, "CONFLICT")
    assert refused["details"]["rooms"] == [{"id": evening.room["id"], "name": "New Year"}]
    assert await olga.get("/auth/me"), "nothing was taken away"
    await olga.patch(evening.path, {"status": "COMPLETED"})
    await olga.delete(f"/users/{olga.id}")
    await _none_left(host)
    assert await _traces(host, ("Olga",)) == []
    room = await evening.masha.get(evening.path)
    assert room["organizer"] == {"id": olga.id, "name": "Deleted user", "avatar": None}
    assert room["name"] == "New Year"


async def test_the_last_admin_stays(host: TestHost) -> None:
    ada = await host.admin()
    error(await ada.call("DELETE", f"/users/{ada.id}"), 409, "CONFLICT")
    bob = await host.admin("Bob")
    await ada.delete(f"/users/{ada.id}")
    error(await bob.call("DELETE", f"/users/{bob.id}"), 409, "CONFLICT")


async def test_of_two_admins_who_go_at_once_one_stays(host: TestHost) -> None:
    admins = [await host.admin(name) for name in ("Ada", "Bob")]
    answers = await asyncio.gather(*(one.call("DELETE", f"/users/{one.id}") for one in admins))
    assert sorted(answer.status_code for answer in answers) == [200, 409]


async def test_the_export_holds_everything_and_names_who_failed(host: TestHost) -> None:
    evening = await _evening(host)
    masha = evening.masha
    path = f"/users/{masha.id}/export"
    found = await masha.get(path)
    assert found["user"]["name"] == NAME
    assert found["participations"][0]["metadata"] == {"seat": TABLE, "note": "late"}
    assert [one["prizeName"] for one in found["wins"]] == ["Sled"]
    assert found["messages"][0]["data"] == {"text": TABLE}
    assert found["apps"]["keeper"] == {"kept": f"something of {masha.id}"}
    assert found["apps"]["lottery"]["tickets"]
    assert found["failed"] == []
    assert not {"passwordHash", "cookieHash", "secretHash"} & _keys(found)
    for trouble, said in (("boom", "RuntimeError"), ("no JSON", "is not JSON")):
        keeper.TROUBLE[:] = [trouble]
        found = await masha.get(path)
        (failed,) = found["failed"]
        assert failed["appId"] == "keeper"
        assert said in failed["reason"]
        assert "keeper" not in found["apps"]
        assert found["apps"]["lottery"]["tickets"], "one that fails takes no other along"


def _keys(value: Any) -> set[str]:
    if isinstance(value, dict):
        return set(value) | {key for one in value.values() for key in _keys(one)}
    if isinstance(value, list):
        return {key for one in value for key in _keys(one)}
    return set()


async def test_an_export_is_for_the_person_and_for_admins_whose_reading_is_noted(
    host: TestHost,
) -> None:
    ann, bob, ada = await host.register("Ann"), await host.register("Bob"), await host.admin()
    path = f"/users/{ann.id}/export"
    error(await host.nobody.call("GET", path), 401, "UNAUTHORIZED")
    error(await bob.call("GET", path), 403, "FORBIDDEN")
    await ann.get(path)
    await ada.get(path)
    acts = (await ada.get(f"/users/{ada.id}/export"))["acts"]
    assert [(one["act"], one["subjectId"]) for one in acts] == [("user:export", ann.id)]


async def test_a_guest_who_registers_keeps_rooms_and_wins_and_one_account_only(
    host: TestHost,
) -> None:
    olga, guest = await host.register("Olga"), await host.guest(NAME)
    room = await host.room(olga)
    part = await host.join(room, guest)
    prize = await olga.post(f"/rooms/{room['id']}/prizes", {"name": "Sled"})
    (winner,) = await olga.post(f"/rooms/{room['id']}/draws", {"prizeId": prize["id"]})
    own = await guest.post("/rooms", {"name": "Mine", "appId": "lottery"})
    body = {"email": "masha@example.com", "password": PASSWORD}
    claimed = Person(host.client, await guest.post("/auth/register", body))
    assert claimed.id == guest.id
    error(await guest.call("GET", "/auth/me"), 401, "UNAUTHORIZED")
    rooms = await claimed.get("/rooms")
    assert {one["id"] for one in rooms} == {room["id"], own["id"]}
    mine = await claimed.get(f"/rooms/{room['id']}/participants/{part['id']}")
    assert (mine["userId"], mine["user"]["name"]) == (guest.id, NAME)
    (won,) = await claimed.get(f"/rooms/{room['id']}/winners?participantId={part['id']}")
    assert won["id"] == winner["id"]
    assert (await claimed.get(f"/rooms/{own['id']}"))["organizer"]["id"] == guest.id
    again = Person(host.client, await host.nobody.post("/auth/login", body))
    assert again.id == guest.id
