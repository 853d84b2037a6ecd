"""How a service and the host stand with each other: left out, well again, its secrets, its log."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from host.apps.remote.breaker import FIRST_PAUSE, Breaker
from host.contract import wire
from host.services.outages import Outages
from host.store import app_secrets, deliveries, sending
from host.testing.host import PASSWORD, Person, Refused
from host.web.cookies import SESSION
from tests.remote.conftest import Stage, register, until
from tests.remote.test_breaker import Clock
from tests.servers.lottery import NAME, post_office
from tests.services import invariants
from tests.web.visitor import Hall, Visitor


async def _told(stage: Stage, room: dict[str, Any], kind: str) -> list[dict[str, Any]]:
    events = await stage.olga.get(f"/rooms/{room['id']}/events")
    found = [one["data"] for one in events if one["event"] == "notification:received"]
    return [one for one in found if one["kind"] == kind]


async def _until_told(stage: Stage, room: dict[str, Any], kind: str) -> list[dict[str, Any]]:
    return await until(lambda: _told(stage, room, kind))


async def test_a_service_that_keeps_failing_is_left_out_and_comes_back(stage: Stage) -> None:
    """A service that keeps failing is left out for a while (circuit breaker)"""
    clock, host = Clock(), stage.running.host
    room = await stage.room()
    over = await stage.running.room(stage.olga, NAME, name="Last year")
    await stage.olga.patch(f"/rooms/{over['id']}", {"status": "COMPLETED"})
    draws = f"/rooms/{room['id']}/draws"
    host.remote.breaker = Breaker(clock, opens_after=3)
    stage.lottery.kill()
    for _ in range(3):
        answer = await stage.olga.call("POST", draws)
        assert answer.json()["error"]["code"] == "DELEGATION_FAILED"
        assert "retryAfter" not in answer.json()["error"]["details"]
    stage.lottery.start()

    for _ in range(2):
        with pytest.raises(Refused, match="left out for a while") as refused:
            await stage.olga.post(draws)
        assert refused.value.code == "DELEGATION_FAILED"
        assert refused.value.error["details"]["retryAfter"] == FIRST_PAUSE
    assert await stage.heard() == []
    (told,) = await _until_told(stage, room, "app:left-out")
    assert told["data"] == {"appId": NAME}
    # Another process on the same database notices as well, and tells nobody again.
    await Outages(host.core).left_out(NAME, "it cannot be reached")
    assert len(await _told(stage, room, "app:left-out")) == 1
    assert len(await _told(stage, room, "app:failed")) == 3
    # Nor does it concern a room that is over.
    assert await _told(stage, over, "app:left-out") == []

    await stage.olga.put(
        f"/rooms/{room['id']}/delegations", {"fallbacks": {"winnerSelection": True}}
    )
    (winner,) = await stage.olga.post(draws)
    assert "drawnBy" not in winner["metadata"]

    clock.now += FIRST_PAUSE
    (winner,) = await stage.olga.post(draws)
    assert winner["metadata"] == {"drawnBy": NAME}
    assert len(await _until_told(stage, room, "app:well-again")) == 1


async def test_while_a_service_is_asked_the_room_goes_on_and_who_leaves_leaves_nothing(
    stage: Stage,
) -> None:
    room = await stage.room(draw="hangs")
    host = stage.running.host
    before = await invariants.check(host.db, room["id"])
    drawing = asyncio.create_task(stage.olga.call("POST", f"/rooms/{room['id']}/draws"))

    async def asked() -> bool:
        return "select_winner" in [one["hook"] for one in await stage.heard()]

    await until(asked)
    # No transaction is open meanwhile: on SQLite nobody could write.
    await stage.olga.post(f"/rooms/{room['id']}/prizes", {"name": "Skates", "quantity": 1})
    assert not drawing.done()
    drawing.cancel()
    await asyncio.wait([drawing])
    after = await invariants.check(host.db, room["id"])
    assert (after.winners, after.draws) == ([], [])
    assert len(after.prizes) == len(before.prizes) + 1
    await host.remote.deliveries.flush()
    async with host.db.read() as conn:
        last = await deliveries.of_room(conn, room["id"], 10)
    assert [one.note for one in last if one.hook == "select_winner"] == ["it was not waited for"]
    await stage.mood(room, draw="well")
    assert await stage.olga.post(f"/rooms/{room['id']}/draws")


async def test_while_its_secret_is_changed_the_service_may_have_either(stage: Stage) -> None:
    room, host = await stage.room(), stage.running.host
    draws, port = f"/rooms/{room['id']}/draws", stage.lottery.port
    newer = await stage.admin.post(f"/apps/{NAME}/regenerate-secret")
    await stage.olga.post(draws)
    stage.lottery.kill()
    stage.lottery.secrets = (newer["appSecret"],)
    stage.lottery.start()
    (winner,) = await stage.olga.post(draws)
    assert winner["metadata"] == {"drawnBy": NAME}
    await stage.admin.delete(f"/apps/{NAME}/old-secret")
    await stage.olga.post(f"/rooms/{room['id']}/prizes", {"name": "Skates", "quantity": 2})
    await stage.olga.post(draws)
    stage.lottery.kill()
    stage.lottery.secrets = (stage.secret,)
    stage.lottery.start()
    assert stage.lottery.port == port
    with pytest.raises(Refused, match="it answered 401"):
        await stage.olga.post(draws)
    async with host.db.write() as conn:
        await app_secrets.end_all(conn, NAME)
    with pytest.raises(Refused, match="it has no secret that holds"):
        await stage.olga.post(draws)


@pytest.mark.parametrize("takes", [2, 9], ids=["at the second try", "never"])
async def test_a_notification_is_brought_until_it_is_taken_and_then_by_the_platform(
    stage: Stage, takes: int
) -> None:
    """notify … `notification` … "delivered"; `async: true` (notifications) is delivered at least
    once with the same `webhook-id`, retried with back-off
    """
    running, port = stage.running, stage.lottery.port
    running.host.services.deliverer.first_pause = 0.01
    secret = await register(stage.admin, post_office(port))
    stage.lottery.kill()
    stage.lottery.secrets = (stage.secret, secret)
    stage.lottery.start()
    room = await stage.room("quiz")
    base = f"/rooms/{room['id']}"
    await stage.olga.post(f"{base}/apps", {"appId": "far-post", "settings": {"takes": takes}})
    (winner,) = await stage.olga.post(f"{base}/draws")

    async def brought() -> list[dict[str, Any]]:
        return [one for one in await stage.heard() if one["hook"] == "notify"]

    async def settled() -> bool:
        return await brought() != [] and not await _waiting(stage)

    await until(settled)
    calls = await brought()
    assert len(calls) == min(takes, 3)
    assert len({one["webhook-id"] for one in calls}) == 1
    told = calls[0]["notification"]
    assert (told["title"], told["data"]["winnerId"]) == ("You won!", winner["id"])
    assert told["userId"] == winner["participant"]["userId"]
    failed = await _told(stage, room, "app:failed")
    assert [one["data"]["fellBack"] for one in failed] == ([] if takes == 2 else [True])


async def _waiting(stage: Stage) -> bool:
    async with stage.running.host.db.read() as conn:
        return await sending.next_due(conn) is not None


async def _person(hall: Hall, name: str, *, admin: bool = False) -> tuple[Person, Visitor]:
    """Somebody with a token and a browser."""
    identity = hall.running.host.services.identity
    user = await identity.create_account(f"{name}@example.com", PASSWORD, admin, name)
    visitor = hall.visitor()
    visitor.client.cookies.set(SESSION, await identity.open_web_session(user, None))
    return Person(hall.running.client, wire(await identity.open_session(user))), visitor


async def test_its_log_is_for_organizers_and_admins(stage: Stage) -> None:
    hall = Hall(stage.running)
    stage.olga, organizer = await _person(hall, "Nina")
    room = await stage.room(draw="HTML")
    with pytest.raises(Refused):
        await stage.olga.post(f"/rooms/{room['id']}/draws")
    path = f"/rooms/{room['id']}/calls"
    page = await organizer.open(f"/rooms/{room['id']}/apps")
    assert f'href="{path}"' in page.html
    page = await organizer.open(path)
    assert "Far lottery was asked who wins. Failed" in page.text
    assert "It answered text/html that is not JSON" in page.text
    assert "was asked whether somebody may come in. Answered" in page.text
    _, stranger = await _person(hall, "Eve")
    assert (await stranger.open(path)).status == 404
    _, admin = await _person(hall, "Ada", admin=True)
    listed = await admin.open("/admin/calls/list")
    assert "select_winner" in listed.html
    assert "FAILED" in listed.html
    await Outages(stage.running.host.core).left_out(NAME, "it broke")
    assert "Far lottery is left out for a while" in (await organizer.open(path)).text
    for visitor in hall.visitors:
        await visitor.close()
