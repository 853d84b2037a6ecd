"""`festoon apps`: what is installed and how it is, and switching applications on and off."""

from __future__ import annotations

import argparse
import asyncio
import sys
import tomllib
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from contextlib import asynccontextmanager, contextmanager
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import Any

from sqlalchemy.engine import make_url

from host.apps.discovery import GROUP, installed
from host.apps.entry import AppEntry
from host.apps.loading import Loader, candidates
from host.apps.names import PLATFORM
from host.apps.registry import Registry
from host.config import Config
from host.contract import iso
from host.errors import ConfigurationError, NotFound
from host.ids import Sources
from host.store import apps as store
from host.store.apps import KnownApp, Source
from host.store.engine import Database


def add_apps_commands(commands: Any) -> Any:
    """Hangs `apps` on the command line's sub-parsers; answers those of `apps` itself.

    Each command sets `run`, a function of the configuration and the options that answers the
    exit status.
    """
    apps = commands.add_parser("apps", help="applications: what is there, and changing it")
    verbs = apps.add_subparsers(dest="apps_command", required=True, metavar="COMMAND")

    listing = verbs.add_parser("list", help="every application and its state")
    listing.set_defaults(run=_run_stored(list_apps))

    check = verbs.add_parser("check", help="load one application and tell all that is wrong")
    check.add_argument("app", help="its id, or the folder of its distribution or its project")
    check.set_defaults(run=_run(check_app))

    enable = verbs.add_parser("enable", help="switch an application on, from the next start")
    enable.add_argument("app", help="its id")
    enable.set_defaults(run=_run_stored(enable_app))

    disable = verbs.add_parser("disable", help="switch an application off, from the next start")
    disable.add_argument("app", help="its id")
    disable.add_argument("--reason", default="switched off by hand", help="what people read")
    disable.set_defaults(run=_run_stored(disable_app))
    return verbs


async def list_apps(config: Config, _: argparse.Namespace) -> int:
    """Prints a line for each application; nothing is written and nothing started."""
    async with _database(config) as db:
        now = Sources().now
        registry = Registry(db, config, loader=Loader(now))
        await registry.look()
    rows = [("ID", "VERSION", "STATE", "SINCE", "REASON")]
    rows += [
        (e.app_id, e.version or "-", e.state.value, iso(e.since), e.reason or "")
        for e in registry.entries
    ]
    widths = [max(len(row[column]) for row in rows) for column in range(4)]
    for row in rows:
        cells = [text.ljust(width) for text, width in zip(row, widths, strict=False)]
        print("  ".join([*cells, row[4]]).rstrip())
    return 0


async def check_app(_: Config, options: argparse.Namespace) -> int:
    """Loads an application without a database and prints every problem; 1 where there is one."""
    folder = Path(options.app)
    wanted = _project_of(folder)
    if not wanted:
        wanted = [one for one in installed() if one.name == options.app]
    if not wanted:
        raise NotFound(f"There is no application {options.app!r} here.")
    now = Sources().now
    with _importable(folder):
        loader = Loader(now)
        checked = [await loader.load(entry, None) for entry in candidates(wanted, now())]
    for entry in checked:
        _print_checked(entry)
    return 0 if all(entry.active for entry in checked) else 1


async def enable_app(config: Config, options: argparse.Namespace) -> int:
    """Switches an application on again, also out of quarantine."""
    async with _database(config) as db, db.write() as connection:
        if not await store.enable(connection, options.app, Sources().now()):
            raise NotFound(f"This host knows no application {options.app!r}.")
        known = await store.get(connection, options.app)
    print(f"{options.app} is on {_when(known)}")
    return 0


async def disable_app(config: Config, options: argparse.Namespace) -> int:
    """Switches an application off; its rooms stay and say so."""
    if options.app == PLATFORM:
        raise NotFound("The platform answers where no application does; it stays on.")
    async with _database(config) as db, db.write() as connection:
        if not await store.disable(connection, options.app, options.reason, Sources().now()):
            raise NotFound(f"This host knows no application {options.app!r}.")
        known = await store.get(connection, options.app)
    print(f"{options.app} is off {_when(known)}")
    return 0


def _when(known: KnownApp | None) -> str:
    is_service = known is not None and known.source is Source.SERVICE
    return "from now on" if is_service else "from the next start of the host"


def _run(
    command: Callable[[Config, argparse.Namespace], Coroutine[Any, Any, int]],
) -> Callable[[Config, argparse.Namespace], int]:
    return lambda config, options: asyncio.run(command(config, options))


def need_file(config: Config) -> None:
    """Raises `ConfigurationError` where the SQLite database was never made."""
    url = make_url(config.database_url)
    if url.drivername.startswith("sqlite") and not Path(str(url.database)).is_file():
        raise ConfigurationError(
            f"There is no database at {url.database}. Run `festoon migrate`, or set "
            "FESTOON_DATABASE_URL."
        )


def _run_stored(
    command: Callable[[Config, argparse.Namespace], Coroutine[Any, Any, int]],
) -> Callable[[Config, argparse.Namespace], int]:
    def run(config: Config, options: argparse.Namespace) -> int:
        need_file(config)
        return asyncio.run(command(config, options))

    return run


@asynccontextmanager
async def _database(config: Config) -> AsyncIterator[Database]:
    db = Database(config.database_url)
    try:
        yield db
    finally:
        await db.close()


def _project_of(folder: Path) -> list[EntryPoint]:
    """The entry points of a folder with `*.dist-info`, or of a project with `pyproject.toml`."""
    project = folder / "pyproject.toml"
    if not project.is_file():
        return installed([str(folder)]) if folder.is_dir() else []
    try:
        metadata = tomllib.loads(project.read_text(encoding="utf-8"))["project"]
    except (KeyError, ValueError) as error:
        raise NotFound(f"{project} does not describe a project: {error}") from None
    own = metadata.get("entry-points", {}).get(GROUP, {})
    return [EntryPoint(name, value, GROUP) for name, value in sorted(own.items())]


@contextmanager
def _importable(folder: Path) -> Iterator[None]:
    """Imports find what is in the folder first, as they will once it is installed."""
    before = sys.path[:]
    sys.path[:0] = [str(folder.resolve()), str((folder / "src").resolve())]
    try:
        yield
    finally:
        sys.path[:] = before


def _print_checked(entry: AppEntry) -> None:
    named = f"{entry.app_id} {entry.version or ''}".rstrip()
    if entry.active:
        print(f"{named}: all is well ({', '.join(sorted(entry.hooks)) or 'no hooks'})")
        return
    print(f"{named}: {entry.state}")
    for problem in entry.record.problems:
        print(f"  {problem}")
