"""Who draws and who registers: one application a room, what it may not do, and what follows."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Any

import pytest

from host.main import Host
from host.store import tables as t
from host.testing.host import Person, Refused, TestHost, running_host
from tests.patience import LONG, impatient
from tests.services import invariants
from tests.store.rows import NOON

APPLICATIONS = Path(__file__).resolve().parents[1] / "fixtures" / "apps"

WRONG = (
    "a stranger",
    "the same twice",
    "too many",
    "too few",
    "NUL",
    "NUL in a key",
    "half a surrogate",
    "not a number",
    "no JSON",
    "nested without end",
    "no object",
    "no id",
    "no record",
    "a selection of its own",
    "nothing",
    "text",
    "no, without a word",
    "no, in half a surrogate",
    "raises",
    "exits",
    "cancels itself",
)
LATE = ("hangs", "hangs and will not be stopped", "answers when it is too late")


@pytest.fixture
async def party(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[tuple[TestHost, Person]]:
    """A host, and an organizer."""
    monkeypatch.syspath_prepend(str(APPLICATIONS))
    async with running_host(database_url=database_url, delegation_seconds=LONG) as running:
        yield running, await running.register("Olga")


async def _room(party: tuple[TestHost, Person], app_id: str, **settings: Any) -> dict[str, Any]:
    """An open room with three people and a prize of two."""
    running, olga = party
    room = await running.room(olga, app_id, appSettings=settings)
    for name in ("Ann", "Bob", "Cid"):
        await running.join(room, await running.guest(name))
    await olga.post(f"/rooms/{room['id']}/prizes", {"name": "Sledge", "quantity": 2})
    return room


def _patience(running: TestHost, mood: str) -> AbstractContextManager[None]:
    return impatient(running.host) if mood in LATE else nullcontext()


async def _drawn(host: Host, room: dict[str, Any]) -> Any:
    """The room's only draw."""
    (draw,) = (await invariants.check(host.db, room["id"])).draws
    return draw


async def test_the_rooms_application_draws_and_not_the_platform(
    party: tuple[TestHost, Person],
) -> None:
    running, olga = party
    room = await _room(party, "moody")
    (winner,) = await olga.post(f"/rooms/{room['id']}/draws")
    assert winner["metadata"] == {"drawnBy": "moody"}
    assert winner["participant"]["user"]["name"] == "Cid"
    draw = await _drawn(running.host, room)
    assert (draw.app_id, draw.manifest_version, draw.fallback) == ("moody", "0.1.0", False)


async def test_in_a_lottery_room_the_lottery_draws(party: tuple[TestHost, Person]) -> None:
    running, olga = party
    room = await _room(party, "lottery")
    await olga.post(f"/rooms/{room['id']}/draws")
    draw = await _drawn(running.host, room)
    assert (draw.app_id, draw.fallback) == ("lottery", False)


async def test_without_an_application_for_it_the_platform_draws(
    party: tuple[TestHost, Person],
) -> None:
    running, olga = party
    room = await _room(party, "quiz")
    assert (await olga.get(f"/rooms/{room['id']}/delegations"))["winnerSelection"] is None
    (winner,) = await olga.post(f"/rooms/{room['id']}/draws")
    assert "drawnBy" not in winner["metadata"]
    draw = await _drawn(running.host, room)
    assert (draw.app_id, draw.fallback) == ("platform", False)


async def test_the_organizer_may_give_the_draw_to_another_and_back(
    party: tuple[TestHost, Person],
) -> None:
    running, olga = party
    room = await _room(party, "lottery")
    base = f"/rooms/{room['id']}"
    with pytest.raises(Refused) as refused:
        await olga.put(f"{base}/delegations", {"winnerSelection": "moody"})
    assert refused.value.code == "DELEGATION_CONFLICT"
    await olga.post(f"{base}/apps", {"appId": "moody"})
    assert (await olga.get(f"{base}/delegations"))["winnerSelection"] == "lottery"
    await olga.put(f"{base}/delegations", {"winnerSelection": "moody"})
    await olga.post(f"{base}/draws")
    await olga.put(f"{base}/delegations", {"winnerSelection": None})
    await olga.post(f"{base}/draws")
    found = await invariants.check(running.host.db, room["id"])
    assert [d.app_id for d in found.draws] == ["moody", "platform"]


async def test_a_draw_is_recorded_with_the_version_that_the_room_is_locked_to(
    party: tuple[TestHost, Person],
) -> None:
    running, olga = party
    room = await _room(party, "quiz")
    base, db = f"/rooms/{room['id']}", running.host.db
    await olga.post(f"{base}/apps", {"appId": "moody"})
    async with db.write() as conn:
        older = {"app_id": "moody", "version": "0.0.9", "manifest": {}, "created_at": NOON}
        await conn.execute(t.app_versions.insert().values(older))
        mine = (t.room_apps.c.room_id == room["id"]) & (t.room_apps.c.app_id == "moody")
        await conn.execute(t.room_apps.update().where(mine).values(manifest_version="0.0.9"))
    await olga.post(f"{base}/draws")
    draw = await _drawn(running.host, room)
    assert (draw.app_id, draw.manifest_version) == ("moody", "0.0.9")


