"""What every test may ask for: databases, servers, a browser, the host as a process.

A server is started when the first test asks for it and lives as long as the test run (each
worker of a parallel run has its own). A test may kill it; whoever asks next gets it running.
"""

from __future__ import annotations

import gc
import os
import shutil
import tempfile
from collections.abc import AsyncIterator, Generator, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn, Protocol

import pytest

from host.store.engine import Database
from tests.servers.browser import chromium
from tests.servers.databases import PostgreSQLDatabases, SQLiteDatabases
from tests.servers.festoon import Festoon
from tests.servers.forked import ForkedFestoon, Forks
from tests.servers.openid import OpenIDProvider
from tests.servers.postgresql import PostgreSQL
from tests.servers.process import ToolMissing
from tests.servers.redis import Redis
from tests.servers.smtp import MailServer

if TYPE_CHECKING:
    from playwright.async_api import Browser

MEMORY = Path("/dev/shm")
ROOM = 4 * 2**30
"""So many bytes have to be free there, for several runs side by side."""
COLLECT_AFTER = (10_000, 20, 20)
"""When cycles are looked for: as a host has it that serves."""
IN_CI = os.environ.get("CI", "").lower() in ("1", "true", "yes")


def pytest_addoption(parser: pytest.Parser) -> None:
    """Journeys can leave pictures of the pages behind; halls can be large."""
    parser.addoption("--pictures", help="a folder for pictures of the pages that journeys see")
    halls = "how many clients listen while servers are killed"
    parser.addoption("--listeners", type=int, default=20, help=halls)
    kills = "how often each server, or each host amid its writes, is killed"
    parser.addoption("--kills", type=int, help=kills)
    storm = "how many connections a hostile crowd opens, 10000 say"
    away = "how many seconds browsers are on a bad network"
    parser.addoption("--offline", type=float, default=2.0, help=away)
    parser.addoption("--storm", type=int, default=100, help=storm)


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """What collecting makes stays: it is not looked through for cycles meanwhile, which is a
    quarter of the time, nor again and again beside the tests.
    """
    gc.disable()
    try:
        return (yield)
    finally:
        gc.collect()
        gc.freeze()
        gc.enable()
        gc.set_threshold(*COLLECT_AFTER)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Whatever asks for a browser can be chosen, or left out, with `-m browser`."""
    for item in items:
        if "browser" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.browser)


@pytest.hookimpl(wrapper=True)
def pytest_report_to_serializable() -> Generator[None, Any, Any]:
    """Tests speak of lone surrogates, which a worker of a parallel run cannot send home as UTF-8:
    a report shows them as escapes.
    """
    return _sendable((yield))


def _sendable(value: Any) -> Any:
    match value:
        case str():
            return value.encode("utf-8", "backslashreplace").decode("utf-8")
        case dict():
            return {key: _sendable(item) for key, item in value.items()}
        case list() | tuple():
            return type(value)(_sendable(item) for item in value)
    return value


def without(missing: ToolMissing) -> NoReturn:
    """Skips the test on a developer's machine; in CI nothing may be missing."""
    if IN_CI:
        pytest.fail(f"missing in CI: {missing}", pytrace=False)
    pytest.skip(f"missing here: {missing}")


