"""A message to a browser is read by that browser alone, and by no machine of ours."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from cryptography.exceptions import InvalidTag

from festoon_notifications.channels import Asked
from festoon_notifications.desk import Desk
from festoon_notifications.devices import Devices, read_subscription
from festoon_notifications.vapid import Vapid
from host import Reach, ValidationFailed
from plugins.notifications.tests.telling import won
from tests.notifications.receiver import Browser, vapid_claims
from tests.servers.listening import Listening

BY_PUSH = frozenset({"push"})


async def subscribed(ctx: Any, browser: Browser, user_id: str = "masha") -> str:
    device = read_subscription(browser.subscription, "Firefox on Linux", plain=True)
    await Devices(ctx.database()).keep(user_id, device, ctx.now())
    return device.id


async def test_a_browser_reads_it_and_knows_who_sent_it(
    ctx: Any, desk: Desk, room: Any, listening: Listening
) -> None:
    phone, laptop = Browser(f"{listening.url}/phone"), Browser(f"{listening.url}/laptop")
    for browser in (phone, laptop):
        await subscribed(ctx, browser)
    told = won(locale="ru-RU", channels=BY_PUSH, urgent=True)
    for _ in range(2):
        assert (await desk.deliver(Asked(ctx, room, told, {}))).channel == "push"
    assert len(listening.heard) == 2
    public = await Vapid(ctx.database()).public()
    for browser, path in ((phone, "/phone"), (laptop, "/laptop")):
        (message,) = listening.at(path)
        assert browser.read(message) == {
            "id": "n1.masha",
            "title": "Вы выиграли!",
            "body": "Маша, хорошие новости!\n\n«Выходные в Суздале» в комнате «Новый год» — "
            "ваш приз.",
            "url": "https://festoon.test/r/room",
            "lang": "ru",
        }
        assert vapid_claims(message, public)["sub"] == "https://festoon.test"
        assert (message.headers["urgency"], message.headers["ttl"]) == ("high", "86400")
        assert len(message.headers["topic"]) <= 32
    with pytest.raises(InvalidTag):
        laptop.read(listening.at("/phone")[0])


async def test_a_long_message_is_cut_to_what_push_services_take(
    ctx: Any, desk: Desk, room: Any, listening: Listening
) -> None:
    browser = Browser(f"{listening.url}/phone")
    await subscribed(ctx, browser)
    for ident, text in (("long", "Слово " * 3_000), ("wide", "🎉" * 3_000)):
        told = won(ident, channels=BY_PUSH)
        object.__setattr__(told, "body", text)
        object.__setattr__(told, "kind", "app:news")
        assert (await desk.deliver(Asked(ctx, room, told, {}))).delivered
    assert all(len(one.body) <= 3_993 for one in listening.heard)
    assert all(browser.read(one)["body"].endswith("…") for one in listening.heard)


@pytest.mark.parametrize("status", [404, 410])
async def test_a_browser_that_is_gone_is_forgotten(
    ctx: Any, desk: Desk, room: Any, listening: Listening, status: int
) -> None:
    device_id = await subscribed(ctx, Browser(f"{listening.url}/phone"))
    listening.answer = lambda _: status
    answer = await desk.deliver(Asked(ctx, room, won(channels=BY_PUSH), {}))
    assert answer.final
    assert "taken its permission back" in (answer.failed or "")
    assert await Devices(ctx.database()).get(device_id) is None


async def test_a_push_service_in_trouble_is_asked_again(
    ctx: Any, desk: Desk, room: Any, listening: Listening
) -> None:
    browser = Browser(f"{listening.url}/phone")
    await subscribed(ctx, browser)
    statuses = [503, 429, 201]
    listening.answer = lambda _: statuses[len(listening.heard) - 1]
    asked = Asked(ctx, room, won(channels=BY_PUSH), {})
    assert [(await desk.deliver(asked)).delivered for _ in range(3)] == [False, False, True]
    assert len({one.headers["topic"] for one in listening.heard}) == 1


async def test_a_subscription_cannot_make_the_host_call_its_own_network(
    ctx: Any, desk: Desk, room: Any, listening: Listening
) -> None:
    ctx.reach = Reach()
    for place in (listening.url, listening.url.replace("127.0.0.1", "localhost")):
        await subscribed(ctx, Browser(f"{place}/phone"))
    answer = await desk.deliver(Asked(ctx, room, won(channels=BY_PUSH), {}))
    assert not answer.delivered
    assert listening.heard == []


async def test_the_key_is_made_once_by_processes_that_begin_together(ctx: Any) -> None:
    made = await asyncio.gather(*(Vapid(ctx.database()).public() for _ in range(8)))
    assert len(set(made)) == 1


@pytest.mark.parametrize(
    "change",
    [
        {"endpoint": "ftp://push.example/x"},
        {"endpoint": "http://push.example/x"},
        {"endpoint": 5},
        {"keys": {}},
        {"keys": {"p256dh": "B" + "A" * 86, "auth": "A" * 22}},
    ],
)
def test_what_is_no_subscription_is_refused(change: dict[str, Any]) -> None:
    given = {**Browser("https://push.example/x").subscription, **change}
    with pytest.raises(ValidationFailed):
        read_subscription(given, "Firefox")