async def test_a_participant_joins_by_the_applications_decision(
    party: tuple[TestHost, Person],
) -> None:
    running, olga = party
    room = await running.room(olga, "moody")
    joined = await running.join(room, await running.guest("Ann"))
    assert joined["metadata"] == {"registeredBy": "moody"}
    await olga.patch(f"/rooms/{room['id']}", {"appSettings": {"register": "no"}})
    with pytest.raises(Refused, match="Only those with a hat") as refused:
        await running.join(room, await running.guest("Bob"))
    assert (refused.value.status, refused.value.code) == (409, "CONFLICT")


async def test_a_refusal_reaches_the_organizer_and_draws_nothing(
    party: tuple[TestHost, Person],
) -> None:
    running, olga = party
    room = await _room(party, "moody", draw="no")
    before = await invariants.check(running.host.db, room["id"])
    with pytest.raises(Refused, match="The drum is not filled yet") as refused:
        await olga.post(f"/rooms/{room['id']}/draws")
    assert (refused.value.status, refused.value.code) == (409, "CONFLICT")
    assert await invariants.check(running.host.db, room["id"]) == before


@pytest.mark.parametrize(
    ("moods", "status", "code"),
    [(WRONG, 502, "DELEGATION_FAILED"), (LATE, 504, "DELEGATION_TIMEOUT")],
    ids=["wrong", "late"],
)
async def test_when_the_application_fails_nothing_is_drawn_and_the_organizers_are_told(
    party: tuple[TestHost, Person], moods: tuple[str, ...], status: int, code: str
) -> None:
    running, olga = party
    room = await _room(party, "moody")
    base = f"/rooms/{room['id']}"
    dan = await running.guest("Dan")
    await running.join(room, dan)
    for mood in moods:
        await olga.patch(base, {"appSettings": {"draw": mood}})
        before = await invariants.check(running.host.db, room["id"])
        with _patience(running, mood):
            response = await olga.call("POST", f"{base}/draws")
        error = response.json()["error"]
        assert (response.status_code, error["code"]) == (status, code), mood
        assert error["details"]["appId"] == "moody", mood
        assert error["details"]["requestId"] == response.headers["X-Request-ID"], mood

        after = await invariants.check(running.host.db, room["id"])
        assert (after.winners, after.draws, after.prizes) == ([], [], before.prizes), mood
        news = f"{base}/events?after={before.room.event_seq}"
        (told,) = await olga.get(news)
        assert told["event"] == "notification:received", mood
        assert told["data"]["kind"] == "app:failed", mood
        assert told["data"]["data"] == {
            "appId": "moody",
            "hook": "select_winner",
            "capability": "winnerSelection",
            "fellBack": False,
        }
        assert await dan.get(news) == [], mood


@pytest.mark.parametrize("mood", ["a stranger", "raises", "hangs", "NUL"])
async def test_where_it_is_allowed_the_platform_steps_in_and_says_so(
    party: tuple[TestHost, Person], mood: str
) -> None:
    running, olga = party
    room = await _room(party, "moody", draw=mood)
    base = f"/rooms/{room['id']}"
    await olga.put(f"{base}/delegations", {"fallbacks": {"winnerSelection": True}})
    assert (await olga.get(f"{base}/delegations"))["winnerSelection"] == "moody"
    with _patience(running, mood):
        (winner,) = await olga.post(f"{base}/draws")
    assert "drawnBy" not in winner["metadata"]
    draw = await _drawn(running.host, room)
    assert (draw.app_id, draw.fallback) == ("platform", True)
    events = await olga.get(f"{base}/events")
    (told,) = [e["data"] for e in events if e["event"] == "notification:received"]
    assert told["data"]["fellBack"] is True
    assert "platform did it instead" in told["body"]


@pytest.mark.parametrize("mood", ["raises", "hangs", "NUL"])
async def test_when_registering_fails_nobody_is_half_in(
    party: tuple[TestHost, Person], mood: str
) -> None:
    running, olga = party
    room = await running.room(olga, "moody", appSettings={"register": mood})
    ann = await running.guest("Ann")
    with pytest.raises(Refused) as refused, _patience(running, mood):
        await running.join(room, ann)
    assert refused.value.code == ("DELEGATION_TIMEOUT" if mood == "hangs" else "DELEGATION_FAILED")
    found = await invariants.check(running.host.db, room["id"])
    assert len(found.participants) == 1
    await olga.patch(f"/rooms/{room['id']}", {"appSettings": {"register": "well"}})
    await running.join(room, ann)


async def test_what_an_application_sends_cannot_take_others_writes_down(
    party: tuple[TestHost, Person],
) -> None:
    """Its notification shares transactions with the joins of others."""
    running, olga = party
    room = await running.room(olga, "moody", appSettings={"register": "greets with NUL"})
    people = [await running.guest(f"Guest {number}") for number in range(4)]
    await asyncio.gather(*(running.join(room, person) for person in people))
    found = await invariants.check(running.host.db, room["id"])
    assert len(found.named("participant:joined")) == 4
    assert not found.named("notification:received")
