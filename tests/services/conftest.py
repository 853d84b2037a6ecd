"""The hosts at which the services are proven."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from host.store.engine import Database
from tests.services.crowd import Crowd, crowd_on
from tests.services.desk import Desk, desk_on

PLACES = {
    "sqlite": ("sqlite_url", 1),
    "postgresql": ("postgresql_url", 1),
    "two-on-postgresql": ("postgresql_url", 2),
}


@pytest.fixture(params=PLACES)
async def crowd(request: pytest.FixtureRequest) -> AsyncIterator[Crowd]:
    """A crowd at one host, and at two that share a database as two processes would."""
    database, hosts = PLACES[request.param]
    async with crowd_on(request.getfixturevalue(database), hosts) as running:
        yield running


@pytest.fixture
async def desk(database: Database) -> AsyncIterator[Desk]:
    """A room and its writer, on each database."""
    async with desk_on(database) as made:
        yield made
