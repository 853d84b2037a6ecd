"""Accounts and guests. The database decides whether an address is taken."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from host.contract import User
from host.errors import Conflict
from host.store.tables import identities, users

ERASED_NAME = "Deleted user"
"""What stands in the place of the name of someone who deleted their account."""

USER_COLUMNS = (
    users.c.id,
    users.c.email,
    users.c.name,
    users.c.avatar,
    users.c.created_at,
    users.c.updated_at,
)
ACCOUNT_COLUMNS = (
    *USER_COLUMNS,
    users.c.is_guest,
    users.c.is_admin,
    users.c.password_hash,
    users.c.email_verified_at,
    users.c.disabled_at,
)

_OF_USER, _OF_ACCOUNT = len(USER_COLUMNS), len(ACCOUNT_COLUMNS)

# Built once: putting a statement together costs as much as running it.
_INSERT = sa.insert(users)


@dataclass(frozen=True)
class Account:
    """A user with what only the sign-in needs to know.

    `email_verified_at` is when somebody showed that the address is theirs; until then it is only
    what was typed.
    """

    user: User
    is_guest: bool = False
    is_admin: bool = False
    password_hash: str | None = field(default=None, repr=False)
    email_verified_at: datetime | None = None
    disabled_at: datetime | None = None
    """Since when an admin lets them in no more."""


def read_user(row: sa.RowMapping) -> User:
    """The user in a row that has `USER_COLUMNS`."""
    return User(
        id=row["id"],
        email=row["email"],
        name=row["name"],
        avatar=row["avatar"],
        created_at=row["created_at"],
        updated_at=row["updated_at"],
    )


def account_at(row: Sequence[Any], first: int) -> Account:
    """The account in a row whose columns from `first` on are `ACCOUNT_COLUMNS`, in their order."""
    user = User(*row[first : first + _OF_USER])
    return Account(user, *row[first + _OF_USER : first + _OF_ACCOUNT])


def read_account(row: sa.RowMapping) -> Account:
    """The account in a row that has `ACCOUNT_COLUMNS`."""
    return Account(
        read_user(row),
        is_guest=row["is_guest"],
        is_admin=row["is_admin"],
        password_hash=row["password_hash"],
        email_verified_at=row["email_verified_at"],
        disabled_at=row["disabled_at"],
    )


async def insert(connection: AsyncConnection, account: Account) -> None:
    """Writes a new user; Conflict when the address belongs to someone else."""
    user = account.user
    given = {
        "id": user.id,
        "email": user.email,
        "name": user.name,
        "avatar": user.avatar,
        "email_verified_at": account.email_verified_at,
        "password_hash": account.password_hash,
        "is_guest": account.is_guest,
        "is_admin": account.is_admin,
        "created_at": user.created_at,
        "updated_at": user.updated_at,
    }
    await _execute(connection, _INSERT, given)


async def insert_guests(connection: AsyncConnection, people: Sequence[User]) -> None:
    """Writes several new guests."""
    given = [
        {
            "id": one.id,
            "name": one.name,
            "is_guest": True,
            "is_admin": False,
            "created_at": one.created_at,
            "updated_at": one.updated_at,
        }
        for one in people
    ]
    if given:
        await connection.execute(_INSERT, given)


async def erased(connection: AsyncConnection, user_ids: Collection[str]) -> set[str]:
    """Which of these users were, and are no more."""
    query = sa.select(users.c.id).where(
        users.c.id.in_(list(user_ids)), users.c.deleted_at.is_not(None)
    )
    return set((await connection.execute(query)).scalars())


async def get(connection: AsyncConnection, user_id: str) -> Account | None:
    """A living user by id."""
    return await _find(connection, users.c.id == user_id)


async def by_email(connection: AsyncConnection, email: str) -> Account | None:
    """A living user by address, which must be in its kept form (lower case)."""
    return await _find(connection, users.c.email == email)


async def claim_guest(
    connection: AsyncConnection, user_id: str, account: Account, now: datetime
) -> User | None:
    """Gives a guest the address, name and password of `account`; id and rooms stay theirs.

    Its avatar, if it has one, takes the place of the guest's. None when the user is no living
    guest (any more); Conflict when the address is taken.
    """
    changes: dict[str, Any] = {
        "email": account.user.email,
        "email_verified_at": account.email_verified_at,
        "name": account.user.name,
        "password_hash": account.password_hash,
        "is_guest": False,
    }
    if account.user.avatar is not None:
        changes["avatar"] = account.user.avatar
    return await _change(connection, user_id, changes, now, users.c.is_guest)


async def update(
    connection: AsyncConnection, user_id: str, now: datetime, **changes: Any
) -> User | None:
    """Changes columns of a living user; None when there is no such user."""
    return await _change(connection, user_id, changes, now)


async def replace_password_hash(
    connection: AsyncConnection, user_id: str, old: str, new: str
) -> None:
    """Stores the same password hashed anew, unless the password was changed meanwhile."""
    await connection.execute(
        sa.update(users)
        .where(users.c.id == user_id, users.c.password_hash == old)
        .values(password_hash=new)
    )


async def change_password(
    connection: AsyncConnection, user_id: str, old: str, new: str, now: datetime
) -> bool:
    """Puts a new hash in the place of `old`; False when that is not the user's (any more)."""
    changed = await connection.execute(
        sa.update(users)
        .where(users.c.id == user_id, users.c.password_hash == old, users.c.deleted_at.is_(None))
        .values(password_hash=new, updated_at=now)
    )
    return changed.rowcount == 1


