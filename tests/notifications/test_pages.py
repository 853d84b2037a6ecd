"""The application's pages in a real host: set up by a form, looked at, sent again."""

from __future__ import annotations

import asyncio
from base64 import b64encode
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
from standardwebhooks import Webhook

from host.testing import running_host
from host.web.csrf import HEADER
from tests.notifications.receiver import Browser
from tests.servers.listening import Listening
from tests.web.visitor import ORIGIN, Hall, Visitor

SECRET = "whsec_" + b64encode(b"a string of lights over a table!").decode()
FROM_HERE = {"Origin": ORIGIN, "Sec-Fetch-Site": "same-origin"}


@pytest.fixture
async def hall() -> AsyncIterator[Hall]:
    async with running_host(service_networks=("loopback",)) as running:
        found = Hall(running)
        yield found
        for visitor in found.visitors:
            await visitor.close()


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(30):
        while True:
            if condition():
                return
            await asyncio.sleep(0.02)


async def set_up(hall: Hall, **settings: str) -> tuple[Visitor, str]:
    """An organizer's room, in which the application brings notifications as the form says."""
    olga = await hall.organizer()
    room_id = await hall.room(olga, "notifications")
    page = await olga.open(f"/rooms/{room_id}/apps")
    await olga.send(page, "/delegations", notifications="notifications")
    page = await olga.open(f"/rooms/{room_id}/settings")
    form = page.form("/settings/notifications")
    named = {f"notifications/{name}": value for name, value in settings.items()}
    sent = await olga.post(form.action, {**form.values, **named})
    assert sent.status == 200, sent.text
    return olga, room_id


async def announce(olga: Visitor, room_id: str) -> None:
    page = await olga.open(f"/rooms/{room_id}")
    token = page.forms[0].values["csrf_token"][0]
    answer = await olga.client.post(
        f"/api/v1/rooms/{room_id}/announcements",
        json={"to": "ALL", "title": "The bus", "body": "It leaves at ten."},
        headers={**FROM_HERE, HEADER: token},
    )
    assert answer.status_code < 300, answer.text


async def test_a_call_is_set_up_by_a_form_listed_and_sent_again(
    hall: Hall, listening: Listening
) -> None:
    olga, room_id = await set_up(hall, webhookUrl=f"{listening.url}/hook", webhookSecret=SECRET)
    at = f"/apps/notifications/rooms/{room_id}"
    page = await olga.open(f"{at}/log")
    assert "Nothing yet" in page.text
    listening.answer = lambda _: 410
    await announce(olga, room_id)
    await until(lambda: len(listening.heard) == 1)
    async with asyncio.timeout(30):
        while True:
            page = await olga.open(f"{at}/log")
            if "it answers 410" in page.text:
                break
            await asyncio.sleep(0.02)
    listening.answer = lambda _: 200
    page = await olga.send(page, f"{at}/log")
    assert "1 delivered" in page.text
    first, second = listening.heard
    assert first.headers["webhook-id"] == second.headers["webhook-id"]
    for call in (first, second):
        assert Webhook(SECRET).verify(call.body, call.headers)["data"]["title"] == "The bus"

    mine = (await olga.open(f"/rooms/{room_id}")).text
    assert "See what arrived" in mine
    stranger = await hall.organizer("Mallory")
    for path in ("log", "words", "preview"):
        assert (await stranger.open(f"{at}/{path}")).status in (403, 404)


async def test_a_secret_that_is_none_is_refused_by_the_form(hall: Hall) -> None:
    olga = await hall.organizer()
    room_id = await hall.room(olga, "notifications")
    page = await olga.open(f"/rooms/{room_id}/settings")
    form = page.form("/settings/notifications")
    for name, value in (("webhookSecret", "hush"), ("mailServer", "mail.example")):
        sent = await olga.post(form.action, {**form.values, f"notifications/{name}": value})
        assert sent.status == 422, sent.text


async def test_a_browser_says_yes_hears_of_it_and_says_no(hall: Hall, listening: Listening) -> None:
    olga, room_id = await set_up(hall)
    assert 'href="/apps/notifications/browser"' in (await olga.open("/preferences")).html
    page = await olga.open("/apps/notifications/browser")
    token = next(one.values["csrf_token"][0] for one in page.forms if one.values)
    browser = Browser(f"{listening.url}/phone")

    async def send(path: str, body: Any, who: Visitor = olga, **more: str) -> Any:
        answer = await who.client.post(
            f"/apps/notifications/browser/{path}",
            json=body,
            headers={**FROM_HERE, HEADER: token, **more},
        )
        return answer.status_code, answer.json()

    status, made = await send("on", browser.subscription)
    assert status == 201
    assert (await send("on", {"endpoint": 5}))[0] == 422
    assert (await send("on", browser.subscription, hall.visitor()))[0] == 401
    key = (await olga.client.get("/apps/notifications/browser/key")).json()["data"]["key"]
    assert len(key) == 87
    await announce(olga, room_id)
    await until(lambda: len(listening.heard) == 1)
    assert browser.read(listening.heard[0])["title"] == "The bus"
    assert "Stop" in (await olga.open("/apps/notifications/browser")).html
    assert (await send("off", made["data"]))[0] == 200
    assert "data-forget" not in (await olga.open("/apps/notifications/browser")).html


async def test_the_service_worker_of_the_host_has_the_applications_part(hall: Hall) -> None:
    worker = (await hall.visitor().client.get("/sw.js")).text
    assert 'importScripts("/apps/notifications/static/worker.js")' in worker
    part = await hall.visitor().client.get("/apps/notifications/static/worker.js")
    assert 'addEventListener("push"' in part.text
    assert part.headers["cache-control"] == "no-cache"
