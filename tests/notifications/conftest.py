"""The application on tables of its own, beside real servers on loopback."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from types import SimpleNamespace
from typing import Any

import pytest

from festoon_notifications.desk import Desk
from festoon_notifications.tables import metadata
from host.testing import own_tables
from plugins.notifications.tests.conftest import Context
from tests.servers.listening import Listening


@pytest.fixture
async def ctx() -> AsyncIterator[Any]:
    async with own_tables(metadata) as database:
        yield Context(database)


@pytest.fixture
async def desk(ctx: Any) -> AsyncIterator[Desk]:
    made = Desk(ctx, ())
    yield made
    await made.close()


@pytest.fixture
def room() -> Any:
    return SimpleNamespace(id="room", name="Новый год")


@pytest.fixture
def listening() -> Iterator[Listening]:
    with Listening() as server:
        yield server