async def confirm_address(
    connection: AsyncConnection, user_id: str, email: str, now: datetime
) -> bool:
    """Notes that the address is shown to be its owner's; False where it is not theirs any more."""
    confirmed = await connection.execute(
        sa.update(users)
        .where(users.c.id == user_id, users.c.email == email, users.c.deleted_at.is_(None))
        .values(email_verified_at=sa.func.coalesce(users.c.email_verified_at, now))
    )
    return confirmed.rowcount == 1


async def erase(connection: AsyncConnection, user_id: str, now: datetime) -> bool:
    """Forgets who the user was; the row stays, so that records of draws and wins hold.

    The address is free for a new account afterwards. False when there is no such user.
    """
    erased = await _change(
        connection,
        user_id,
        {
            "email": None,
            "email_verified_at": None,
            "name": ERASED_NAME,
            "avatar": None,
            "password_hash": None,
            "is_admin": False,
            "deleted_at": now,
        },
        now,
    )
    await connection.execute(sa.delete(identities).where(identities.c.user_id == user_id))
    return erased is not None


async def _find(connection: AsyncConnection, which: sa.ColumnElement[bool]) -> Account | None:
    found = await connection.execute(
        sa.select(*ACCOUNT_COLUMNS).where(which, users.c.deleted_at.is_(None))
    )
    row = found.mappings().one_or_none()
    return read_account(row) if row else None


async def _change(
    connection: AsyncConnection,
    user_id: str,
    changes: Mapping[str, Any],
    now: datetime,
    *more: sa.ColumnElement[bool],
) -> User | None:
    changed = await _execute(
        connection,
        sa.update(users)
        .where(users.c.id == user_id, users.c.deleted_at.is_(None), *more)
        .values(**changes, updated_at=now)
        .returning(*USER_COLUMNS),
    )
    row = changed.mappings().one_or_none()
    return read_user(row) if row else None


async def _execute(
    connection: AsyncConnection, statement: sa.Executable, given: Mapping[str, Any] | None = None
) -> sa.CursorResult[Any]:
    try:
        return await connection.execute(statement, given)
    except IntegrityError as error:
        reason = str(error.orig).lower()
        # SQLite names the column, PostgreSQL the constraint.
        if "users.email" in reason or "uq_users_email" in reason:
            raise Conflict(
                "This address has an account already. Sign in instead.",
                details={"fields": {"email": ["has an account already"]}},
            ) from None
        raise
