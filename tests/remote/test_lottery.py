"""A lottery that runs as a service of its own draws like any other, and fails like any other."""

from __future__ import annotations

from contextlib import nullcontext
from functools import partial
from typing import Any

import pytest

from host.contract import SettingsPanel
from host.store import deliveries, rooms
from host.store.deliveries import Outcome
from host.testing.host import Refused
from tests.patience import LONG, impatient
from tests.remote.conftest import Stage, until
from tests.servers.lottery import NAME
from tests.services import invariants

FAILED = (
    "a stranger",
    "the same twice",
    "too few",
    "NUL",
    "no list",
    "no data",
    "a reason that is none",
    "500",
    "204",
    "HTML",
    "HTML that says it is JSON",
    "no envelope",
    "50 MB",
    "50 MB in pieces",
    "a redirect",
    "dies in mid-answer",
    "says nothing",
    "packed",
)
LATE = ("hangs", "drips")


async def _told(stage: Stage, room: dict[str, Any], after: int) -> list[dict[str, Any]]:
    events = await stage.olga.get(f"/rooms/{room['id']}/events?after={after}")
    return [one["data"] for one in events if one["event"] == "notification:received"]


async def _heard_more(stage: Stage, before: int) -> int:
    return len(await stage.heard()) - before


async def test_it_registers_furnishes_and_draws_by_signed_calls(stage: Stage) -> None:
    """**Delegation to a separate service.** The host POSTs to `baseUrl` … signed by the Standard
    Webhooks scheme … with `X-Timeout-Ms`; It expects 200 and … within the time; select_winner …
    `prize`, `entrants: [participant…]`, `count`, `seed` … "winners"; prize_fund · check_prize …
    "prizes"
    """
    fund = [{"name": "Samovar", "quantity": 3, "description": "Tula, 1890"}]
    room = await stage.room(fund=fund)
    base = f"/rooms/{room['id']}"
    assert {p["name"] for p in await stage.olga.get(f"{base}/prizes")} == {"Samovar", "Sledge"}
    people = await stage.olga.get(f"{base}/participants?role=PARTICIPANT")
    assert sorted(p["metadata"]["greeted"] for p in people) == ["Ann", "Bob", "Cid"]

    answer = await stage.olga.call("POST", f"{base}/draws", {"count": 2})
    winners = answer.json()["data"]
    assert [w["participant"]["user"]["name"] for w in winners] == ["Bob", "Cid"]
    assert [w["metadata"] for w in winners] == [{"drawnBy": NAME}] * 2
    (draw,) = (await invariants.check(stage.running.host.db, room["id"])).draws
    assert (draw.app_id, draw.manifest_version, draw.fallback) == (NAME, "1.0.0", False)

    call = (await stage.heard())[-1]
    assert call["hook"] == "select_winner"
    assert call["requestId"] == answer.headers["X-Request-ID"]
    assert call["room"]["id"] == room["id"]
    assert call["settings"]["fund"] == fund
    assert call["seed"] == draw.seed
    assert call["count"] == 2
    assert [e["user"]["name"] for e in call["entrants"]] == ["Ann", "Bob", "Cid"]
    assert call["prize"]["name"] == "Samovar"
    assert 0 < int(call["X-Timeout-Ms"]) <= LONG * 1000


async def test_its_refusals_reach_the_person(stage: Stage) -> None:
    """register_participant … `person`, `form` … the reason reaches the person with a 409 CONFLICT;
    prize_fund · check_prize, check_settings … or with a reason
    """
    room = await stage.room(draw="no")
    base = f"/rooms/{room['id']}"
    with pytest.raises(Refused, match="The drum is not filled yet") as refused:
        await stage.olga.post(f"{base}/draws")
    assert (refused.value.status, refused.value.code) == (409, "CONFLICT")
    with pytest.raises(Refused, match="No bombs"):
        await stage.olga.post(f"{base}/prizes", {"name": "Bomb", "quantity": 1})
    with pytest.raises(Refused, match="Drums turn by themselves") as refused:
        await stage.mood(room, draw="by hand")
    assert refused.value.code == "VALIDATION_ERROR"
    await stage.mood(room, register="no")
    with pytest.raises(Refused, match="Only those with a hat") as refused:
        await stage.running.join(room, await stage.running.guest("Dan"))
    assert (refused.value.status, refused.value.code) == (409, "CONFLICT")
    assert await _told(stage, room, 0) == []


