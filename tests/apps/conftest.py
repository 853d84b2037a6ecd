"""A database, the broken applications, and a registry that has loaded them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from logging import getLogger
from typing import Any

import pytest

from host.apps.guard import Guard
from host.apps.loading import Loader
from host.apps.registry import Registry
from host.config import Config
from host.contract import AppContext, AppRef, Person, Room, RoomCounts, RoomStatus
from host.ids import Sources
from host.store.engine import Database
from tests.fixtures.broken import broken

LoadBroken = Callable[..., Awaitable[Registry]]

BLOCKING = {"blocks", "startup_blocks"}
"""Those that hold the event loop."""
NOW = datetime(2026, 12, 31, 20, tzinfo=UTC)


class Here:
    """What an application of these tests needs of its context."""

    def __init__(self, app_id: str, room: Room | None, actor: Any) -> None:
        self.app_id = app_id
        self.room_id = room.id if room else None
        self.settings: dict[str, Any] = {}
        self.actor = actor
        self.log = getLogger("festoon.app")


async def make_context(app_id: str, room: Room | None, actor: Any = None) -> AppContext:
    """A context without services: what is proven here is who is called, and how it ends."""
    return Here(app_id, room, actor)  # type: ignore[return-value]


def a_room(app_id: str = "well") -> Room:
    """A room as hooks receive it."""
    anna = Person("anna", "Anna")
    return Room(
        id="room1",
        name="Party",
        description=None,
        app_id=app_id,
        app_settings={},
        app_manifest_version="1.0.0",
        status=RoomStatus.ACTIVE,
        is_public=False,
        join_code="ABC234",
        created_by=anna.id,
        created_at=NOW,
        updated_at=NOW,
        deleted_at=None,
        app=AppRef(app_id, {}, "1.0.0"),
        organizer=anna,
        counts=RoomCounts(1, 0, 0),
    )


@pytest.fixture
async def db(sqlite_url: str) -> AsyncIterator[Database]:
    """A migrated database on SQLite, where only the applications are in question."""
    opened = Database(sqlite_url)
    yield opened
    await opened.close()


@pytest.fixture
async def load(db: Database) -> AsyncIterator[LoadBroken]:
    """`await load("well", "raises", …)`: a registry that has loaded these of `broken_plugins/`.

    Time limits are short where one is to be passed; keywords are fields of `Config`.
    """
    async with AsyncExitStack() as opened:

        async def loaded(*names: str, **values: Any) -> Registry:
            entry_points = opened.enter_context(broken(*names))
            registry = Registry(
                db,
                Config(database_url=str(db.engine.url), **values),
                entry_points=entry_points,
                loader=Loader(
                    Sources().now,
                    db,
                    host_version="0.1.0",
                    import_seconds=1.0 if "block_on_import" in names else 60.0,
                ),
                guard=Guard(grace=0.1, blocking=0.3 if BLOCKING & set(names) else 60.0),
                startup_seconds=0.2 if "startup_hangs" in names else 60.0,
            )
            opened.push_async_callback(registry.guard.settle, 0)
            await registry.load(make_context)
            return registry

        yield loaded
