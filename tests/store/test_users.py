"""host.store.users: what the database itself promises of accounts."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from host.contract import User
from host.errors import Conflict
from host.store import tables, users
from host.store.engine import Database
from host.store.users import Account

NOW = datetime(2026, 12, 31, 21, 30, 0, 123456, tzinfo=UTC)
LATER = NOW + timedelta(minutes=1)


def guest(user_id: str) -> Account:
    return Account(User(user_id, None, "Guest", None, NOW, NOW), is_guest=True)


def account(user_id: str, email: str | None) -> Account:
    return Account(User(user_id, email, "Anna", None, NOW, NOW), password_hash="a hash")


async def add(database: Database, *accounts: Account) -> None:
    async with database.write() as connection:
        for one in accounts:
            await users.insert(connection, one)


async def test_an_account_comes_back_as_it_was_written(database: Database) -> None:
    anna = account("u1", "anna@example.com")
    await add(database, anna)
    async with database.read() as connection:
        assert await users.get(connection, "u1") == anna
        assert await users.by_email(connection, "anna@example.com") == anna
        assert await users.get(connection, "u2") is None
        assert await users.by_email(connection, "boris@example.com") is None


async def test_a_password_hash_shows_in_no_log() -> None:
    assert "a hash" not in repr(account("u1", "anna@example.com"))


async def test_the_second_account_of_an_address_is_a_conflict_and_leaves_no_trace(
    database: Database,
) -> None:
    await add(database, account("u1", "anna@example.com"))
    with pytest.raises(Conflict):
        await add(database, guest("u2"), account("u3", "anna@example.com"))
    async with database.read() as connection:
        count = await connection.execute(sa.select(sa.func.count()).select_from(tables.users))
        assert count.scalar_one() == 1


async def test_an_address_is_kept_in_lower_case(database: Database) -> None:
    with pytest.raises(IntegrityError):
        await add(database, account("u1", "Anna@example.com"))


async def test_many_guests_have_no_address(database: Database) -> None:
    await add(database, *(guest(f"u{n}") for n in range(3)))


async def test_a_guest_is_claimed_by_one_of_two_at_once(database: Database) -> None:
    await add(database, guest("u1"))

    async def claim(email: str) -> User | None:
        async with database.write() as connection:
            return await users.claim_guest(connection, "u1", account("x", email), LATER)

    claimed = await asyncio.gather(claim("anna@example.com"), claim("boris@example.com"))
    one = next(user for user in claimed if user is not None)
    assert claimed.count(None) == 1
    assert (one.id, one.name, one.updated_at) == ("u1", "Anna", LATER)
    async with database.read() as connection:
        found = await users.get(connection, "u1")
    assert found == Account(one, password_hash="a hash")


async def test_only_what_is_named_changes(database: Database) -> None:
    anna = account("u1", "anna@example.com")
    await add(database, anna)
    async with database.write() as connection:
        changed = await users.update(connection, "u1", LATER, name="Anna B.")
        assert await users.update(connection, "u2", LATER, name="Nobody") is None
    assert changed == replace(anna.user, name="Anna B.", updated_at=LATER)


async def test_a_hash_is_not_replaced_when_the_password_was_changed_meanwhile(
    database: Database,
) -> None:
    await add(database, account("u1", "anna@example.com"))
    async with database.write() as connection:
        await users.replace_password_hash(connection, "u1", "an older hash", "another")
        assert (await users.get(connection, "u1")) == account("u1", "anna@example.com")
        await users.replace_password_hash(connection, "u1", "a hash", "another")
        found = await users.get(connection, "u1")
    assert found is not None
    assert found.password_hash == "another"


async def test_an_erased_user_cannot_be_found_and_erased_again(database: Database) -> None:
    await add(database, account("u1", "anna@example.com"))
    async with database.write() as connection:
        assert await users.erase(connection, "u1", LATER)
        assert not await users.erase(connection, "u1", LATER)
        assert await users.get(connection, "u1") is None
        assert await users.by_email(connection, "anna@example.com") is None
        assert await users.update(connection, "u1", LATER, name="Anna") is None
    await add(database, account("u2", "anna@example.com"))
