"""Capabilities on request: a room delegates them where its settings ask for it, and only there."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import pytest

from host.testing.host import Person, Refused, TestHost, running_host

REGISTERS = "participantRegistration"
TEXTS = {"type": "array", "items": {"type": "string"}, "default": []}


def manifest(name: str, version: str = "1.0.0", **changes: Any) -> dict[str, Any]:
    """A service that draws wherever it is on, and stands at the door on request."""
    return {
        "meta": {"name": name, "version": version, "description": "Asks at the door."},
        "baseUrl": "http://127.0.0.1:9",
        "capabilities": ["winnerSelection", REGISTERS],
        "onRequest": {REGISTERS: ["questions", "strict"]},
        "permissions": [],
        "settings": {
            "type": "object",
            "properties": {"questions": TEXTS, "strict": {"type": "boolean", "default": False}},
        },
    } | changes


@dataclass
class Door:
    """A host with a service `door`, and who makes rooms."""

    running: TestHost
    admin: Person
    olga: Person

    async def room(self, app_id: str = "door", **settings: Any) -> str:
        """A new room's path."""
        made = await self.running.room(self.olga, app_id, appSettings=settings)
        return f"/rooms/{made['id']}"

    async def answers(self, path: str) -> dict[str, str]:
        """Who answers in a room; what is the platform's is left out."""
        found = await self.olga.get(f"{path}/delegations")
        return {capability: app_id for capability, app_id in found.items() if app_id}


@pytest.fixture
async def door(database_url: str) -> AsyncIterator[Door]:
    async with running_host(database_url=database_url) as running:
        admin = await running.admin()
        await admin.post("/apps", {"manifest": manifest("door")})
        yield Door(running, admin, await running.register("Olga"))


async def test_it_is_taken_and_given_back_as_the_settings_ask(door: Door) -> None:
    path, both = await door.room(), {"winnerSelection": "door", REGISTERS: "door"}
    assert await door.answers(path) == {"winnerSelection": "door"}
    await door.olga.patch(path, {"appSettings": {"questions": ["Your team"]}})
    assert await door.answers(path) == both
    await door.olga.patch(f"{path}/apps/door", {"settings": {"strict": True}})
    assert await door.answers(path) == both
    log = [one for one in await door.olga.get(f"{path}/audit") if one["act"] == "app:delegate"]
    assert [(one["before"], one["after"]) for one in log] == [
        ({REGISTERS: None}, {REGISTERS: "door"})
    ]
    # What an organizer chose stays until the settings ask for something else.
    await door.olga.put(f"{path}/delegations", {REGISTERS: None})
    await door.olga.patch(path, {"appSettings": {"questions": ["Your name"]}})
    assert await door.answers(path) == {"winnerSelection": "door"}
    await door.olga.patch(path, {"appSettings": {}})
    await door.olga.patch(path, {"appSettings": {"strict": True}})
    assert await door.answers(path) == both
    await door.olga.patch(path, {"appSettings": {"questions": [], "strict": False}})
    assert await door.answers(path) == {"winnerSelection": "door"}


async def test_settings_of_a_new_room_and_of_a_second_application_ask_at_once(door: Door) -> None:
    asking = await door.room(questions=["Your team"])
    assert (await door.answers(asking))[REGISTERS] == "door"
    second, body = await door.room("quiz"), {"appId": "door"}
    row = await door.olga.post(f"{second}/apps", body)
    assert row["capabilities"] == ["winnerSelection"]
    await door.olga.delete(f"{second}/apps/door")
    row = await door.olga.post(f"{second}/apps", body | {"settings": {"strict": True}})
    assert set(row["capabilities"]) == {"winnerSelection", REGISTERS}
    off = await door.olga.patch(f"{second}/apps/door", {"enabled": False})
    assert off["capabilities"] == []
    # Of one that is off settings ask for nothing.
    for settings in ({}, {"strict": True}):
        await door.olga.patch(f"{second}/apps/door", {"settings": settings})
    assert REGISTERS not in await door.answers(second)


async def test_settings_that_could_have_no_effect_are_refused_whole(door: Door) -> None:
    await door.admin.post("/apps", {"manifest": manifest("other")})
    path = await door.room()
    taken = {"appId": "other", "settings": {"strict": True}}
    await door.olga.post(f"{path}/apps", taken)
    for call, body in (
        (path, {"appSettings": {"strict": True}}),
        (f"{path}/apps/door", {"settings": {"strict": True}}),
    ):
        with pytest.raises(Refused, match="'other' answers") as refused:
            await door.olga.patch(call, body)
        assert refused.value.code == "DELEGATION_CONFLICT"
    assert (await door.olga.get(path))["appSettings"]["strict"] is False
    assert (await door.answers(path))[REGISTERS] == "other"


async def test_an_upgrade_takes_what_the_settings_ask_of_the_new_version(door: Door) -> None:
    path, newer = await door.room(), manifest("door", "1.1.0")
    await door.admin.patch("/apps/door", {"manifest": newer})
    body = {"targetVersion": "1.1.0", "migrationData": {"strict": True}}
    await door.olga.post(f"{path}/upgrade-manifest", body)
    assert (await door.answers(path))[REGISTERS] == "door"
