"""How much an application may say to a room."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from host.ids import Sources
from host.testing.host import Person, Refused, TestHost, running_host


class Clock:
    """Seconds that pass when a test says so."""

    def __init__(self) -> None:
        self.seconds = 0.0


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def host(clock: Clock) -> AsyncIterator[TestHost]:
    sources = Sources(monotonic=lambda: clock.seconds)
    async with running_host(limits="off,events_per_room=3", sources=sources) as running:
        yield running


async def test_an_application_that_says_too_much_waits_in_that_room_alone(
    host: TestHost, clock: Clock
) -> None:
    admin = await host.admin()
    manifest = {
        "meta": {"name": "Tombola", "version": "1.0.0", "description": "Draws by itself."},
        "baseUrl": "http://127.0.0.1:9",
        "capabilities": [],
        "permissions": ["realtime:publish"],
        "settings": {},
    }
    secret = (await admin.post("/apps", {"manifest": manifest}))["appSecret"]
    app = Person(host.client, None)
    body = {"appId": "tombola", "appSecret": secret}
    app.token = (await host.nobody.post("/apps/token", body))["accessToken"]
    one, other = [f"/rooms/{(await host.room(admin, 'tombola'))['id']}/events" for _ in range(2)]
    said = {"event": "tombola:spun", "data": {}}
    for _ in range(3):
        await app.post(one, said)
    answer = await app.call("POST", one, said)
    assert answer.status_code == 429, answer.text
    assert answer.headers["Retry-After"] == "2"
    with pytest.raises(Refused, match="RATE_LIMIT_EXCEEDED"):
        await app.post(one, {**said, "durable": False})
    await app.post(other, said)
    clock.seconds += 2
    await app.post(one, said)
    log = await admin.get(one + "?limit=100")
    assert len([event for event in log if event["event"] == said["event"]]) == 4
