"""Pages of a list: by number with a total, or by cursor, whose cost does not grow with depth."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Generic, TypeVar

import orjson
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from host.errors import MalformedRequest

T = TypeVar("T")


@dataclass(frozen=True)
class PageRequest:
    """Which part of a list: page `page` (from 1) of `limit` rows, or what follows `cursor`.

    `cursor` None means paging by number; an empty cursor starts from the beginning.
    """

    page: int = 1
    limit: int = 50
    cursor: str | None = None


@dataclass(frozen=True)
class Page(Generic[T]):
    """Rows of a list. `total` is None when paging by cursor, `next_cursor` None at the end."""

    items: Sequence[T]
    request: PageRequest
    total: int | None = None
    next_cursor: str | None = None

    def meta(self) -> dict[str, Any]:
        """The `meta` object of the wire contract."""
        if self.request.cursor is not None:
            return {"limit": self.request.limit, "nextCursor": self.next_cursor}
        total = self.total or 0
        return {
            "page": self.request.page,
            "limit": self.request.limit,
            "total": total,
            "totalPages": -(-total // self.request.limit),
        }


def paged(everything: Sequence[T], request: PageRequest) -> Page[T]:
    """One page, by number, of a list that is short enough to be read whole."""
    offset = (request.page - 1) * request.limit
    items = everything[offset : offset + request.limit]
    return Page(items, request, total=len(everything))


def encode_cursor(moment: datetime, row_id: str) -> str:
    """An opaque cursor that stands behind the row with this time and id."""
    raw = orjson.dumps([moment.isoformat(), row_id])
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def decode_cursor(cursor: str) -> tuple[datetime, str]:
    """Raises `MalformedRequest` for a cursor that is none of ours."""
    try:
        raw = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
        moment, row_id = orjson.loads(raw)
        parsed = datetime.fromisoformat(moment)
        if parsed.tzinfo is None or not isinstance(row_id, str) or "\x00" in row_id:
            raise ValueError("not a position")
        # What lies before the first year or after the last one in UTC overflows here.
        parsed = parsed.astimezone(UTC)
    except (ValueError, TypeError, OverflowError, binascii.Error):
        raise MalformedRequest("The cursor is not one that this list gave out.") from None
    return parsed, row_id


async def fetch_page(
    connection: AsyncConnection,
    query: sa.Select[Any],
    order: tuple[sa.ColumnElement[datetime], sa.ColumnElement[str]],
    request: PageRequest,
    read: Callable[[Any], T],
    *,
    newest_first: bool = False,
) -> Page[T]:
    """One page of `query` in `order` (time, id), ascending or not; `read` turns each row."""
    moment, row_id = order
    down = newest_first
    ordered = query.order_by(*(column.desc() if down else column for column in order))
    if request.cursor is None:
        counted = sa.select(sa.func.count()).select_from(query.order_by(None).subquery())
        total = (await connection.execute(counted)).scalar_one()
        offset = (request.page - 1) * request.limit
        rows = (await connection.execute(ordered.limit(request.limit).offset(offset))).all()
        return Page([read(row) for row in rows], request, total=total)
    if request.cursor:
        after = decode_cursor(request.cursor)
        ordered = ordered.where(
            sa.or_(
                moment < after[0] if down else moment > after[0],
                sa.and_(moment == after[0], row_id < after[1] if down else row_id > after[1]),
            )
        )
    rows = (await connection.execute(ordered.limit(request.limit + 1))).all()
    kept = rows[: request.limit]
    following = None
    if len(rows) > request.limit:
        last = kept[-1]._mapping
        following = encode_cursor(last[moment], last[row_id])
    return Page([read(row) for row in kept], request, next_cursor=following)
