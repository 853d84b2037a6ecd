"""host.store.sessions: what the database itself promises of sessions and refresh tokens."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy.exc import IntegrityError

from host.contract import User
from host.store import sessions, users
from host.store.engine import Database
from host.store.sessions import TokenUse
from host.store.users import Account

NOW = datetime(2026, 12, 31, 21, 30, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.fixture
async def database_with_session(database: Database) -> Database:
    """User `u1` has a session `s1` for two hours, with the refresh token `t1` for one."""
    async with database.write() as connection:
        user = User("u1", None, "Anna", None, NOW, NOW)
        await users.insert(connection, Account(user, is_guest=True))
        await sessions.insert(
            connection, "s1", "u1", now=NOW, expires_at=NOW + 2 * HOUR, cookie_hash="c1"
        )
        await sessions.add_token(connection, "t1", "s1", now=NOW, expires_at=NOW + HOUR)
    return database


async def use(database: Database, token: str, at: datetime) -> tuple[TokenUse, str | None]:
    async with database.write() as connection:
        return await sessions.use_token(connection, token, at)


async def test_a_token_is_accepted_once_and_reused_ever_after(
    database_with_session: Database,
) -> None:
    uses = await asyncio.gather(*(use(database_with_session, "t1", NOW) for _ in range(10)))
    assert uses.count((TokenUse.ACCEPTED, "s1")) == 1
    assert uses.count((TokenUse.REUSED, "s1")) == 9
    assert await use(database_with_session, "t1", NOW + 9 * HOUR) == (TokenUse.REUSED, "s1")


async def test_an_expired_or_unknown_token_is_refused(database_with_session: Database) -> None:
    assert await use(database_with_session, "t1", NOW + HOUR) == (TokenUse.REFUSED, "s1")
    assert await use(database_with_session, "t2", NOW) == (TokenUse.REFUSED, None)


async def test_a_session_lives_until_it_expires(database_with_session: Database) -> None:
    async with database_with_session.read() as connection:
        for at, living in ((NOW, True), (NOW + 2 * HOUR, False)):
            assert (await sessions.get(connection, "s1", at) is not None) is living
            assert (await sessions.by_cookie(connection, "c1", at) is not None) is living
        found = await sessions.get(connection, "s1", NOW)
        assert found is not None
        assert (found.account.user.id, found.account.is_guest) == ("u1", True)
        assert await sessions.get(connection, "s2", NOW) is None


async def test_a_new_token_prolongs_its_session_and_an_early_one_does_not_shorten_it(
    database_with_session: Database,
) -> None:
    async with database_with_session.write() as connection:
        await sessions.add_token(connection, "t2", "s1", now=NOW, expires_at=NOW + HOUR)
        assert await sessions.get(connection, "s1", NOW + HOUR)
        await sessions.add_token(connection, "t3", "s1", now=NOW, expires_at=NOW + 9 * HOUR)
        assert await sessions.get(connection, "s1", NOW + 8 * HOUR)


async def test_a_session_ends_once(database_with_session: Database) -> None:
    async with database_with_session.write() as connection:
        assert await sessions.end(connection, "s1", NOW) == ["s1"]
        assert await sessions.end(connection, "s1", NOW) == []
        assert await sessions.end_all_of(connection, "u1", NOW) == []
        assert await sessions.get(connection, "s1", NOW) is None
        assert await sessions.by_cookie(connection, "c1", NOW) is None


async def test_a_deleted_users_session_is_not_living(database_with_session: Database) -> None:
    async with database_with_session.write() as connection:
        await users.erase(connection, "u1", NOW)
        assert await sessions.get(connection, "s1", NOW) is None


async def test_one_cookie_opens_one_session(database_with_session: Database) -> None:
    with pytest.raises(IntegrityError):
        async with database_with_session.write() as connection:
            await sessions.insert(
                connection, "s2", "u1", now=NOW, expires_at=NOW + HOUR, cookie_hash="c1"
            )


async def test_a_session_belongs_to_a_user_who_exists(database: Database) -> None:
    with pytest.raises(IntegrityError):
        async with database.write() as connection:
            await sessions.insert(connection, "s1", "nobody", now=NOW, expires_at=NOW + HOUR)
