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
from tests.contract.cast import Cast, Stage
from tests.contract.documented import documented
from tests.patience import LONG
from tests.servers.databases import PostgreSQLDatabases, SQLiteDatabases

HERE = Path(__file__).parent
APPS = HERE / "apps"


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
    entry_points = installed()
    await migrate_all(
        Config(database_url=database_url, secret_key=SECRET), entry_points=entry_points
    )
    async with running_host(
        database_url=database_url,
        entry_points=entry_points,
        delegation_seconds=LONG,
        cors_origins=("https://front.example",),
        apps={"LOTTERY_GREETING": "Hello"},
    ) as running:
        running.client.event_hooks["response"].append(documented())
        yield running


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def _on_sqlite(_apps: None, sqlite_databases: SQLiteDatabases) -> AsyncIterator[Stage]:
    async with _running(sqlite_databases.create()) as host:
        yield await Stage.of(host)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def _on_postgresql(
    _apps: None, postgresql_databases: PostgreSQLDatabases
) -> AsyncIterator[Stage]:
    async with _running(postgresql_databases.create()) as host:
        yield await Stage.of(host)


@pytest.fixture
def stage(_on_sqlite: Stage) -> Stage:
    """A running host on SQLite with people to play, shared by all tests."""
    return _on_sqlite


@pytest.fixture
def host(stage: Stage) -> TestHost:
    """The host of the stage."""
    return stage.host


@pytest.fixture
def admin(stage: Stage) -> Person:
    """An administrator of the platform, shared."""
    return stage.people["admin"]


@pytest_asyncio.fixture(loop_scope="session")
async def olga(host: TestHost) -> Person:
    """Somebody new, who will have rooms of her own."""
    return await host.guest("Olga")


@pytest_asyncio.fixture(loop_scope="session")
async def cast(stage: Stage) -> Cast:
    """An open private lottery room with everybody, for one test alone."""
    return await stage.cast()


@pytest_asyncio.fixture(loop_scope="session")
async def shared(stage: Stage) -> Cast:
    """The same for all tests, which may add prizes and leave everything else as it was."""
    return await stage.shared()


@pytest.fixture(params=["sqlite", "postgresql"])
def either_stage(request: pytest.FixtureRequest) -> Stage:
    """As `stage`; the test runs once on each database."""
    if request.param == "postgresql":
        # Starts it again where a test before killed it.
        request.getfixturevalue("postgresql")
    found: Stage = request.getfixturevalue(f"_on_{request.param}")
    return found


@pytest_asyncio.fixture(loop_scope="session")
async def either(either_stage: Stage) -> Cast:
    """As `shared`; the test runs once on each database."""
    return await either_stage.shared()
