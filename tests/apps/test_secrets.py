"""Secrets that the host makes again instead of keeping them."""

from __future__ import annotations

from base64 import b64decode
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from host.apps.secrets import PREFIX, AppSecrets
from host.auth.tokens import Tokens
from host.contract import ReviewState
from host.ids import Sources
from host.store import app_secrets as store
from host.store import apps
from host.store.apps import Source
from host.store.engine import Database

HOST_KEY = "the key of one host, of 32 characters"
START = datetime(2026, 12, 31, 20, tzinfo=UTC)


class Clock:
    """A clock that stands still until it is moved."""

    def __init__(self) -> None:
        self.moment = START
        self.sources = Sources(now=lambda: self.moment)


@pytest.fixture
def clock() -> Clock:
    return Clock()


def _secrets(db: Database, clock: Clock, key: str = HOST_KEY) -> AppSecrets:
    return AppSecrets(db, Tokens(key, "http://host.example", clock.sources), clock.sources)


@pytest.fixture
async def secrets(db: Database, clock: Clock) -> AppSecrets:
    async with db.write() as connection:
        for app_id in ("tombola", "other"):
            await apps.keep(
                connection,
                app_id=app_id,
                version="1.0.0",
                manifest={},
                source=Source.SERVICE,
                review_state=ReviewState.PENDING,
                now=START,
            )
    return _secrets(db, clock)


async def _give(db: Database, secrets: AppSecrets, app_id: str, ends_at: datetime) -> str:
    new = secrets.new(app_id)
    async with db.write() as connection:
        await store.retire(connection, app_id, ends_at)
        await store.insert(connection, new.kept)
    return new.text


def _key(text: str) -> bytes:
    assert text.startswith(PREFIX)
    return b64decode(text.removeprefix(PREFIX), validate=True)


async def test_two_secrets_sign_while_they_are_changed_and_one_afterwards(
    db: Database, clock: Clock, secrets: AppSecrets
) -> None:
    window = START + timedelta(hours=24)
    first = await _give(db, secrets, "tombola", window)
    assert await secrets.signing_keys("tombola") == [_key(first)]
    assert len(_key(first)) == 32
    second = await _give(db, secrets, "tombola", window)
    assert await secrets.signing_keys("tombola") == [_key(second), _key(first)]
    third = await _give(db, secrets, "tombola", window)
    assert await secrets.signing_keys("tombola") == [_key(third), _key(second)]
    clock.moment = window
    assert await secrets.signing_keys("tombola") == [_key(third)]
    async with db.write() as connection:
        await store.end_all(connection, "tombola")
    assert await secrets.signing_keys("tombola") == []


async def test_no_two_secrets_are_alike_and_none_stands_in_the_database(
    db: Database, secrets: AppSecrets
) -> None:
    shown = {await _give(db, secrets, "tombola", START) for _ in range(2)}
    shown.add(await _give(db, secrets, "other", START))
    assert len(shown) == 3
    async with db.read() as connection:
        kept = str((await connection.execute(sa.text("SELECT * FROM app_secrets"))).all())
    assert not any(text in kept or text.removeprefix(PREFIX) in kept for text in shown)


async def test_another_key_of_the_host_signs_nothing_rather_than_wrongly(
    db: Database, clock: Clock, secrets: AppSecrets, caplog: pytest.LogCaptureFixture
) -> None:
    await _give(db, secrets, "tombola", START)
    moved = _secrets(db, clock, "the key of another host, just as long")
    assert await moved.signing_keys("tombola") == []
    assert "festoon apps secret tombola" in caplog.text
