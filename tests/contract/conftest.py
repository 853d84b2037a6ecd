"""One running host for all tests of the contract, which make their own rooms and people there."""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import pytest_asyncio

from host.apps.discovery import installed
from host.apps.migrate import migrate_all
from host.config import Config
from host.testing.host import SECRET, Person, TestHost, running_host
from tests.servers.databases import PostgreSQLDatabases, SQLiteDatabases
from tests.servers.postgresql import PostgreSQL

HERE = Path(__file__).parent
APPS = HERE / "apps"
SECONDS = 2.0
"""What an application has for an answer: long for a busy machine, short for one that hangs."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tests here share the loop that the shared host runs in."""
    for item in items:
        if HERE in item.path.parents and item.get_closest_marker("asyncio") is not None:
            item.add_marker(pytest.mark.asyncio(loop_scope="session"), append=False)


@pytest.fixture(scope="session")
def _apps() -> Iterator[None]:
    sys.path.insert(0, str(APPS))
    yield
    sys.path.remove(str(APPS))


@asynccontextmanager
async def _running(database_url: str) -> AsyncIterator[TestHost]:
    entry_points = [*installed([str(APPS)]), *installed()]
    await migrate_all(
        Config(database_url=database_url, secret_key=SECRET), entry_points=entry_points
    )
    async with running_host(
        database_url=database_url,
        entry_points=entry_points,
        delegation_seconds=SECONDS,
        cors_origins=("https://front.example",),
    ) as running:
        yield running


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def _on_sqlite(_apps: None, sqlite_databases: SQLiteDatabases) -> AsyncIterator[TestHost]:
    async with _running(sqlite_databases.create()) as running:
        yield running


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def _on_postgresql(
    _apps: None, postgresql_databases: PostgreSQLDatabases
) -> AsyncIterator[TestHost]:
    async with _running(postgresql_databases.create()) as running:
        yield running


@pytest.fixture
def host(_on_sqlite: TestHost) -> TestHost:
    """A running host on SQLite, shared by all tests."""
    return _on_sqlite


@pytest.fixture(params=["sqlite", "postgresql"])
def either(request: pytest.FixtureRequest) -> TestHost:
    """A running host, shared; the test runs once on each database."""
    if request.param == "postgresql":
        server: PostgreSQL = request.getfixturevalue("postgresql")
        assert server.port
    found: TestHost = request.getfixturevalue(f"_on_{request.param}")
    return found


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def _admin(_on_sqlite: TestHost) -> Person:
    return await _on_sqlite.admin("Ada")


@pytest.fixture
def admin(_admin: Person) -> Person:
    """An administrator of the platform, shared."""
    return _admin


@pytest_asyncio.fixture(loop_scope="session")
async def olga(host: TestHost) -> Person:
    """Somebody new, who will have rooms."""
    return await host.guest("Olga")
