"""A notification is kept once, and announced even when the first attempt broke off."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest

import festoon_notifications
from festoon_notifications.tables import metadata
from host import AsyncDatabase, Delivery, Notification
from host.testing import own_tables

ROOM: Any = SimpleNamespace(id="room")


def won(ident: str = "n1", user_id: str = "masha") -> Notification:
    data = {"prizeId": "p1"}
    return Notification(ident, user_id, "winner:selected", "You won", "A weekend in Suzdal", data)


@dataclass
class Context:
    """The context of the application in one room; `broken` makes the announcement fail."""

    base: AsyncDatabase
    announced: list[Notification] = field(default_factory=list)
    broken: bool = False

    def now(self) -> datetime:
        return datetime(2026, 12, 31, 21, 30, tzinfo=UTC)

    def database(self) -> AsyncDatabase:
        return self.base

    async def notify(self, notification: Notification) -> bool:
        if self.broken:
            raise ConnectionError("the channel is down")
        self.announced.append(notification)
        return True


@pytest.fixture
async def ctx() -> AsyncIterator[Any]:
    async with own_tables(metadata) as database:
        yield Context(database)


async def inbox(ctx: Any, user_id: str = "masha") -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = (await festoon_notifications.export_person(ctx, user_id))["inbox"]
    return found


async def test_a_notification_is_kept_and_announced(ctx: Any) -> None:
    answer = await festoon_notifications.notify(ctx, ROOM, won())
    assert answer == Delivery(delivered=True, channel="in-app")
    assert ctx.announced == [won()]
    assert await inbox(ctx) == [
        {
            "id": "n1",
            "roomId": "room",
            "kind": "winner:selected",
            "title": "You won",
            "body": "A weekend in Suzdal",
            "data": {"prizeId": "p1"},
            "createdAt": "2026-12-31T21:30:00.000Z",
        }
    ]


async def test_the_same_notification_again_is_silent(ctx: Any) -> None:
    for _ in range(3):
        assert (await festoon_notifications.notify(ctx, ROOM, won())).delivered
    assert len(ctx.announced) == 1
    assert len(await inbox(ctx)) == 1


async def test_what_was_kept_and_not_announced_is_announced_by_the_retry(ctx: Any) -> None:
    ctx.broken = True
    with pytest.raises(ConnectionError):
        await festoon_notifications.notify(ctx, ROOM, won())
    assert len(await inbox(ctx)) == 1
    ctx.broken = False
    assert (await festoon_notifications.notify(ctx, ROOM, won())).delivered
    assert ctx.announced == [won()]
    assert len(await inbox(ctx)) == 1


async def test_two_deliveries_at_once_keep_one(ctx: Any) -> None:
    await asyncio.gather(*(festoon_notifications.notify(ctx, ROOM, won()) for _ in range(8)))
    assert len(await inbox(ctx)) == 1
    assert ctx.announced


async def test_a_person_sees_only_their_own_and_can_have_it_erased(ctx: Any) -> None:
    await festoon_notifications.notify(ctx, ROOM, won("n1"))
    await festoon_notifications.notify(ctx, ROOM, won("n2", "oleg"))
    assert [one["id"] for one in await inbox(ctx, "oleg")] == ["n2"]
    await festoon_notifications.erase_person(ctx, "oleg")
    assert await inbox(ctx, "oleg") == []
    assert [one["id"] for one in await inbox(ctx)] == ["n1"]
