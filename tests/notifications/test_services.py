"""What has an Apprise URL hears of it, from a process that can reach nothing else."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any
from urllib.parse import unquote

import pytest

from festoon_notifications.apprising import Answer, Apprising
from festoon_notifications.channels import Asked
from festoon_notifications.desk import Desk
from host import Delivery, Reach
from plugins.notifications.tests.conftest import LOOPBACK
from plugins.notifications.tests.telling import announced, won
from tests.servers.listening import Listening

BY_SERVICES = frozenset({"services"})


async def delivered(desk: Desk, asked: Asked) -> Delivery:
    """As the host does it: again until it is; the process takes its time to start."""
    async with asyncio.timeout(60):
        while True:
            answer = await desk.deliver(asked)
            if answer.delivered or answer.final:
                return answer
            await asyncio.sleep(0.05)


async def test_a_group_hears_announcements_and_a_person_everything(
    ctx: Any, desk: Desk, room: Any, listening: Listening
) -> None:
    settings = {
        "services": [
            f"json://{listening.host}/group",
            f"json://{listening.host}/person/{{phone}}",
        ],
        "servicesPerMinute": 6_000,
    }
    told = won(locale="ru", channels=BY_SERVICES)
    assert (await delivered(desk, Asked(ctx, room, told, settings))).channel == "services"
    assert listening.at("/group") == []
    (own,) = listening.heard
    assert unquote(own.path) == "/person/+447911123456"
    assert json.loads(own.body)["title"] == "Вы выиграли!"
    for user_id in ("u1", "u2"):
        one = announced(user_id, channels=BY_SERVICES)
        await delivered(desk, Asked(ctx, room, one, settings))
    assert len(listening.at("/group")) == 1
    await delivered(desk, Asked(ctx, room, announced("u1", "ORGANIZER"), settings))
    assert len(listening.at("/group")) == 1


async def until(ask: Callable[[], Awaitable[Answer]], right: Callable[[Answer], bool]) -> None:
    """Asks again until the answer is right: the process takes its time to start."""
    async with asyncio.timeout(60):
        while True:
            if right(await ask()):
                return
            await asyncio.sleep(0.05)


@pytest.fixture
async def shut_in() -> AsyncIterator[Apprising]:
    apprising = Apprising()
    yield apprising
    await apprising.close()


async def test_no_address_leads_into_the_hosts_network_or_its_files(
    shut_in: Apprising, listening: Listening
) -> None:
    async def said(url: str) -> Answer:
        return await shut_in.send(Reach(), url, "News", "The bus")

    await until(lambda: said("nonsense://x"), lambda answer: answer.unknown)
    local = listening.host.replace("127.0.0.1", "localhost")
    near = [f"json://{place}/x" for place in (listening.host, local)]
    for url in (*near, "fcm://p/x?keyfile=/etc/passwd"):
        assert not (await said(url)).well
    assert (await said("syslog://")).unknown
    assert listening.heard == []


async def test_a_refusal_is_for_good_and_says_no_secret(
    ctx: Any, desk: Desk, room: Any, listening: Listening, caplog: pytest.LogCaptureFixture
) -> None:
    listening.answer = lambda _: 403
    url = f"json://user:very-secret@{listening.host}/x/{{email}}"
    settings = {"services": [url], "servicesPerMinute": 6_000}
    answer = await delivered(desk, Asked(ctx, room, won(channels=BY_SERVICES), settings))
    assert answer.failed == "services: the service refuses it (403)"
    assert "very-secret" not in caplog.text + str(answer) + repr(settings.keys())


async def test_who_had_the_process_killed_has_another(
    shut_in: Apprising, listening: Listening
) -> None:
    url = f"json://{listening.host}/x"
    for _ in range(2):
        await until(
            lambda: shut_in.send(LOOPBACK, url, "News", "The bus"), lambda answer: answer.well
        )
        assert shut_in._process is not None
        shut_in._process.kill()
        await shut_in._process.wait()
    assert len(listening.heard) >= 2
