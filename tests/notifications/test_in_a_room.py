"""The application in a real host: asked in its room, by the host's own mail server."""

from __future__ import annotations

from typing import Any

import festoon_notifications
from host import Category, Delivery, Notification, Recipient
from host.access import ANYONE
from host.services.delegation import decide
from host.store import rooms
from host.testing import Person, TestHost, running_host
from tests.servers.smtp import MailServer, text_of


async def a_room(host: TestHost, organizer: Person, **settings: Any) -> dict[str, Any]:
    """A room in which the application brings notifications."""
    room = await host.room(organizer)
    at = f"/rooms/{room['id']}"
    await organizer.post(f"{at}/apps", {"appId": "notifications", "settings": settings})
    await organizer.put(f"{at}/delegations", {"notifications": "notifications"})
    return room


async def test_in_a_room_that_delegates_it_a_person_gets_one_letter(smtp: MailServer) -> None:
    address = "masha@example.com"
    async with running_host(smtp_url=smtp.url, mail_from="hello@festoon.test") as host:
        organizer, masha = await host.register("Nina"), await host.guest("Masha")
        room = await a_room(host, organizer, language="ru", senderName="Ёлка")
        await host.join(room, masha)
        assert masha.id
        news = Notification(
            f"n1.{masha.id}",
            masha.id,
            "winner:selected",
            "You won",
            "A weekend in Suzdal",
            {"prize": "Выходные"},
            Category.RESULT,
            recipient=Recipient("Masha", address),
        )
        async with host.host.db.read() as connection:
            there = await rooms.get(connection, room["id"])
        assert there
        for _ in range(2):
            decision = await decide(host.host.core, ANYONE, there, "notify", notification=news)
            assert decision.app_id == "notifications"
            assert decision.value == Delivery(delivered=True, channel="mail")
        assert len(smtp.to(address)) == 1
        letter = await smtp.arrived(address, seconds=30)
        assert "«Выходные»" in text_of(letter)
        assert letter["From"] == "Ёлка <hello@festoon.test>"

        context = await host.host.registry.context("notifications")
        kept = await festoon_notifications.export_person(context, masha.id)
        assert [(one["channel"], one["state"]) for one in kept["deliveries"]] == [("mail", "SENT")]
        assert address not in str(kept)
        await festoon_notifications.erase_person(context, masha.id)
        assert not any((await festoon_notifications.export_person(context, masha.id)).values())
