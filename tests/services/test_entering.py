"""People without account and phone, whom an application enters into a room."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from typing import Any

import pytest

from host import Participant, PersonDraft, Refusal
from host.context import Context, make_context
from host.contract import Permission, RoomStatus
from host.errors import Conflict, RoomNotActive, ValidationFailed
from host.testing.host import Person, Refused, TestHost, running_host
from tests.services import invariants

ALL = frozenset(permission.value for permission in Permission)


@pytest.fixture(params=["sqlite", "postgresql"])
async def host(request: pytest.FixtureRequest) -> AsyncIterator[TestHost]:
    url = request.getfixturevalue(f"{request.param}_url")
    async with running_host(database_url=url) as running:
        yield running


@pytest.fixture
async def olga(host: TestHost) -> Person:
    return await host.register("Olga")


async def context(host: TestHost, who: Person, room: dict[str, Any]) -> Context:
    services = host.host.services
    actor = await services.identity.authenticate(who.token or "")
    view = await services.rooms.get(actor, room["id"])
    return await make_context(host.host.core, "lottery", ALL, view.room, actor)


def drafts(*names: str) -> list[PersonDraft]:
    return [PersonDraft(f"key of {name}", name) for name in names]


def names(entered: Sequence[Participant | Refusal]) -> list[str]:
    return [one.user.name if isinstance(one, Participant) else "-" for one in entered]


async def test_who_is_entered_is_in_the_room_as_anybody_is(host: TestHost, olga: Person) -> None:
    room = await host.room(olga)
    path = f"/rooms/{room['id']}"
    ctx = await context(host, olga, room)
    many = [PersonDraft(f"k{n}", f"Guest {n:03d}", {"lottery:tickets": n}) for n in range(450)]
    entered = await ctx.add_participants(many)
    assert names(entered) == [one.name for one in many]
    assert (await olga.get(path))["_count"]["participants"] == 451
    listed = await olga.get(f"{path}/participants?limit=100&page=1")
    assert [one["user"]["name"] for one in listed[1:]] == [one.name for one in many[:99]]
    assert listed[3]["metadata"] == {"lottery:tickets": 2}
    told = await olga.get(f"{path}/events?limit=100")
    assert [one["data"]["user"]["name"] for one in told if one["event"] == "participant:joined"]
    await olga.post(f"{path}/prizes", {"name": "Sled", "quantity": 3})
    won = await olga.post(f"{path}/draws", {"count": 3})
    assert {one["participant"]["user"]["name"] for one in won} <= set(names(entered))
    # Nobody can be them: they have nothing to sign in by.
    acts = [one["act"] for one in await olga.get(f"{path}/audit") if "enter" in one["act"]]
    assert acts == ["participant:enter"] * 3
    await invariants.check(host.host.db, room["id"])


async def test_entered_twice_or_by_two_at_once_is_entered_once(
    host: TestHost, olga: Person
) -> None:
    room = await host.room(olga, active=False)
    ctx = await context(host, olga, room)
    people = drafts("Anna", "Boris", "Vera")
    twice = await asyncio.gather(*(ctx.add_participants(people) for _ in range(4)))
    assert {tuple(one.id for one in entered) for entered in twice if _all(entered)} == {  # type: ignore[union-attr]
        tuple(one.id for one in twice[0])  # type: ignore[union-attr]
    }
    assert (await olga.get(f"/rooms/{room['id']}"))["_count"]["participants"] == 4
    other = await context(host, olga, await host.room(olga))
    again = await other.add_participants(people)
    # Another room, other people: what is kept of one says nothing about the other.
    assert {one.user_id for one in again if isinstance(one, Participant)}.isdisjoint(
        {one.user_id for one in twice[0] if isinstance(one, Participant)}
    )
    await invariants.check(host.host.db, room["id"])


def _all(entered: Sequence[Participant | Refusal]) -> bool:
    return all(isinstance(one, Participant) for one in entered)


async def test_who_was_taken_out_can_be_entered_again_and_others_stay(
    host: TestHost, olga: Person
) -> None:
    room = await host.room(olga)
    path = f"/rooms/{room['id']}"
    masha = await host.guest("Masha")
    await host.join(room, masha)
    ctx = await context(host, olga, room)
    people = drafts("Anna", "Boris")
    first = await ctx.add_participants(people)
    assert await ctx.take_out_participants(["key of Anna", "key of nobody"]) == 1
    assert await ctx.take_out_participants(["key of Anna"]) == 0
    there = [one["user"]["name"] for one in await olga.get(f"{path}/participants")]
    assert there == ["Olga", "Masha", "Boris"]
    back = await ctx.add_participants(people)
    assert [one.id for one in first] == [one.id for one in back]  # type: ignore[union-attr]
    assert (await olga.get(path))["_count"]["participants"] == 4
    await invariants.check(host.host.db, room["id"])


async def test_the_rooms_rules_for_names_hold_and_say_why(host: TestHost, olga: Person) -> None:
    room = await host.room(olga)
    path = f"/rooms/{room['id']}"
    await olga.patch(
        f"{path}/door", {"nicknames": {"longest": 8, "unique": True, "words": ["oaf"]}}
    )
    await host.join(room, await host.guest("Masha"))
    ctx = await context(host, olga, room)
    entered = await ctx.add_participants(
        [*drafts("Anna", "ANNA", "masha", "Bartholomew", "an oaf", "  ", "Vera")]
    )
    assert names(entered) == ["Anna", "-", "-", "-", "-", "-", "Vera"]
    reasons = [one.reason for one in entered if isinstance(one, Refusal)]
    assert ["looks like" in why for why in reasons] == [True, True, False, False, False]
    assert "at most 8" in reasons[2]
    assert "must not be empty" in reasons[4]


async def test_a_locked_door_and_an_evening_that_is_over_let_nobody_be_entered(
    host: TestHost, olga: Person
) -> None:
    room = await host.room(olga)
    path = f"/rooms/{room['id']}"
    moderator = await host.register("Mila")
    part = await host.join(room, moderator)
    await olga.patch(f"{path}/participants/{part['id']}", {"role": "MODERATOR"})
    await olga.patch(f"{path}/door", {"locked": True})
    with pytest.raises(Conflict) as locked:
        await (await context(host, moderator, room)).add_participants(drafts("Anna"))
    assert locked.value.details["reason"] == "LOCKED"
    ctx = await context(host, olga, room)
    assert names(await ctx.add_participants(drafts("Anna"))) == ["Anna"]
    assert (await olga.patch(path, {"status": "COMPLETED"}))["status"] == RoomStatus.COMPLETED
    with pytest.raises(RoomNotActive):
        await ctx.add_participants(drafts("Boris"))
    with pytest.raises(RoomNotActive):
        await ctx.take_out_participants(["key of Anna"])


async def test_who_was_erased_or_banned_is_not_entered_again(host: TestHost, olga: Person) -> None:
    room = await host.room(olga)
    path, admin = f"/rooms/{room['id']}", await host.admin()
    ctx = await context(host, olga, room)
    people = drafts("Anna", "Boris")
    anna, boris = await ctx.add_participants(people)
    assert isinstance(anna, Participant)
    assert isinstance(boris, Participant)
    found = await admin.get(f"/users/{anna.user_id}/export")
    assert found["user"]["name"] == "Anna"
    assert found["participations"][0]["id"] == anna.id
    # Who is erased leaves the room by a job: here not before they are entered again.
    await host.host.core.jobs.stop()
    await admin.delete(f"/users/{anna.user_id}")
    await olga.post(f"{path}/participants/{boris.id}/ban")
    again = await ctx.add_participants(people)
    assert names(again) == ["-", "-"]
    assert "asked to be forgotten" in again[0].reason  # type: ignore[union-attr]
    await host.host.core.jobs.start()
    events = f"{path}/events?limit=100"
    # The room's log is rewritten by a job, by and by.
    async with asyncio.timeout(30):
        while "Anna" in str(await olga.get(events)):  # noqa: ASYNC110
            await asyncio.sleep(0.02)


async def test_what_makes_no_sense_is_refused_as_a_whole(host: TestHost, olga: Person) -> None:
    ctx = await context(host, olga, await host.room(olga))
    for people in (
        [PersonDraft("", "Anna")],
        [PersonDraft("k" * 121, "Anna")],
        [*drafts("Anna"), *drafts("Anna")],
        [PersonDraft("k", "Anna", {"a": float("nan")})],
    ):
        with pytest.raises(ValidationFailed):
            await ctx.add_participants(people)


async def test_nobody_claims_on_joining_what_an_application_says(
    host: TestHost, olga: Person
) -> None:
    room = await host.room(olga)
    masha = await host.guest("Masha")
    body = {"joinCode": room["joinCode"], "metadata": {"lottery:tickets": 99}}
    with pytest.raises(Refused, match="colon") as refused:
        await masha.post(f"/rooms/{room['id']}/participants", body)
    assert refused.value.status == 422
