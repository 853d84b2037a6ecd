"""`festoon migrate`: the host's tables, then those of every installed application."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from importlib.metadata import EntryPoint
from pathlib import Path

from sqlalchemy.engine import make_url

from host.apps.discovery import installed
from host.apps.loading import Loader, candidates
from host.apps.migrations import MigrationFailed, migrate_app, migrate_host
from host.config import Config
from host.ids import Sources
from host.store import apps as store
from host.store.engine import Database

log = logging.getLogger("festoon.apps")


async def migrate_all(config: Config, *, entry_points: Sequence[EntryPoint] | None = None) -> int:
    """Brings every table up to date; the exit status, 0 once the host's own are.

    An application that fails is logged and left out: it ends in MIGRATION_FAILED when the host
    starts, and the others go on. `entry_points` None discovers what is installed.
    """
    db = Database(config.database_url)
    try:
        if db.dialect == "sqlite" and (file := make_url(config.database_url).database):
            Path(file).parent.mkdir(parents=True, exist_ok=True)
        await migrate_host(db)
        await _migrate_apps(db, installed() if entry_points is None else entry_points)
    finally:
        await db.close()
    return 0


async def _migrate_apps(db: Database, entry_points: Sequence[EntryPoint]) -> None:
    now = Sources().now
    async with db.read() as connection:
        known = {row.app_id: row for row in await store.listed(connection)}
    found = candidates(entry_points, now())
    app_ids = [*known, *(entry.app_id for entry in found)]
    for entry in found:
        off = entry.app_id in known and known[entry.app_id].disabled_at is not None
        if off or entry.manifest is None or entry.folder is None:
            continue
        if Loader(now).unfit(entry.manifest):
            continue
        try:
            if await migrate_app(db, entry.app_id, entry.folder, app_ids):
                log.info("the tables of %s are up to date", entry.app_id)
        except MigrationFailed as error:
            log.error("the tables of %s could not be brought up to date: %s", entry.app_id, error)