@pytest.fixture(scope="session")
def server_folder() -> Iterator[Path]:
    """A folder that other users may enter, which pytest's own is not: PostgreSQL runs as one."""
    folder = Path(tempfile.mkdtemp(prefix="festoon-tests-"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def quick_folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder for databases: in memory where the system has room, as the files of a new one take
    up to a second on a disk.
    """
    tmp_path_factory.getbasetemp()  # before it is said where else files go: it stays on the disk
    roomy = MEMORY.is_dir() and shutil.disk_usage(MEMORY).free > ROOM
    folder = Path(tempfile.mkdtemp(prefix="festoon-tests-", dir=MEMORY if roomy else None))
    folder.chmod(0o755)
    before, tempfile.tempdir = tempfile.tempdir, str(folder)
    yield folder
    tempfile.tempdir = before
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session", autouse=True)
def _hosts_are_quick(quick_folder: Path) -> None:
    """Hosts in the test's own process have theirs there too."""


@pytest.fixture(scope="session")
def _postgresql(server_folder: Path, quick_folder: Path) -> Iterator[PostgreSQL]:
    folder = server_folder / "postgresql"
    folder.mkdir()
    try:
        server = PostgreSQL(folder, data=quick_folder / "postgresql")
    except ToolMissing as missing:
        without(missing)
    server.create()
    server.start()
    yield server
    server.kill()


@pytest.fixture
def postgresql(_postgresql: PostgreSQL) -> PostgreSQL:
    """A running PostgreSQL."""
    _postgresql.start()
    return _postgresql


@pytest.fixture(scope="session")
def _redis(server_folder: Path) -> Iterator[Redis]:
    folder = server_folder / "redis"
    folder.mkdir()
    try:
        server = Redis(folder)
    except ToolMissing as missing:
        without(missing)
    yield server
    server.kill()


@pytest.fixture
def redis(_redis: Redis) -> Redis:
    """A running Redis; what the test before left in it is still there."""
    _redis.start()
    return _redis


@pytest.fixture
def smtp() -> Iterator[MailServer]:
    """A running mail server without mail."""
    server = MailServer()
    server.start()
    yield server
    server.stop()


@pytest.fixture
def openid() -> Iterator[OpenIDProvider]:
    """A running OpenID provider that knows nobody yet."""
    server = OpenIDProvider()
    server.start()
    yield server
    server.stop()


@pytest.fixture(scope="session")
def sqlite_databases(quick_folder: Path) -> SQLiteDatabases:
    """The maker of SQLite databases."""
    folder = quick_folder / "sqlite"
    folder.mkdir()
    return SQLiteDatabases(folder)


@pytest.fixture(scope="session")
def postgresql_databases(_postgresql: PostgreSQL) -> PostgreSQLDatabases:
    """The maker of PostgreSQL databases."""
    return PostgreSQLDatabases(_postgresql)


@pytest.fixture
def sqlite_url(sqlite_databases: SQLiteDatabases) -> Iterator[str]:
    """The address of a fresh, migrated SQLite database."""
    url = sqlite_databases.create()
    yield url
    sqlite_databases.drop(url)


@pytest.fixture
def postgresql_url(postgresql_databases: PostgreSQLDatabases) -> Iterator[str]:
    """The address of a fresh, migrated PostgreSQL database."""
    url = postgresql_databases.create()
    yield url
    postgresql_databases.drop(url)


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest) -> str:
    """The address of a fresh, migrated database; the test runs once on each kind."""
    url: str = request.getfixturevalue(f"{request.param}_url")
    return url


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    """A fresh, migrated database; the test runs once on each kind."""
    opened = Database(database_url)
    yield opened
    await opened.close()


class FestoonFactory(Protocol):
    """`festoon_process(DATABASE_URL=…, CHANNELS_URL=…)`: a running host with these settings."""

    def __call__(self, *, start: bool = True, **values: str) -> Festoon:
        """`start=False` makes it without starting it."""
        ...


@pytest.fixture(scope="session")
def forks(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Forks]:
    """A program that forks hosts: to start one from nothing takes three seconds."""
    running = Forks(tmp_path_factory.mktemp("forks"))
    yield running
    running.close()


@pytest.fixture
def festoon_process(
    forks: Forks, tmp_path: Path, sqlite_databases: SQLiteDatabases
) -> Iterator[FestoonFactory]:
    """A factory of running hosts, each a process of its own; without `DATABASE_URL` each has a
    fresh SQLite database. With `WORKERS` it is started as a person would.
    """
    hosts: list[Festoon] = []

    with ExitStack() as cleaning:

        def make(*, start: bool = True, **values: str) -> Festoon:
            folder = tmp_path / f"festoon-{len(hosts) + 1}"
            folder.mkdir()
            if "DATABASE_URL" not in values:
                values["DATABASE_URL"] = sqlite_databases.create()
                cleaning.callback(sqlite_databases.drop, values["DATABASE_URL"])
            plain = "WORKERS" in values
            host = Festoon(folder, values) if plain else ForkedFestoon(forks, folder, values)
            hosts.append(host)
            cleaning.callback(host.kill)
            if start:
                host.start()
            return host

        yield make


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    """A running Chromium without pages; each person gets `await browser.new_context()`."""
    try:
        async with chromium() as running:
            yield running
    except ToolMissing as missing:
        without(missing)
