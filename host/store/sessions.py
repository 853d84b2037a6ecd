"""Sessions and their refresh tokens. A session is the family that its refresh tokens form."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from host.store.tables import refresh_tokens, sessions, users
from host.store.users import ACCOUNT_COLUMNS, Account, account_at, read_account

USER_AGENT_LENGTH = 400
_LIVING = (
    sa.select(
        sessions.c.id.label("session_id"),
        sessions.c.expires_at.label("session_expires_at"),
        sessions.c.seen_at.label("session_seen_at"),
        *ACCOUNT_COLUMNS,
    )
    .join(users, users.c.id == sessions.c.user_id)
    .where(
        sessions.c.revoked_at.is_(None),
        sessions.c.expires_at > sa.bindparam("now"),
        users.c.deleted_at.is_(None),
        users.c.disabled_at.is_(None),
    )
)
# Built once: putting a statement together costs as much as running it.
_BY_ID = _LIVING.where(sessions.c.id == sa.bindparam("which"))
_INSERT, _ADD_TOKEN = sa.insert(sessions), sa.insert(refresh_tokens)
_AMONG = _LIVING.where(sessions.c.id.in_(sa.bindparam("which", expanding=True)))
_BY_COOKIE = _LIVING.where(sessions.c.cookie_hash == sa.bindparam("which"))


@dataclass(frozen=True)
class Session:
    """A session that is neither ended nor expired, with whose it is."""

    id: str
    account: Account
    expires_at: datetime
    seen_at: datetime | None = None
    """Roughly when it was used last."""


@dataclass(frozen=True)
class OpenSession:
    """A living session as its owner sees it in a list."""

    id: str
    method: str | None
    user_agent: str | None
    created_at: datetime
    seen_at: datetime | None
    expires_at: datetime


class TokenUse(Enum):
    """What became of an attempt to use a refresh token."""

    ACCEPTED = "accepted"
    """It was fresh and is used up now."""
    REUSED = "reused"
    """It had been used before: someone has a copy."""
    REFUSED = "refused"
    """It is unknown or has expired."""


async def insert(
    connection: AsyncConnection,
    session_id: str,
    user_id: str,
    *,
    now: datetime,
    expires_at: datetime,
    cookie_hash: str | None = None,
    user_agent: str | None = None,
    method: str | None = None,
) -> None:
    """Begins a session; with a `cookie_hash` it is a browser's.

    `method` is how it came about: password, guest, phone, or the id of a provider.
    """
    await connection.execute(
        _INSERT,
        {
            "id": session_id,
            "user_id": user_id,
            "cookie_hash": cookie_hash,
            "user_agent": user_agent[:USER_AGENT_LENGTH] if user_agent else None,
            "method": method,
            "seen_at": now,
            "created_at": now,
            "expires_at": expires_at,
        },
    )


async def get(connection: AsyncConnection, session_id: str, now: datetime) -> Session | None:
    """A living session by id."""
    return await _find(connection, _BY_ID, session_id, now)


async def among(
    connection: AsyncConnection, session_ids: Collection[str], now: datetime
) -> dict[str, Session]:
    """The living ones of these sessions, by id."""
    found = await connection.execute(_AMONG, {"which": list(session_ids), "now": now})
    # By place: a hall comes in at once, and names cost twice as much.
    return {row[0]: Session(row[0], account_at(row, 3), row[1], row[2]) for row in found.all()}


async def by_cookie(connection: AsyncConnection, cookie_hash: str, now: datetime) -> Session | None:
    """A living session by the hash of its cookie."""
    return await _find(connection, _BY_COOKIE, cookie_hash, now)


async def add_token(
    connection: AsyncConnection,
    token_hash: str,
    session_id: str,
    *,
    now: datetime,
    expires_at: datetime,
    first: bool = False,
) -> None:
    """Adds a token to the session's family; the session lives at least as long.

    `first`: the session was begun in this transaction, and to end with this token.
    """
    given = {
        "hash": token_hash,
        "session_id": session_id,
        "created_at": now,
        "expires_at": expires_at,
    }
    await connection.execute(_ADD_TOKEN, given)
    if first:
        return
    await connection.execute(
        sa.update(sessions)
        .where(sessions.c.id == session_id, sessions.c.expires_at < expires_at)
        .values(expires_at=expires_at)
    )


async def use_token(
    connection: AsyncConnection, token_hash: str, now: datetime
) -> tuple[TokenUse, str | None]:
    """Uses a token up, and answers its session's id where it is known.

    One conditional update decides, so of several uses at once exactly one is accepted.
    """
    used = await connection.execute(
        sa.update(refresh_tokens)
        .where(
            refresh_tokens.c.hash == token_hash,
            refresh_tokens.c.used_at.is_(None),
            refresh_tokens.c.expires_at > now,
        )
        .values(used_at=now)
        .returning(refresh_tokens.c.session_id)
    )
    accepted: str | None = used.scalar_one_or_none()
    if accepted is not None:
        return TokenUse.ACCEPTED, accepted
    found = await connection.execute(
        sa.select(refresh_tokens.c.session_id, refresh_tokens.c.used_at).where(
            refresh_tokens.c.hash == token_hash
        )
    )
    row = found.one_or_none()
    if row is None:
        return TokenUse.REFUSED, None
    return (TokenUse.REUSED if row.used_at else TokenUse.REFUSED), row.session_id


async def end(connection: AsyncConnection, session_id: str, now: datetime) -> list[str]:
    """Ends a session and with it every token of its family; answers its id if it was living."""
    return await _end(connection, sessions.c.id == session_id, now)


async def end_all_of(
    connection: AsyncConnection, user_id: str, now: datetime, *, but: str | None = None
) -> list[str]:
    """Ends every session of a user, except `but`; answers the ids of those that were living."""
    which = sessions.c.user_id == user_id
    if but is not None:
        which = sa.and_(which, sessions.c.id != but)
    return await _end(connection, which, now)


async def end_own(
    connection: AsyncConnection, user_id: str, session_id: str, now: datetime
) -> list[str]:
    """As `end`, if the session is this user's and has not expired."""
    which = sa.and_(
        sessions.c.id == session_id, sessions.c.user_id == user_id, sessions.c.expires_at > now
    )
    return await _end(connection, which, now)


