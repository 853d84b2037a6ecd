"""Tries that are counted for all processes together: a bucket a key, which empties with time."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

from host.store.tables import tries

_NOW, _STEP, _MOST = (sa.bindparam(name, type_=sa.BigInteger()) for name in ("now", "step", "most"))


def _counting(insert: Any) -> Any:
    anew = insert(tries).values(key=sa.bindparam("key"), empty_at=_NOW + _STEP)
    begun = sa.case((tries.c.empty_at > _NOW, tries.c.empty_at), else_=_NOW)
    # One statement decides, so of two tries at once for the last place one is refused.
    return anew.on_conflict_do_update(
        index_elements=[tries.c.key],
        set_={"empty_at": begun + _STEP},
        where=tries.c.empty_at <= _MOST,
    ).returning(tries.c.empty_at)


_COUNT = {"sqlite": _counting(sqlite.insert), "postgresql": _counting(postgresql.insert)}
_EMPTY_AT = sa.select(tries.c.empty_at).where(tries.c.key == sa.bindparam("key"))


async def count(connection: AsyncConnection, key: str, *, now: int, step: int, burst: int) -> int:
    """Counts a try; 0, or the milliseconds to wait where there were too many.

    Times in milliseconds: `burst` tries at once, and one more every `step`.
    """
    most = now + (burst - 1) * step
    given = {"key": key, "now": now, "step": step, "most": most}
    counted = await connection.execute(_COUNT[connection.dialect.name], given)
    if counted.scalar_one_or_none() is not None:
        return 0
    empty_at: int | None = (await connection.execute(_EMPTY_AT, {"key": key})).scalar_one_or_none()
    return max(1, (empty_at or most) - most)


async def give_back(connection: AsyncConnection, key: str, step: int) -> None:
    """Takes back one try that should not count."""
    await connection.execute(
        sa.update(tries).where(tries.c.key == key).values(empty_at=tries.c.empty_at - step)
    )


async def forget(connection: AsyncConnection, key: str) -> None:
    """Takes back every try."""
    await connection.execute(sa.delete(tries).where(tries.c.key == key))


async def note(connection: AsyncConnection, key: str, until: int) -> None:
    """Keeps a key, whatever its tries, until a time."""
    insert = sqlite.insert if connection.dialect.name == "sqlite" else postgresql.insert
    anew = insert(tries).values(key=key, empty_at=until)
    await connection.execute(
        anew.on_conflict_do_update(index_elements=[tries.c.key], set_={"empty_at": until})
    )


async def is_noted(connection: AsyncConnection, key: str, now: int) -> bool:
    """Whether a key is kept."""
    empty_at = (await connection.execute(_EMPTY_AT, {"key": key})).scalar_one_or_none()
    return empty_at is not None and empty_at > now


async def sweep(connection: AsyncConnection, now: int) -> None:
    """Removes what counts no more, but for what somebody is counting at this moment."""
    over = sa.select(tries.c.key).where(tries.c.empty_at <= now)
    await connection.execute(
        sa.delete(tries).where(tries.c.key.in_(over.with_for_update(skip_locked=True)))
    )
