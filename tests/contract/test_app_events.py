"""§1 POST /rooms/{id}/events: what applications say to a room."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest_asyncio

from tests.contract.answers import data, error, fields
from tests.contract.cast import Stage
from tests.contract.services import register, take_off


@pytest_asyncio.fixture(loop_scope="session", autouse=True)
async def _as_it_was(stage: Stage) -> AsyncIterator[None]:
    yield
    await take_off(stage)


async def test_an_event_is_durable_unless_it_says_otherwise(stage: Stage) -> None:
    """POST /rooms/{id}/events `{event, data, durable?}` | an app with realtime:publish; the name
    starts with the app's id and a colon; An app's own events are durable unless it says"""
    service = await register(stage)
    cast, alone = await stage.cast(app_id=service.id), await service.alone()
    path = f"{cast.path}/events"
    before = (await cast.organizer.get(path))[-1]["seq"]
    body = {"event": f"{service.id}:spun", "data": {"number": 7}}
    kept = data(await alone.call("POST", path, body), 201)
    assert kept == {**body, "roomId": cast.room["id"], "seq": before + 1, "at": kept["at"]}
    logged = (await cast.people["viewer"].get(f"{path}?after={before}"))[0]
    assert {name: logged[name] for name in kept} == kept
    passing = data(await alone.call("POST", path, {**body, "durable": False}), 201)
    assert passing.keys() == {"event", "roomId", "data", "at"}
    assert await cast.organizer.get(f"{path}?after={before + 1}") == []


async def test_an_event_under_one_key_is_said_once(stage: Stage) -> None:
    """the same key and body give the first answer again"""
    service = await register(stage)
    cast, alone = await stage.cast(app_id=service.id), await service.alone()
    body, key = {"event": f"{service.id}:spun", "data": {}}, stage.host.host.sources.new_id()
    said = [
        data(await alone.call("POST", f"{cast.path}/events", body, Idempotency_Key=key), 201)
        for _ in range(2)
    ]
    assert said[0] == said[1]
    log = await cast.organizer.get(f"{cast.path}/events?limit=100")
    assert len([event for event in log if event["event"] == body["event"]]) == 1


async def test_an_application_says_nothing_in_anothers_name(stage: Stage) -> None:
    """the name starts with the app's id and a colon"""
    service = await register(stage)
    cast, alone = await stage.cast(app_id=service.id), await service.alone()
    path, mine = f"{cast.path}/events", service.id
    for name in (
        *("spun", mine, f"{mine}:", "lottery:spun", "room:updated", f"{mine}-2:spun"),
        *(":spun", f"{mine}:a b", f"{mine}:\u202e", f"{mine}:{'x' * 113}"),
    ):
        answer = await alone.call("POST", path, {"event": name, "data": {}})
        assert set(fields(answer)) == {"event"}, name
    answer = await alone.call("POST", path, {"event": f"{mine}:x", "data": [1]})
    assert set(fields(answer)) == {"data"}
    large = {"event": f"{mine}:x", "data": {"text": "x" * 40_000}}
    error(await alone.call("POST", path, large), 413, "PAYLOAD_TOO_LARGE")


async def test_it_is_heard_where_it_is_on_and_nowhere_else(stage: Stage) -> None:
    """An app that is off in a room is unreachable there: private rooms | 404 to strangers"""
    service = await register(stage)
    body = {"event": f"{service.id}:spun", "data": {}}
    alone = await service.alone()
    for public, status, code in ((False, 404, "NOT_FOUND"), (True, 403, "FORBIDDEN")):
        cast = await stage.cast(isPublic=public)
        error(await alone.call("POST", f"{cast.path}/events", body), status, code)
    await cast.organizer.post(f"{cast.path}/apps", {"appId": service.id})
    data(await alone.call("POST", f"{cast.path}/events", body), 201)
    await cast.organizer.patch(f"{cast.path}/apps/{service.id}", {"enabled": False})
    error(await alone.call("POST", f"{cast.path}/events", body), 403, "FORBIDDEN")