async def test_however_it_fails_nothing_is_written_and_the_organizer_is_told(stage: Stage) -> None:
    """Decisions are asked once and never repeated after an answer was possible; separate services …
    an answer that is no decision … is DELEGATION_FAILED
    """
    room = await stage.room()
    base, host = f"/rooms/{room['id']}", stage.running.host
    for mood in FAILED + LATE:
        host.remote.breaker.forget(NAME)
        await stage.mood(room, draw=mood)
        asked = len(await stage.heard())
        before = await invariants.check(host.db, room["id"])
        with impatient(host, 1.0) if mood in LATE else nullcontext():
            response = await stage.olga.call("POST", f"{base}/draws")
        error = response.json()["error"]
        status, code = (504, "DELEGATION_TIMEOUT") if mood in LATE else (502, "DELEGATION_FAILED")
        assert (response.status_code, error["code"]) == (status, code), mood
        assert error["details"]["appId"] == NAME, mood
        # Asked once, and never again after an answer was possible.
        assert await until(partial(_heard_more, stage, asked)) == 1, mood

        after = await invariants.check(host.db, room["id"])
        assert (after.winners, after.draws, after.prizes) == ([], [], before.prizes), mood
        (told,) = await _told(stage, room, before.room.event_seq)
        assert (told["kind"], told["data"]["hook"]) == ("app:failed", "select_winner"), mood

    host.remote.breaker.forget(NAME)
    await stage.mood(room, draw="well")
    (winner,) = await stage.olga.post(f"{base}/draws")
    assert winner["metadata"] == {"drawnBy": NAME}

    await host.remote.deliveries.flush()
    async with host.db.read() as conn:
        lines = await deliveries.of_room(conn, room["id"], 100)
    drawn = [one for one in reversed(lines) if one.hook == "select_winner"]
    # That the winner is a stranger is seen by who asked: the service did answer.
    shapely = {"a stranger", "the same twice", "too few", "NUL"}
    expected = [
        Outcome.ANSWERED if mood in shapely else Outcome.LATE if mood in LATE else Outcome.FAILED
        for mood in FAILED + LATE
    ]
    assert [one.outcome for one in drawn] == [*expected, Outcome.ANSWERED]
    assert all(one.note for one in drawn if one.outcome in (Outcome.FAILED, Outcome.LATE))


PANELS = {
    "/settings?room=1": "{origin}/settings?room=1",
    "{origin}/drum": "{origin}/drum",
    "https://elsewhere.example/": None,
    "//elsewhere.example/": None,
    "{origin}.elsewhere.example/": None,
    "javascript:alert(1)": None,
    "{origin}/../drum": None,
}


async def test_it_asks_at_the_door_and_has_a_page_of_its_own_and_nobody_elses(
    stage: Stage,
) -> None:
    """registration_form, settings_panel … a JSON Schema · `{"title", "url"}`"""
    origin = f"http://127.0.0.1:{stage.lottery.port}"
    made = await stage.running.room(stage.olga, NAME)
    host = stage.running.host
    for panel, url in PANELS.items():
        await stage.mood(made, panel=panel.format(origin=origin))
        async with host.db.read() as conn:
            room = await rooms.get(conn, made["id"])
        answer = await host.core.dispatch.ask("settings_panel", NAME, room)
        if url is None:
            # The platform's own form stands there instead.
            assert (answer.fell_back, answer.value.url) == (True, None), panel
        else:
            assert answer.value == SettingsPanel("The far drum", url.format(origin=origin))
    form = await host.core.dispatch.ask("registration_form", NAME, room)
    assert form.value == {"type": "object", "properties": {"hat": {"type": "boolean"}}}


async def test_where_it_is_allowed_the_platform_steps_in_and_says_so(stage: Stage) -> None:
    room = await stage.room(draw="500")
    base = f"/rooms/{room['id']}"
    await stage.olga.put(f"{base}/delegations", {"fallbacks": {"winnerSelection": True}})
    (winner,) = await stage.olga.post(f"{base}/draws")
    assert "drawnBy" not in winner["metadata"]
    (told,) = await _told(stage, room, 0)
    assert told["data"]["fellBack"] is True
    # A form is not worth a refusal: for it the platform always steps in.
    stage.lottery.kill()
    with pytest.raises(Refused) as refused:
        await stage.running.join(room, await stage.running.guest("Dan"))
    assert refused.value.code == "DELEGATION_FAILED"