async def living_of(
    connection: AsyncConnection, user_id: str, now: datetime
) -> Sequence[OpenSession]:
    """A user's living sessions, the one that was used last first."""
    query = (
        sa.select(
            sessions.c.id,
            sessions.c.method,
            sessions.c.user_agent,
            sessions.c.created_at,
            sessions.c.seen_at,
            sessions.c.expires_at,
        )
        .where(
            sessions.c.user_id == user_id,
            sessions.c.revoked_at.is_(None),
            sessions.c.expires_at > now,
        )
        .order_by(sa.func.coalesce(sessions.c.seen_at, sessions.c.created_at).desc(), sessions.c.id)
    )
    return [OpenSession(*row) for row in (await connection.execute(query)).all()]


async def saw(connection: AsyncConnection, session_ids: Collection[str], now: datetime) -> None:
    """Notes that these were used about now."""
    await connection.execute(
        sa.update(sessions).where(sessions.c.id.in_(session_ids)).values(seen_at=now)
    )


async def ended_among(
    connection: AsyncConnection, session_ids: Collection[str], now: datetime
) -> set[str]:
    """Which of these sessions were ended or have expired."""
    found = await connection.execute(
        sa.select(sessions.c.id).where(
            sessions.c.id.in_(session_ids),
            sa.or_(sessions.c.revoked_at.is_not(None), sessions.c.expires_at <= now),
        )
    )
    return set(found.scalars())


async def forget_devices(connection: AsyncConnection, user_id: str) -> None:
    """Removes what a user's sessions tell of their devices."""
    await connection.execute(
        sa.update(sessions).where(sessions.c.user_id == user_id).values(user_agent=None)
    )


async def _find(
    connection: AsyncConnection, query: sa.Select[Any], which: str, now: datetime
) -> Session | None:
    found = await connection.execute(query, {"which": which, "now": now})
    row = found.mappings().one_or_none()
    return _read(row) if row is not None else None


def _read(row: sa.RowMapping) -> Session:
    return Session(
        row["session_id"], read_account(row), row["session_expires_at"], row["session_seen_at"]
    )


async def _end(
    connection: AsyncConnection, which: sa.ColumnElement[bool], now: datetime
) -> list[str]:
    ended = await connection.execute(
        sa.update(sessions)
        .where(which, sessions.c.revoked_at.is_(None))
        .values(revoked_at=now)
        .returning(sessions.c.id)
    )
    return list(ended.scalars())
