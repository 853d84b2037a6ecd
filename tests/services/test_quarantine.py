"""An application that keeps failing is switched off, and those concerned hear of it."""

from __future__ import annotations

import asyncio
from typing import Any

from host.apps.states import AppState
from host.testing import Person, TestHost, running_host
from tests.fixtures.broken import broken


async def _until(host: TestHost, person: Person, room_id: str, kind: str) -> dict[str, Any]:
    async with asyncio.timeout(30):
        while True:
            await host.host.core.background.drain()
            for event in await person.get(f"/rooms/{room_id}/events?limit=100"):
                if event["data"].get("kind") == kind:
                    found: dict[str, Any] = event
                    return found


async def test_the_organizers_hear_of_a_quarantine_and_the_guests_do_not() -> None:
    with broken("raises", "well") as entry_points:
        async with running_host(entry_points=entry_points) as host:
            organizer = await host.register("Olga")
            room = await host.room(organizer, "raises")
            base = f"/rooms/{room['id']}"
            guest = await host.guest("Masha")
            participant = await host.join(room, guest)
            # It is told of each win, and raises each time.
            for number in range(5):
                prize = await organizer.post(f"{base}/prizes", {"name": f"Prize {number}"})
                given = {"participantId": participant["id"], "prizeId": prize["id"]}
                await organizer.post(f"{base}/winners", given)
            told = await _until(host, organizer, room["id"], "app:quarantined")
            assert told["data"]["data"] == {"appId": "raises"}
            assert "secret" not in told["data"]["body"]
            seen = await guest.get(f"{base}/events?limit=100")
            assert all(event["event"] != "notification:received" for event in seen)
            assert host.host.registry.record("raises").state is AppState.QUARANTINED
            assert host.host.registry.record("well").state is AppState.ACTIVE
            assert len(await organizer.get(f"{base}/winners")) == 5
