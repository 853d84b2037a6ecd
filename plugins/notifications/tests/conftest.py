"""A context of the application on tables of its own, and notifications to try."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from ipaddress import ip_network
from types import SimpleNamespace
from typing import Any

import pytest

from festoon_notifications.tables import metadata
from host import AsyncDatabase, MailSettings, Notification, Reach
from host.testing import own_tables

LOOPBACK = Reach((ip_network("127.0.0.0/8"),))


@dataclass
class Context:
    """The context of the application in one room; time goes on when it is told to."""

    base: AsyncDatabase
    settings: Mapping[str, Any] = field(default_factory=dict)
    mail: MailSettings | None = None
    reach: Reach = LOOPBACK
    app_id: str = "notifications"
    public_url: str = "https://festoon.test"
    brand: str = "Festoon"
    room_id: str | None = "room"
    passed: timedelta = timedelta(0)
    log: logging.Logger = field(default_factory=lambda: logging.getLogger("festoon.app.test"))
    sent: list[Notification] = field(default_factory=list)

    def now(self) -> datetime:
        return datetime(2026, 12, 31, 21, 30, tzinfo=UTC) + self.passed

    def database(self) -> AsyncDatabase:
        return self.base

    async def notify(self, notification: Notification) -> bool:
        self.sent.append(notification)
        return True


@pytest.fixture
async def ctx() -> AsyncIterator[Any]:
    async with own_tables(metadata) as database:
        yield Context(database)


@pytest.fixture
def room() -> Any:
    return SimpleNamespace(id="room", name="New Year")
