"""Notifications in a real host: what a person is told is in their inbox, and reaches them."""

from __future__ import annotations

from typing import Any

import festoon_notifications
from host import Delivery, Notification
from host.access import ANYONE
from host.services.delegation import decide
from host.store import rooms
from host.testing import TestHost, running_host


async def inbox_of(host: TestHost, user_id: str) -> list[dict[str, Any]]:
    context = await host.host.registry.context("notifications")
    exported = await festoon_notifications.export_person(context, user_id)
    found: list[dict[str, Any]] = exported["inbox"]
    return found


async def test_in_a_room_that_delegates_it_the_inbox_answers() -> None:
    async with running_host() as host:
        organizer, masha = await host.register("Nina"), await host.guest("Masha")
        room = await host.room(organizer)
        at = f"/rooms/{room['id']}"
        await organizer.post(f"{at}/apps", {"appId": "notifications"})
        await organizer.put(f"{at}/delegations", {"notifications": "notifications"})
        await host.join(room, masha)
        assert masha.id
        news = Notification("n1", masha.id, "winner:selected", "You won", "A weekend in Suzdal")
        async with host.host.db.read() as connection:
            there = await rooms.get(connection, room["id"])
        assert there

        for _ in range(2):
            decision = await decide(host.host.core, ANYONE, there, "notify", notification=news)
            assert decision.app_id == "notifications"
            assert decision.value == Delivery(delivered=True, channel="in-app")

        (message,) = await inbox_of(host, masha.id)
        assert (message["id"], message["title"], message["roomId"]) == ("n1", "You won", room["id"])
        for person, count in ((masha, 1), (organizer, 0)):
            events = await person.get(f"{at}/events?after=0")
            told = [one for one in events if one["event"] == "notification:received"]
            assert [one["data"]["id"] for one in told] == ["n1"] * count
