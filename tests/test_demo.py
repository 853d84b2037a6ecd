"""The demo evening is seeded once, whatever interrupts it."""

from __future__ import annotations

import re
from pathlib import Path

import sqlalchemy as sa

from host.config import Config
from host.demo import GUESTS, PRIZES
from host.secret import with_secret
from host.store.engine import Database
from host.store.tables import participants, prizes, rooms, users
from tests.conftest import FestoonFactory


async def _rows(url: str) -> dict[str, int]:
    db = Database(url)
    try:
        async with db.read() as conn:
            return {
                table.name: (
                    await conn.execute(sa.select(sa.func.count()).select_from(table))
                ).scalar_one()
                for table in (users, rooms, prizes, participants)
            }
    finally:
        await db.close()


async def test_the_second_time_nothing_is_seeded_and_the_code_is_the_same(
    festoon_process: FestoonFactory, tmp_path: Path
) -> None:
    host = festoon_process(start=False)
    data = tmp_path / "data"
    url = f"sqlite+aiosqlite:///{data / 'festoon.db'}"
    first = host.run("demo", "--data", str(data))
    seeded = await _rows(url)
    assert seeded["rooms"] == 2
    assert seeded["prizes"] == len(PRIZES)
    assert seeded["users"] == len(GUESTS) + 1
    second = host.run("demo", "--data", str(data))
    assert await _rows(url) == seeded
    code = re.compile(r"\(code (\w{6})\)")
    assert code.findall(first) == code.findall(second) != []


def test_a_signing_key_is_made_once_and_only_its_owner_may_read_it(tmp_path: Path) -> None:
    config = Config(database_url=f"sqlite+aiosqlite:///{tmp_path / 'festoon.db'}")
    made = with_secret(config)
    assert len(made.secret_key) == 64
    assert with_secret(config) == made
    assert (tmp_path / "festoon.key").stat().st_mode & 0o077 == 0
    assert [file.name for file in tmp_path.iterdir()] == ["festoon.key"]
