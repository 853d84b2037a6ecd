"""By what a user may sign in besides a password: a provider, and who they are there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from host.store.tables import identities, users
from host.store.users import ACCOUNT_COLUMNS, Account, read_account


@dataclass(frozen=True)
class Identity:
    """One way in. `email` is what the provider told when it was added, verified or not."""

    id: str
    user_id: str
    provider: str
    email: str | None
    created_at: datetime


_COLUMNS = (
    identities.c.id,
    identities.c.user_id,
    identities.c.provider,
    identities.c.email,
    identities.c.created_at,
)


async def insert(connection: AsyncConnection, identity: Identity, subject: str) -> bool:
    """Adds a way in; False where somebody, perhaps the same person, has it already."""
    try:
        # Under a savepoint: the caller goes on in the same transaction.
        async with connection.begin_nested():
            await connection.execute(
                sa.insert(identities).values(
                    id=identity.id,
                    user_id=identity.user_id,
                    provider=identity.provider,
                    subject=subject,
                    email=identity.email,
                    created_at=identity.created_at,
                )
            )
    except sa.exc.IntegrityError:
        return False
    return True


async def account_of(connection: AsyncConnection, provider: str, subject: str) -> Account | None:
    """The living account that somebody known to a provider signs in to."""
    found = await connection.execute(
        sa.select(*ACCOUNT_COLUMNS)
        .join(identities, identities.c.user_id == users.c.id)
        .where(
            identities.c.provider == provider,
            identities.c.subject == subject,
            users.c.deleted_at.is_(None),
        )
    )
    row = found.mappings().one_or_none()
    return read_account(row) if row else None


async def of_user(connection: AsyncConnection, user_id: str) -> Sequence[Identity]:
    """All of a user's, the oldest first."""
    found = await connection.execute(
        sa.select(*_COLUMNS)
        .where(identities.c.user_id == user_id)
        .order_by(identities.c.created_at, identities.c.id)
    )
    return [Identity(*row) for row in found.all()]


async def delete(connection: AsyncConnection, identity_id: str) -> None:
    """Takes a way in away."""
    await connection.execute(sa.delete(identities).where(identities.c.id == identity_id))


async def hold(connection: AsyncConnection, user_id: str) -> Account | None:
    """A living account, whose ways in nobody else changes until this transaction ends."""
    found = await connection.execute(
        sa.select(*ACCOUNT_COLUMNS)
        .where(users.c.id == user_id, users.c.deleted_at.is_(None))
        .with_for_update()
    )
    row = found.mappings().one_or_none()
    return read_account(row) if row else None
