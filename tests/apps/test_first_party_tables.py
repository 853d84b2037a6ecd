"""The tables of the first-party applications, on both databases."""

from __future__ import annotations

import asyncio
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

import festoon_lottery.tables
import festoon_notifications.tables
from festoon_lottery.tickets import hand_out
from host.apps.migrations import migrate_app, pending_of_app
from host.store.engine import Database

TABLES = {"lottery": festoon_lottery.tables, "notifications": festoon_notifications.tables}


def folder_of(tables: ModuleType) -> Path:
    assert tables.__file__
    return Path(tables.__file__).parent


@pytest.fixture
async def migrated(database: Database) -> Database:
    for app_id, tables in TABLES.items():
        await migrate_app(database, app_id, folder_of(tables), TABLES)
    return database


@pytest.mark.parametrize("app_id", TABLES)
async def test_the_migrations_make_what_the_code_expects(migrated: Database, app_id: str) -> None:
    def differences(connection: sa.Connection) -> list[Any]:
        options = {
            "include_object": lambda thing, name, kind, *_: (
                kind != "table" or name.startswith(f"{app_id}_")
            ),
            "compare_type": True,
        }
        context = MigrationContext.configure(connection, opts=options)
        return list(compare_metadata(context, TABLES[app_id].metadata))

    async with migrated.read() as connection:
        assert await connection.run_sync(differences) == []
    assert await pending_of_app(migrated, app_id, folder_of(TABLES[app_id])) == []


async def test_guests_who_arrive_together_never_share_a_ticket(migrated: Database) -> None:
    settings = {"ticketsPerGuest": 3}
    guests: list[Any] = [
        SimpleNamespace(id=f"p{n}", user_id=f"u{n}", metadata={}) for n in range(30)
    ]
    answers = await asyncio.gather(
        *(hand_out(migrated, "room", [guest], settings) for guest in guests * 2),
        *(hand_out(migrated, "room", guests, settings) for _ in range(5)),
    )
    given = {holder: held for answer in answers for holder, held in answer.items()}
    for answer in answers:
        for holder, held in answer.items():
            assert held == given[holder]
    numbers = [number for held in given.values() for run in held for number in run]
    assert sorted(numbers) == list(range(1, 91))
